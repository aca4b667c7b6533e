// Package result is the stable contract of --json and result.json: what a run
// found, for other tools. Fields are added, never changed. [New] makes a
// result from a judged history.
//
// # The outcome
//
// unknown if the run was interrupted or its history has no end, a fault left
// no mark (no traffic met it: see package fault), no user who should be logged
// in opened a page, more than 1 % of the actions could not be judged, or the
// load generator fell behind its plan (less than 90 % of the planned rate, an
// action late by more than 20 % of the run or half a second, or actions late on
// average by half of a user's pause), or 5 % of the actions of a compressed run
// without faults took more than half a second: then timeouts, which are never
// compressed, are the machine's. Else fail if an expectation does not hold, else pass. Nothing passes
// that was not measured.
package result
