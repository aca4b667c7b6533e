// Package gate tells whether a run is worse than a stored one, its baseline: a
// change that noise explains is no alarm, a real one is.
//
// # What is counted
//
// Logouts come in clusters: a user who is logged out is so again with the next
// page, and the death of a node takes a fifth of all users at once. A binomial
// test on actions takes one such event for a thousand pieces of evidence, and
// raises false alarms. So users are counted, each once for a metric, and never
// actions. For each variant the metrics are the users with at least one spurious
// logout, ghost session, wrong identity, lockout or error, and the users of each
// cause of these. Of a run played in bulk, where findings are not listed one by
// one, the users with any harm and those with a spurious logout.
//
// # The tests
//
// The two runs of one seed do the same at the same time (common random numbers),
// and are a pair. If nothing has changed, each pair is as likely the other way
// round.
//
// On real substrates the seed is the unit, and in virtual time with 20 seeds or
// more: the exact sign-flip test (E. J. G. Pitman, Significance tests which may be
// applied to samples from any populations, 1937; R. A. Fisher, The Design of
// Experiments, 1935, section 21) of the sum of the pairs' differences. It asks for
// no independence within a run: whatever hits many users at once in a run is one
// difference. Less would be wrong there: on a busy machine connection-cut/broken
// logged out 24 of 100 users in one run on loopback and 77 in the next, of the same
// seed. So fewer than some 12 seeds raise no alarm on a real substrate, and the
// comparison says that it can tell nothing.
//
// What is compared is one test of two systems: workload, faults, promise, substrate
// and seeds are the same, and what the scenario says of its architecture may differ.
//
// In virtual time with fewer than 20 seeds the user is the unit: given how many
// users were hit before and now together, the number of those hit now has the
// binomial distribution with one half (J. Przyborowski and H. Wilenski, Homogeneity
// of results in testing samples from Poisson series, Biometrika 31, 1940). What has
// not changed repeats there to the last byte, so that the test asks only whether a
// change is large enough to matter. With several seeds it must also be there without
// the seed that has changed most.
//
// Baseline and run should come from like machines, equally busy: a machine that is
// slower as a whole is a change of all pairs.
//
// # How many alarms are false
//
// All tests of a comparison share one level (by default [Level]): an unchanged
// system raises any alarm at all with no more than that probability. R. E.
// Tarone (A modified Bonferroni method for discrete data, Biometrics 46, 1990)
// divides the level by the number of the tests that could be significant given
// their totals, so that the many metrics with nothing to count cost nothing.
//
// A cause alone is an alarm only if the baseline has none of it ("new"): where
// one cause takes the place of another, nobody is worse off.
//
// Latencies are kept and told, and raise no alarm: of two sessions on a machine
// one is slower as a whole, which no test within them can tell from a change.
// An expectation of the scenario (latency_p99) bounds them.
//
// # What can be seen
//
// A comparison says of each variant the smallest share of users ([Power.Least])
// that would be caught 999 times of 1000, if nobody was hit before: with 20 seeds
// of 400 users 1 % is; in one run in virtual time it takes about 2,800. Where many users were
// hit before, and now one run and now another, it takes more.
package gate
