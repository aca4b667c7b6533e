// Package balancer decides as a load balancer does: which node gets a
// request, which users stick to which node, which nodes are healthy, who may
// still finish on a draining node, and which failed attempts are repeated
// elsewhere. It is pure: no I/O, no clock, no goroutine. Package proxy drives
// it over HTTP and TCP; a simulator can drive it in virtual time. It is not
// safe for concurrent use: drivers lock.
//
// # Rules
//
// Stickiness follows the AWS Application Load Balancer
// (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/sticky-sessions.html):
// the balancer's cookie is renewed with every answer, and says itself when it
// ends: the balancer's clock decides, to the millisecond, as in HAProxy's
// "maxidle", and not the browser's, which counts whole seconds (Max-Age, RFC
// 6265bis section 5.6.2). A cookie that has ended or that cannot be
// read, or whose node is down or draining, is replaced by one for the node
// that policy selects, and the user stays there even when the old node comes
// back. With [AppCookie] a user sticks only while both the application's
// cookie and its companion are presented.
//
// With a bound on sticky load ([Config.StickyMax]) a node that has as many
// requests under way keeps nobody: its users are balanced anew, as if they had
// no cookie, and are bound to the node they come to, be it another or, where
// policy says so, the same. Nobody waits and nobody is refused: when all nodes
// are full, policy alone decides. (HAProxy's "maxconn" also queues what is new,
// and its "maxqueue" with "option redispatch" moves the bound ones.)
//
// With a slow start ([Config.SlowStart]) a node that comes up, by its health
// checks or because it is put (back) to work, does not get its full share at
// once: it begins with a sixteenth and gets a sixteenth more at a time, as with
// HAProxy's "slowstart" (which does so once a second). That is about what policy
// decides: users who stick to the node come to it as ever. Nodes that are up when
// the balancer starts, or reads its configuration again, have their full share.
// (nginx has this in its commercial form; Envoy begins with a tenth; ALB knows it
// for round robin alone.) It cannot be had with [SourceHash], for which a share
// that grows means users who change their node all the while.
//
// A draining node gets no requests at all, from sticky users neither: that is
// ALB's deregistration delay, which only lets requests under way finish.
// (HAProxy's drain state differs: it still serves the users bound to the
// server.)
//
// When no node is available the answer is "none" (503), as HAProxy does. ALB
// would fail open and try the unhealthy nodes.
//
// # Adding a policy
//
// Write one file like roundrobin.go: the policy's name, a type with the one
// method of the selector interface, its compile-time guard, and a constructor
// that checks what the policy needs. Then add one line to the list in
// policy.go. The shared tests pick it up from there.
package balancer
