package proxy

import (
	"bytes"
	"encoding/binary"
	"sync"
)

// owed reads along on a relayed connection how many answers the client waits
// for. Over HTTP/2 it counts streams; otherwise it takes the client to wait
// for one since its latest bytes, until bytes come back.
type owed struct {
	conn *nodeConn

	mu      sync.Mutex
	begun   bool
	streams map[uint32]struct{} // open ones; nil unless the connection is HTTP/2
	up      frames
	down    frames
}

// preface is what a client begins an HTTP/2 connection with (RFC 9113 section
// 3.4). It is looked for in the first read alone.
var preface = []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")

// asked takes bytes of the client.
func (o *owed) asked(b []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.begun {
		o.begun = true
		var h2 bool
		if b, h2 = bytes.CutPrefix(b, preface); h2 {
			o.streams = make(map[uint32]struct{})
		}
	}
	if o.streams == nil {
		o.conn.waiting.Store(1)
		return
	}
	o.up.each(b, func(f frame) {
		switch {
		case f.kind == frameHeaders:
			o.streams[f.stream] = struct{}{}
		case f.kind == frameReset:
			delete(o.streams, f.stream)
		}
	})
	o.conn.waiting.Store(int32(len(o.streams)))
}

// answered takes bytes of the node.
func (o *owed) answered(b []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.streams == nil {
		o.conn.waiting.Store(0)
		return
	}
	o.down.each(b, func(f frame) {
		if f.kind == frameReset || f.kind <= frameHeaders && f.flags&flagEndStream != 0 {
			delete(o.streams, f.stream)
		}
	})
	o.conn.waiting.Store(int32(len(o.streams)))
}

// frame is the head of an HTTP/2 frame (RFC 9113 section 4.1), as far as it
// matters here.
type frame struct {
	kind, flags byte
	stream      uint32
}

// The kinds of frames that begin and end streams, and the flag of DATA (0) and
// HEADERS that does.
const (
	frameHeaders  = 1
	frameReset    = 3
	flagEndStream = 1
)

// frames finds the frames in one direction of a connection.
type frames struct {
	head [9]byte
	have int // bytes of head
	rest int // bytes of the frame's payload still to come
}

// each calls on for every frame whose head is complete with b.
func (s *frames) each(b []byte, on func(frame)) {
	for {
		skip := min(s.rest, len(b))
		s.rest, b = s.rest-skip, b[skip:]
		n := copy(s.head[s.have:], b)
		s.have, b = s.have+n, b[n:]
		if s.have < len(s.head) {
			return
		}
		s.have, s.rest = 0, int(binary.BigEndian.Uint32(s.head[:4])>>8)
		on(frame{s.head[3], s.head[4], binary.BigEndian.Uint32(s.head[5:]) &^ (1 << 31)})
	}
}
