// Package scenario reads scenario files: the architecture under test, the
// workload, the faults of each variant and what is expected of them.
//
// [Parse] is strict and tells everything at once: every unknown field, wrong
// unit and impossible combination comes back in one [Errors], each with its
// line and column, the accepted values and a hint. The tables that [Fields]
// and [FaultSpecs] show drive decoding, defaults, validation and error texts
// alike, so that what is documented is what is accepted.
package scenario
