// Package compare measures architectures under faults: it plans one run for each
// architecture and each fault, all with the same users at the same moments, runs
// them, and folds what they come to into a [matrix.Matrix].
package compare
