// Package plan turns a scenario variant and a seed into everything that a run
// does by chance: when each user acts, and what. It is the only package that
// uses random numbers.
//
// Every random choice is drawn when it is needed, from a named stream of its
// own: one for each user, others for load balancing, ids and keys ([Plan.Stream]).
// So any part of a plan can be derived again without the rest, and variants
// that share a workload meet exactly the same users (common random numbers).
// Draws use integers only, and are the same on every processor.
//
// On real substrates a plan is compressed: [Build] divides every duration by
// one factor, which leaves the number of actions and every ratio as they are.
package plan
