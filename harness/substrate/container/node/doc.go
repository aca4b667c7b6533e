// Package node is the program in an app node's container, and the harness's
// side of it. [Main] opens a control port and waits for its [State]; a
// [Client] gives it that, and later what faults change; [Follow] reads the
// decisions that it writes. The same program serves as the issuer of keys.
package node
