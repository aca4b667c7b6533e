package history

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"os"

	"github.com/klauspost/compress/gzip"
)

// Reader reads a history. See [Open].
type Reader struct {
	path     string
	open     func() (io.ReadCloser, error)
	header   Header
	complete bool
}

// Open reads the header of the history at path. The errors are a
// [*ForeignError] if the file is something else, a [*TruncatedError] if it is
// cut within the header, or the file system's own. No file is kept open.
func Open(path string) (*Reader, error) {
	return newReader(path, func() (io.ReadCloser, error) { return os.Open(path) })
}

func newReader(path string, open func() (io.ReadCloser, error)) (*Reader, error) {
	r := &Reader{path: path, open: open}
	s, err := r.start()
	if err != nil {
		return nil, err
	}
	return r, s.src.Close()
}

// Header returns the first line.
func (r *Reader) Header() Header { return r.header }

// Complete reports whether the events read so far include the End event. It
// is meaningful once [Reader.Events] has been read to its end; false then
// means that the run was killed.
func (r *Reader) Complete() bool { return r.complete }

// Events yields the events in the order in which they were appended. If the
// file is damaged, the last pair holds the error, and the events before it
// are whole. Each call reads the file from its start.
func (r *Reader) Events() iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		r.complete = false
		s, err := r.start()
		if err != nil {
			yield(Event{}, err)
			return
		}
		defer s.src.Close() //nolint:errcheck // only read from
		var e Event
		for {
			line, err := s.next()
			if err == io.EOF {
				return
			}
			if err == nil {
				err = s.parse(line, &e, r.complete)
			}
			if err != nil {
				yield(Event{}, err)
				return
			}
			r.complete = r.complete || e.Type == End
			if !yield(e, nil) {
				return
			}
		}
	}
}

// start opens the file and reads the header.
func (r *Reader) start() (*scan, error) {
	src, err := r.open()
	if err != nil {
		return nil, err
	}
	s := &scan{path: r.path, src: src}
	s.raw = bufio.NewReaderSize(&s.count, 64<<10)
	s.count.r = src
	if r.header, err = s.header(); err != nil {
		src.Close() //nolint:errcheck // only read from
		return nil, err
	}
	return s, nil
}

// scan is one pass over the file.
type scan struct {
	path   string
	src    io.ReadCloser
	count  counter
	raw    *bufio.Reader // decompressors stop exactly at a member's end on a ByteReader
	zip    *gzip.Reader
	member int64 // where the current member starts
	buf    []byte
	pos    int
	line   int    // lines handed out
	before uint32 // CRC-32C of the lines before the latest
	sum    uint32 // and with it
	err    error  // what comes after buf
}

func (s *scan) header() (Header, error) {
	start, err := s.raw.Peek(6)
	if err != nil && err != io.EOF {
		return Header{}, err
	}
	if what := sniff(start); what != "" {
		return Header{}, &ForeignError{Path: s.path, What: what}
	}
	line, err := s.next()
	var cut *TruncatedError
	var bad *LineError
	switch {
	case err == io.EOF:
		return Header{}, &ForeignError{Path: s.path, What: "a gzip file without content"}
	case errors.As(err, &cut) && looksForeign(s.buf[s.pos:]):
		return Header{}, &ForeignError{Path: s.path, What: "a broken gzip file of something else"}
	case errors.As(err, &bad):
		return Header{}, &ForeignError{Path: s.path, What: "a gzip file whose first line is not a header"}
	case err != nil:
		return Header{}, err
	}
	h, what := parseHeader(line)
	if what != "" {
		return Header{}, &ForeignError{Path: s.path, What: what}
	}
	return h, nil
}

// next returns the next line without its newline, valid until the next call.
func (s *scan) next() ([]byte, error) {
	seen := 0
	for {
		if i := bytes.IndexByte(s.buf[s.pos+seen:], '\n'); i >= 0 {
			line := s.buf[s.pos : s.pos+seen+i]
			s.before, s.sum = s.sum, crc32.Update(s.sum, castagnoli, s.buf[s.pos:s.pos+seen+i+1])
			s.pos += seen + i + 1
			s.line++
			if len(line) >= MaxLine {
				return nil, &LineError{Path: s.path, Line: s.line, Err: ErrLongLine}
			}
			return line, nil
		}
		seen = len(s.buf) - s.pos
		if seen >= MaxLine {
			return nil, &LineError{Path: s.path, Line: s.line + 1, Err: ErrLongLine}
		}
		if err := s.fill(); err != nil {
			if err == io.EOF && seen > 0 {
				err = &LineError{Path: s.path, Line: s.line + 1, Err: errors.New("the line has no end")}
			}
			return nil, err
		}
	}
}

// fill reads on. An error is told once all bytes before it are used up;
// io.EOF only at the end of the last member.
func (s *scan) fill() error {
	if s.err != nil {
		return s.cut(s.err)
	}
	if s.pos > 0 {
		s.buf = s.buf[:copy(s.buf, s.buf[s.pos:])]
		s.pos = 0
	}
	if s.zip == nil {
		if s.err = s.nextMember(); s.err != nil {
			return s.cut(s.err)
		}
	}
	if cap(s.buf)-len(s.buf) < 32<<10 {
		s.buf = append(make([]byte, 0, 2*cap(s.buf)+128<<10), s.buf...)
	}
	n, err := s.zip.Read(s.buf[len(s.buf):cap(s.buf)])
	s.buf = s.buf[:len(s.buf)+n]
	if err == io.EOF {
		err = s.nextMember()
	}
	s.err = err
	return nil
}

// nextMember begins the next gzip member; io.EOF if there is none, or if it
// was never finished because the run was killed (see memberWriter.write).
func (s *scan) nextMember() error {
	s.member = s.count.n - int64(s.raw.Buffered())
	first, err := s.raw.Peek(1)
	if err == io.EOF || err == nil && first[0] == 0 {
		return io.EOF
	}
	if s.zip == nil {
		s.zip, err = gzip.NewReader(s.raw)
	} else {
		err = s.zip.Reset(s.raw)
	}
	if err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	s.zip.Multistream(false)
	return nil
}

// cut turns a decompressor's error into the reader's.
func (s *scan) cut(err error) error {
	if err == io.EOF {
		return io.EOF
	}
	at := s.count.n - int64(s.raw.Buffered())
	return &TruncatedError{Path: s.path, Offset: s.member, Size: at, Events: max(0, s.line-1), Err: err}
}

// parse reads an event; ended says that the End event came before it.
func (s *scan) parse(line []byte, e *Event, ended bool) error {
	err := ParseLine(line, e)
	switch events := s.line - 1; {
	case err != nil:
	case ended:
		err = errors.New("an event after the end of the run")
	case e.Type == End && e.Events != 0 && e.Events != events:
		err = fmt.Errorf("the end of the run counts %d events, but %d are here", e.Events, events)
	case e.Type == End && !s.sound(line, e):
		err = errors.New("the sum of all lines is not the one that was written: something was changed in this line or before it")
	}
	if err != nil {
		return &LineError{Path: s.path, Line: s.line, Err: err}
	}
	return nil
}

// sound reports whether all lines read as they were written, as the End event
// tells; one without a sum does not.
func (s *scan) sound(line []byte, e *Event) bool {
	said, last := unsummed(line, e)
	return e.Sum == 0 || last && crc32.Update(s.before, castagnoli, said) == e.Sum
}

// counter counts what was read from the file.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
