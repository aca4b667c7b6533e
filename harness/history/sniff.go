package history

import (
	"bytes"
	"unicode/utf8"
)

// sniff tells what a file is by its first bytes; "" for gzip.
func sniff(start []byte) string {
	switch {
	case len(start) == 0:
		return "an empty file"
	case bytes.HasPrefix(start, []byte("\x1f\x8b")):
		return ""
	case bytes.HasPrefix(start, []byte("\x28\xb5\x2f\xfd")):
		return "a zstd file"
	case bytes.HasPrefix(start, []byte("PK\x03\x04")):
		return "a zip file"
	case bytes.HasPrefix(start, []byte("BZh")):
		return "a bzip2 file"
	case start[0] == '{':
		return "uncompressed JSON; if it is a history, gzip it first"
	case utf8.Valid(start) && bytes.IndexByte(start, 0) < 0:
		return "plain text"
	}
	return "not gzip"
}

// looksForeign reports whether a broken first line cannot be a header's start.
func looksForeign(line []byte) bool {
	return len(line) > 0 && !bytes.HasPrefix(line, []byte(`{"schema":`))
}
