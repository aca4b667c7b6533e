package history

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
)

const (
	memberBytes = 256 << 10 // raw lines in a member
	memberEvery = 250 * time.Millisecond
	queueLength = 64 // members that may wait for the disk before Append waits too
)

// Sink takes events. [Recorder] and [Memory] are sinks.
type Sink interface {
	Append(e *Event)
}

// Recorder writes a history to a file. Its methods may be called from many
// goroutines. The zero value is not usable; see [Create].
type Recorder struct {
	file *os.File
	full chan []byte // raw lines on their way to the file
	free sync.Pool
	done chan struct{}

	mu     sync.Mutex // guards what follows; held while waiting for the disk
	raw    []byte
	sum    uint32 // CRC-32C of all lines
	events int
	ended  bool
	closed bool

	errMu sync.Mutex // apart from mu, which may wait for the goroutine that fails
	err   error

	onDisk int64  // bytes of the file that are whole; for reading once done is closed
	rest   []byte // the members that the disk did not take; likewise
}

var _ Sink = (*Recorder)(nil)

// Create starts a history in a new file at path, with h as its header; the
// header's Schema and Kind are filled in. It refuses a file that exists. Members
// end by size and by the clock on the wall, so that little is lost with a killed
// run.
func Create(path string, h Header) (*Recorder, error) { return create(path, h, memberEvery) }

// CreateRepeatable is Create for a run that can be repeated. Members end by size
// alone: equal events make files that are equal to the last byte. What a killed
// run loses, the same run made again brings back.
func CreateRepeatable(path string, h Header) (*Recorder, error) { return create(path, h, 0) }

// create has members end after every, too; 0: by size alone.
func create(path string, h Header, every time.Duration) (*Recorder, error) {
	head, err := appendHeader(nil, h)
	if err != nil {
		return nil, fmt.Errorf("history header: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, err
	}
	r := &Recorder{file: f, full: make(chan []byte, queueLength), done: make(chan struct{}), sum: crc32.Checksum(head, castagnoli)}
	r.raw = r.buffer()
	r.full <- head // a member of its own: even a run killed at once leaves a history
	go r.write()
	if every > 0 {
		go r.tick(every)
	}
	return r, nil
}

// Append records e. The order of calls is the order of the file. It waits for
// the disk only when the disk is 64 members behind. Errors are kept for
// [Recorder.Err] and [Recorder.Close]. What comes after the End event, such as
// the last word of a node that is being killed, is no part of the run.
func (r *Recorder) Append(e *Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.ended:
		return
	case r.closed:
		r.fail(errors.New("event appended to a closed history"))
		return
	case e.Type == End:
		r.ended = true
		last, err := r.seal(*e)
		if err != nil {
			r.fail(fmt.Errorf("%s event at %v: %w", e.Type, e.At, err))
			return
		}
		e = &last
	}
	start := len(r.raw)
	raw, err := AppendLine(r.raw, e)
	if err != nil {
		r.fail(fmt.Errorf("%s event at %v: %w", e.Type, e.At, err))
		return
	}
	r.events++
	r.sum = crc32.Update(r.sum, castagnoli, raw[start:])
	if r.raw = raw; len(raw) >= memberBytes {
		r.flush()
	}
}

// seal counts and sums up all that comes before the end, and what the End
// event itself says; r.mu is held.
func (r *Recorder) seal(e Event) (Event, error) {
	e.Events, e.Sum = r.events+1, 0
	line, err := AppendLine(nil, &e)
	if err != nil {
		return e, err
	}
	e.Sum = crc32.Update(r.sum, castagnoli, bytes.TrimSuffix(line, []byte("}\n")))
	return e, nil
}

// Err returns the first error of Append or of the disk, if there was one.
func (r *Recorder) Err() error {
	r.errMu.Lock()
	defer r.errMu.Unlock()
	return r.err
}

// Close writes what is left, closes the file and returns the first error of
// the recorder's life. Further calls return the same.
func (r *Recorder) Close() error {
	r.mu.Lock()
	first := !r.closed
	if first {
		r.closed = true
		r.flush()
		close(r.full)
	}
	r.mu.Unlock()
	<-r.done
	if first {
		if err := r.file.Close(); err != nil {
			r.fail(err)
		}
	}
	return r.Err()
}

// Reader reads the whole history once it is closed, also what the disk did not
// take.
func (r *Recorder) Reader() (*Reader, error) {
	<-r.done
	return newReader(r.file.Name(), func() (io.ReadCloser, error) {
		f, err := os.Open(r.file.Name())
		if err != nil {
			return nil, err
		}
		return struct {
			io.Reader
			io.Closer
		}{io.MultiReader(io.LimitReader(f, r.onDisk), bytes.NewReader(r.rest)), f}, nil
	})
}

// flush queues the raw lines; r.mu is held.
func (r *Recorder) flush() {
	if len(r.raw) > 0 {
		r.full <- r.raw
		r.raw = r.buffer()
	}
}

// tick flushes a slow history, so that little is lost with a killed run.
func (r *Recorder) tick(every time.Duration) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-r.done:
			return
		case <-t.C:
		}
		r.mu.Lock()
		if !r.closed {
			r.flush()
		}
		r.mu.Unlock()
	}
}

// write compresses and writes members until the queue is closed. What the disk
// does not take is kept in memory: the run can still be judged.
func (r *Recorder) write() {
	defer close(r.done)
	var m memberWriter
	broken := false
	for raw := range r.full {
		err := m.zipped(raw)
		switch {
		case err != nil:
			r.fail(fmt.Errorf("writing %s: %w", r.file.Name(), err))
		case !broken:
			if err = m.write(r.file); err == nil {
				break
			}
			broken = true
			r.fail(fmt.Errorf("writing %s: %w", r.file.Name(), err))
			fallthrough
		default:
			r.rest = append(r.rest, m.out...)
		}
		r.free.Put(&raw)
	}
	r.onDisk = m.end
	if !broken {
		if err := r.file.Sync(); err != nil {
			r.fail(err)
		}
	}
}

func (r *Recorder) buffer() []byte {
	if b, ok := r.free.Get().(*[]byte); ok && cap(*b) >= memberBytes {
		return (*b)[:0]
	}
	return make([]byte, 0, memberBytes+16<<10)
}

// fail keeps the first error.
func (r *Recorder) fail(err error) {
	r.errMu.Lock()
	if r.err == nil {
		r.err = err
	}
	r.errMu.Unlock()
}

// memberWriter makes gzip members.
type memberWriter struct {
	zip *gzip.Writer
	out writeBuffer
	end int64 // of the file
}

// write writes the member. A process that is killed can leave a write half done; so the member's first byte is written last. Until then it
// is zero, which no member starts with, and the reader stops there.
func (m *memberWriter) write(f io.WriterAt) error {
	if _, err := f.WriteAt(m.out[1:], m.end+1); err != nil {
		return err
	}
	if _, err := f.WriteAt(m.out[:1], m.end); err != nil {
		return err
	}
	m.end += int64(len(m.out))
	return nil
}

// zipped compresses raw into one member, which it leaves in m.out.
func (m *memberWriter) zipped(raw []byte) error {
	m.out = m.out[:0]
	if m.zip == nil {
		m.zip, _ = gzip.NewWriterLevel(&m.out, gzip.BestSpeed) // the level is valid
	} else {
		m.zip.Reset(&m.out)
	}
	if _, err := m.zip.Write(raw); err != nil {
		return err
	}
	return m.zip.Close()
}

type writeBuffer []byte

func (b *writeBuffer) Write(p []byte) (int, error) {
	*b = append(*b, p...)
	return len(p), nil
}
