//go:build race

package sim_test

// raced: the race detector makes everything ten times as slow, and sees as much
// of a smaller load.
const raced = true
