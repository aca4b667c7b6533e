// Package agree compares what the same variants came to in different places:
// loopback and containers, one product and another, one machine and another.
// It reads judged runs alone, so that saved results can be compared anywhere.
//
// # Agreement
//
// Each run is held against that of the first place. Two runs agree if their
// outcomes are the same, what they found of each kind of harm has the same main
// cause, and the exact (Clopper-Pearson) 99.9 % intervals of their rates, of
// spurious logouts and of ghost sessions, overlap.
//
// Overlapping intervals are too much to ask where the effect of a fault takes
// real time, which compression does not touch: how soon a balancer finds a dead
// node out is the product's. Such a rate is explained, not a disagreement, if
// both runs meet the variant's own expectations and the rates are less than a
// factor of two apart. So is a disagreement of which the caller says by which
// documented difference of a product it comes about; that the difference is
// documented is checked.
//
// A run whose outcome is unknown shows nothing, hence nothing is said of it.
package agree
