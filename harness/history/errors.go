package history

import "fmt"

// TruncatedError says that a history ends in the middle of a gzip member, or
// that a member is damaged: the file was cut or changed after it was written.
type TruncatedError struct {
	Path   string
	Offset int64 // where the damaged member starts, in bytes
	Size   int64 // how many bytes could be read
	Events int   // whole events before the cut
	Err    error // what the decompressor said
}

// Error tells where the cut is and what is left.
func (e *TruncatedError) Error() string {
	return fmt.Sprintf("%s is cut off or damaged: the part that starts at byte %d cannot be read to its end (%v, at byte %d); %d whole events come before it. Copy the file again from where the run was made, or run the variant again",
		e.Path, e.Offset, e.Err, e.Size, e.Events)
}

// Unwrap gives the decompressor's error.
func (e *TruncatedError) Unwrap() error { return e.Err }

// ForeignError says that a file is not a history that this version reads.
type ForeignError struct {
	Path string
	What string // what the file is instead
}

// Error tells what the file is.
func (e *ForeignError) Error() string {
	return fmt.Sprintf("%s is not a logoutlab history (gzip of JSON lines, schema %d): it is %s", e.Path, Schema, e.What)
}

// LineError says that one line of an otherwise sound file is not an event, or
// not one that can stand there.
type LineError struct {
	Path string
	Line int // 1-based; the header is line 1
	Err  error
}

// Error tells which line.
func (e *LineError) Error() string {
	return fmt.Sprintf("%s, line %d: %v. The file was edited or written by something else; run the variant again", e.Path, e.Line, e.Err)
}

// Unwrap gives the decoder's error.
func (e *LineError) Unwrap() error { return e.Err }
