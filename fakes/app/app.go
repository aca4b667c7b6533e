package app

import (
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/logoutlab/logoutlab/fakes/auth"
)

// Options is what an [App] is built from.
type Options struct {
	Name         string
	Kind         auth.Kind
	Presentation auth.Presentation
	Node         *auth.Node
	Clock        func() time.Duration // the run's clock; the node's own is this plus its offset
	Work         time.Duration        // how long a page takes to make
	WarmUp       WarmUp               // how much longer at first
	JWKS         func() []byte        // the public keys as a JWK Set (RFC 7517 section 5); nil: none published
	Bounds       Bounds               // of the requests that are worked on at once
	OnOverload   func()               // what the request does that finds the queue full, once: the process dies of it; nil: it is answered with 503
	OnDecision   func(Record)         // called before the answer is written; may be nil
}

// Record is one decision as a node logs it. It holds raw ids: redact before
// writing them anywhere.
type Record struct {
	Request string // the X-Request-Id header
	At      time.Duration
	Clock   time.Duration // the node's own clock
	Op      auth.Op
	auth.Decision
	auth.Grant
}

// App is one node's application: an http.Handler.
//
//	GET  /           the user's home page, where a login leads
//	GET  /page/{n}   another page of the user's own
//	GET  /login      the login form
//	POST /login      user, password (form)
//	POST /refresh    refresh_token (form), or the rt cookie
//	POST /logout
//	GET  /healthz
//	GET  /.well-known/jwks.json
type App struct {
	o             Options
	mux           *http.ServeMux
	desk          *desk
	started       time.Duration // by the run's clock
	offset        atomic.Int64
	misconfigured atomic.Bool
}

// New returns the application of one node.
func New(o Options) *App {
	a := &App{o: o, mux: http.NewServeMux(), desk: newDesk(o.Bounds, o.Clock), started: o.Clock()}
	page := a.admitted(auth.Page, a.page)
	a.mux.HandleFunc("GET "+auth.HomePath+"{$}", page)
	a.mux.HandleFunc("GET /page/{n}", page)
	a.mux.HandleFunc("GET /login", a.loginForm)
	a.mux.HandleFunc("POST /login", a.admitted(auth.Login, a.login))
	a.mux.HandleFunc("POST /refresh", a.admitted(auth.Renew, a.refresh))
	a.mux.HandleFunc("POST /logout", a.admitted(auth.Logout, a.logout))
	a.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	if o.JWKS != nil {
		a.mux.HandleFunc("GET /.well-known/jwks.json", a.jwks)
	}
	return a
}

// ServeHTTP answers one request.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

// SetClockOffset puts the node's clock ahead (or behind, if negative).
func (a *App) SetClockOffset(d time.Duration) { a.offset.Store(int64(d)) }

// ClockOffset is what the node's clock is ahead of the run's.
func (a *App) ClockOffset() time.Duration { return time.Duration(a.offset.Load()) }

// SetMisconfigured makes the node refuse every page, whoever asks: a deploy
// whose login check is broken.
func (a *App) SetMisconfigured(on bool) { a.misconfigured.Store(on) }

func (a *App) login(w http.ResponseWriter, r *http.Request) {
	user, ok := checkPassword(r.PostFormValue("user"), r.PostFormValue("password"))
	if !ok {
		at, clock := a.now()
		d := auth.Decision{Reason: auth.ReasonBadPassword}
		a.answer(w, r, auth.Login, d, auth.Grant{}, at, clock)
		return
	}
	a.serve(w, r, auth.Request{Op: auth.Login, User: user})
}

func (a *App) page(w http.ResponseWriter, r *http.Request) {
	if a.misconfigured.Load() {
		at, clock := a.now()
		a.answer(w, r, auth.Page, auth.Decision{Reason: auth.ReasonMisconfigured}, auth.Grant{}, at, clock)
		return
	}
	a.serve(w, r, a.presented(r, auth.Page))
}

func (a *App) refresh(w http.ResponseWriter, r *http.Request) {
	a.serve(w, r, a.presented(r, auth.Renew))
}

func (a *App) logout(w http.ResponseWriter, r *http.Request) {
	a.serve(w, r, a.presented(r, auth.Logout))
}

func (a *App) now() (at, clock time.Duration) {
	at = a.o.Clock()
	return at, at + a.ClockOffset()
}

func (a *App) serve(w http.ResponseWriter, r *http.Request, req auth.Request) {
	at, clock := a.now()
	d, g := a.o.Node.Serve(req, clock)
	if d.Reason == auth.ReasonStoreDown && a.desk.ended() {
		panic(http.ErrAbortHandler) // it was let go of with the process: that says nothing of the store
	}
	a.answer(w, r, req.Op, d, g, at, clock)
}

func (a *App) answer(w http.ResponseWriter, r *http.Request, op auth.Op, d auth.Decision, g auth.Grant, at, clock time.Duration) {
	if a.o.OnDecision != nil {
		a.o.OnDecision(Record{Request: r.Header.Get("X-Request-Id"), At: at, Clock: clock, Op: op, Decision: d, Grant: g})
	}
	if work := a.work(d, op); work > 0 && !pause(r, work) {
		return
	}
	p := a.o.Presentation
	write(w, p.Shape(op, a.o.Kind, d, g), p.Carried(op, d, g))
}

// work is how long the answer takes to make that is begun now.
func (a *App) work(d auth.Decision, op auth.Op) time.Duration {
	if !d.Accept || op != auth.Page {
		return 0
	}
	return a.o.WarmUp.At(a.o.Clock()-a.started, a.o.Work)
}

// pause waits, or returns false when the client has gone.
func pause(r *http.Request, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

func (a *App) loginForm(w http.ResponseWriter, _ *http.Request) {
	writeBody(w, auth.BodyLogin, 0, auth.Grant{}, http.StatusOK)
}

func (a *App) jwks(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/jwk-set+json")
	w.Header().Set("Cache-Control", "public, max-age=60")
	_, _ = w.Write(a.o.JWKS())
}

// Password is the password of a user: every run's users have made-up accounts.
func Password(user auth.UserID) string { return "pw-" + strconv.FormatUint(uint64(user), 10) }

// UserName is how a user logs in.
func UserName(user auth.UserID) string { return "u" + strconv.FormatUint(uint64(user), 10) }

func checkPassword(name, password string) (auth.UserID, bool) {
	digits, ok := strings.CutPrefix(name, "u")
	n, err := strconv.ParseUint(digits, 10, 32)
	if !ok || err != nil || n == 0 {
		return 0, false
	}
	return auth.UserID(n), password == Password(auth.UserID(n))
}
