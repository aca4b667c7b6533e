package node

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/logoutlab/logoutlab/harness/history"
)

// What Follow keeps of lines that are not events.
const (
	keptLines = 40
	keptBytes = 1000 // of each
)

// Follow reads a node's standard output until it ends and passes on each event
// of the node, which is valid during the call alone. It returns the latest
// lines that are no events (40 of them, each cut to 1000 bytes), which may
// tell why a node died, and the error with which reading ended, if it is not
// the end of the output. A last event that is cut short is left out.
func Follow(r io.Reader, add func(*history.Event)) (other []string, err error) {
	in := bufio.NewReaderSize(r, 64<<10)
	var e history.Event
	for {
		line, whole, err := readLine(in)
		switch {
		case len(line) == 0:
		case history.ParseLine(line, &e) == nil && (e.Type == history.Decision || e.Type == history.Node):
			add(&e)
		case !whole && line[0] == '{':
		default:
			if len(other) == keptLines {
				other = append(other[:0], other[1:]...)
			}
			other = append(other, string(line[:min(len(line), keptBytes)]))
		}
		if errors.Is(err, io.EOF) {
			return other, nil
		}
		if err != nil {
			return other, err
		}
	}
}

// readLine reads a line without its newline, of a long one the first
// history.MaxLine bytes. It is whole if a newline ended it.
func readLine(in *bufio.Reader) (line []byte, whole bool, err error) {
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part[:min(len(part), history.MaxLine-len(line))]...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimRight(line, "\r\n"), err == nil, err
		}
	}
}
