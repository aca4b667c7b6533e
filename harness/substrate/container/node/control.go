package node

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

// maxBody bounds what either side of a control call reads.
const maxBody = 1 << 20

// guard lets nobody pass who does not show the token (RFC 6750 section 2.1).
// Digests are compared, in constant time, so that not even the token's length
// shows.
func guard(token string, next http.Handler) http.Handler {
	want := sha256.Sum256([]byte(token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, shown, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		got := sha256.Sum256([]byte(shown))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 || !strings.EqualFold(scheme, "Bearer") {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "show the run's token", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// routes is the control port.
func (p *program) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /state", put(func(s State) error {
		if err := s.check(); err != nil {
			return badRequest(err)
		}
		return p.start(s)
	}))
	mux.HandleFunc("PUT /clock", put(func(b clockBody) error {
		n, err := p.running()
		if err == nil {
			n.app.SetClockOffset(b.Offset)
		}
		return err
	}))
	mux.HandleFunc("PUT /misconfigured", put(func(b misconfiguredBody) error {
		n, err := p.running()
		if err == nil {
			n.app.SetMisconfigured(b.On)
		}
		return err
	}))
	mux.HandleFunc("PUT /keys", put(p.setKeys))
	mux.HandleFunc("PUT /issuer", put(func(jwks json.RawMessage) error { return p.publish(bytes.Clone(jwks)) }))
	mux.HandleFunc("PUT /links", put(p.openLinks))
	mux.HandleFunc("PUT /disturbance", put(p.disturb))
	mux.HandleFunc("POST /cut", func(w http.ResponseWriter, _ *http.Request) {
		if _, err := p.running(); err != nil {
			refuse(w, err)
			return
		}
		answer(w, cutBody{p.process.Cut()})
	})
	mux.HandleFunc("PUT /idle", put(func(b idleBody) error {
		_, err := p.running()
		if err == nil {
			p.process.ForgetIdle(b.Forget)
		}
		return err
	}))
	mux.HandleFunc("PUT /grace", put(func(b graceBody) error {
		n, err := p.running()
		if err == nil {
			n.grace.Store(int64(b.Grace))
		}
		return err
	}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, p.health()) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodConnect { // of which the mux wants a path
			tunnel(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func (p *program) setKeys(s parts.KeySet) error {
	n, err := p.running()
	switch {
	case err != nil:
		return err
	case n.Ring == nil:
		return conflict("its architecture has no signing keys")
	}
	if err := s.Apply(n.Ring); err != nil {
		return badRequest(err)
	}
	return nil
}

func (p *program) health() Health {
	p.mu.Lock()
	defer p.mu.Unlock()
	var h Health
	if p.process != nil {
		h.App = p.process.Addr()
	}
	if p.node != nil {
		h.Name, h.Boot, h.Store = p.node.Name, p.node.Boot, p.node.storeUse()
	}
	return h
}

// put reads a JSON body and does something with it.
func put[T any](do func(T) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		in, err := decode[T](http.MaxBytesReader(w, r.Body, maxBody))
		if err == nil {
			err = do(in)
		}
		if err != nil {
			refuse(w, err)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}

// decode reads one JSON value. A field that is not known means that harness
// and image are of different versions.
func decode[T any](r io.Reader) (in T, err error) {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return in, badRequest(fmt.Errorf("%w (if the field is not known here, the image is of another version: build it again with `make images`)", err))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return in, badRequest(errors.New("more than one JSON value"))
	}
	return in, nil
}

// refusal is an error with its HTTP status.
type refusal struct {
	status int
	error
}

func badRequest(err error) error { return refusal{http.StatusBadRequest, err} }

func conflict(text string) error { return refusal{http.StatusConflict, errors.New(text)} }

func refuse(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	var known refusal
	if errors.As(err, &known) {
		status = known.status
	}
	http.Error(w, err.Error(), status)
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // numbers and strings
}
