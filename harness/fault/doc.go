// Package fault injects what goes wrong. Each fault has a file of its own: how
// it is injected and taken back, and which capability it needs of the system
// under test. A [Guard] runs a plan's faults at their times and records their
// lives; [Receipts] proves afterwards, from the history, what each one changed.
//
// To add a fault: describe it in scenario.FaultSpecs, write a file here with a
// type that has Inject and Recover, list it in [Registry], and give it a
// receipt.
package fault
