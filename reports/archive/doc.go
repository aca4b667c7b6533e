// Package archive finds the runs and comparisons that are kept below a directory,
// and shows them to a browser on the same machine. It only reads, and nothing
// outside of the directory.
package archive
