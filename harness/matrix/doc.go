// Package matrix is what a comparison of architectures comes to: one cell for
// each architecture and each fault, and over each architecture's cells a score
// with two sides and a price. It folds results and judgements, runs nothing,
// and is the same for the same cells in any order.
//
// All architectures meet the same users at the same moments (common random
// numbers), so that two cells differ by the architecture and the fault alone,
// and a cell by its fault from the one without any, which every architecture
// has. A fault that an architecture cannot have leaves it as it is without.
package matrix
