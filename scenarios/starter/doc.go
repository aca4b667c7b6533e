// Package starter writes a first scenario for somebody who has none yet: a few
// choices about their architecture become a commented file. What can be chosen,
// and what the comments say, is the reference of the file format and the
// catalogue's named faults.
package starter
