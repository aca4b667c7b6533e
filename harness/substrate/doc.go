// Package substrate says what a place to run plans in must offer. The
// substrates themselves are in its subfolders: loopback runs everything over
// real HTTP and TCP in one process.
package substrate
