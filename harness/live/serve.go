package live

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
)

// What a caller can ask for.
const (
	askStatus = "status"
	askInject = "inject"
	askDown   = "down"
)

// request is a caller's one line. That it says no more, or has gone, takes back
// what it asked for.
type request struct {
	Ask   string `json:"ask"`
	Fault string `json:"fault,omitempty"`
}

// reply is one line of the answer.
type reply struct {
	Say     string `json:"say,omitempty"`
	Error   string `json:"error,omitempty"`
	Refused bool   `json:"refused,omitempty"` // the error is the caller's to mend
}

// RefusedError says that what was asked for makes no sense here: nothing was
// done.
type RefusedError struct{ Err error }

// Error tells why.
func (e *RefusedError) Error() string { return e.Err.Error() }

// Unwrap gives the reason itself.
func (e *RefusedError) Unwrap() error { return e.Err }

// answer answers callers until the door closes.
func (s *system) answer(door net.Listener) {
	for {
		c, err := door.Accept()
		if err != nil {
			return
		}
		s.callers.Go(func() {
			defer c.Close()
			s.serve(c)
		})
	}
}

func (s *system) serve(c net.Conn) {
	var q request
	in := json.NewDecoder(c)
	if in.Decode(&q) != nil {
		return // whoever only looks whether somebody is here
	}
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, c) // the end of it is all that counts
		cancel()
	}()
	out := json.NewEncoder(c)
	err := s.do(ctx, q, func(text string) { _ = out.Encode(reply{Say: text}) }) // a caller who has gone hears nothing
	if err != nil {
		var refused *RefusedError
		_ = out.Encode(reply{Error: err.Error(), Refused: errors.As(err, &refused)})
	}
}

func (s *system) do(ctx context.Context, q request, say func(string)) error {
	switch q.Ask {
	case askStatus:
		s.mu.Lock()
		about := s.about
		s.mu.Unlock()
		say(about)
		return nil
	case askInject:
		return s.inject(ctx, q.Fault, say)
	case askDown:
		s.end()
		<-s.gone
		if s.err == nil {
			say(s.said)
		}
		return s.err
	}
	return &RefusedError{errors.New("the program that is up is of another version, and does not know " + q.Ask)}
}
