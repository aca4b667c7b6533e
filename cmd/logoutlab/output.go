package main

import (
	"errors"
	"io"
	"syscall"
)

// output is a command's standard output. It keeps the first error, so that no
// command can lose one; execute tells it. A reader who goes away has seen
// enough (head): that is no error, and the rest is dropped.
type output struct {
	w    io.Writer
	err  error
	gone bool
}

// Write writes p, unless something went wrong before.
func (o *output) Write(p []byte) (int, error) {
	if o.gone || o.err != nil {
		return len(p), o.err
	}
	n, err := o.w.Write(p)
	if errors.Is(err, syscall.EPIPE) {
		o.gone = true
		return len(p), nil
	}
	o.err = err
	return n, err
}
