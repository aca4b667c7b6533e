package history

import (
	"bytes"
	"io"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/stretchr/testify/require"
)

func fromBytes(data []byte) (*Reader, error) {
	return newReader("fuzz", func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil })
}

func fromLines(lines []byte) (*Reader, error) {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.HuffmanOnly) // cheap; the level is valid
	z.Write(lines)                                    //nolint:errcheck // a bytes.Buffer
	z.Close()                                         //nolint:errcheck
	return fromBytes(b.Bytes())
}

// FuzzReader reads arbitrary lines: no panic, and every event that is read
// can be written and read again as itself.
func FuzzReader(f *testing.F) {
	head, err := appendHeader(nil, Header{})
	require.NoError(f, err)
	e := full()
	line, err := AppendLine(nil, &e)
	require.NoError(f, err)
	f.Add(append(bytes.Clone(head), line...))
	f.Add(append(bytes.Clone(head), `{"t":"fault","params":{"a":"b"},"load":{"p50":1e400}}`...))
	f.Add([]byte(`{"schema":1,"kind":"x"}`))
	f.Fuzz(func(t *testing.T, lines []byte) {
		r, err := fromLines(lines)
		if err != nil {
			return
		}
		for e, err := range r.Events() {
			if err != nil {
				return
			}
			first := again(t, e) // broken UTF-8 becomes U+FFFD, once
			require.Equal(t, first, again(t, first))
		}
	})
}

// again writes an event and reads it back.
func again(t *testing.T, e Event) Event {
	t.Helper()
	line, err := AppendLine(nil, &e)
	require.NoError(t, err)
	require.NoError(t, ParseLine(line[:len(line)-1], &e))
	return e
}

// FuzzReaderBytes reads arbitrary files: no panic, no endless loop.
func FuzzReaderBytes(f *testing.F) {
	data, ends := members(f, 2, 2)
	f.Add(data)
	f.Add(data[:ends[1]+3])
	f.Add([]byte("{"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := fromBytes(data)
		if err != nil {
			return
		}
		for _, err := range r.Events() {
			if err != nil {
				return
			}
		}
	})
}
