package client

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/client/browsertest"
)

// site is what Chromium talks to: one server under every name, by http and
// https.
//
//	/page                 an empty page to act from
//	/set?line=...         sets cookies, path /set
//	/hop?to=URL&code=303  redirects
//	/show/ID, /deep/ID    tells the test what Cookie header came
type site struct {
	plain, secure *httptest.Server

	mu    sync.Mutex
	shown map[string]chan string
}

func newSite(t *testing.T) *site {
	s := &site{shown: map[string]chan string{}}
	s.plain, s.secure = httptest.NewServer(s), httptest.NewTLSServer(s)
	t.Cleanup(s.plain.Close)
	t.Cleanup(s.secure.Close)
	return s
}

func (s *site) hosts() browsertest.Hosts {
	return browsertest.Hosts{
		HTTP: s.plain.Listener.Addr().String(), HTTPS: s.secure.Listener.Addr().String(),
		Certificate: s.secure.Certificate(),
	}
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "text/html")
	if o := r.Header.Get("Origin"); o != "" {
		h.Set("Access-Control-Allow-Origin", o)
		h.Set("Access-Control-Allow-Credentials", "true")
	}
	q := r.URL.Query()
	switch kind, id, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/"); kind {
	case "set":
		for _, line := range q["line"] {
			h.Add("Set-Cookie", line)
		}
	case "hop":
		code := http.StatusFound
		_, _ = fmt.Sscan(q.Get("code"), &code)
		http.Redirect(w, r, q.Get("to"), code)
		return
	case "show", "deep":
		s.tell(id, r.Header.Get("Cookie"))
	}
	_, _ = io.WriteString(w, "<!doctype html><title>"+html.EscapeString(r.URL.Path)+"</title>")
}

// expect says what to wait for before it can come.
func (s *site) expect(id string) chan string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shown[id] = make(chan string, 4)
	return s.shown[id]
}

func (s *site) tell(id, cookies string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.shown[id]; c != nil {
		select {
		case c <- cookies:
		default: // asked for once more: the first counts
		}
	}
}

// flow is one way to a page: who begins it, how, and over which redirects.
type flow struct {
	name string
	from string // origin of the page that begins it; "": the user types the address
	how  string // link, post, frame, fetch
	via  string // origin that redirects; "": none
	code int    // of the redirect
	to   string
	path string // show (""), deep
}

// context is the flow as the model has it. A redirect counts as what the page
// began, but for its method.
func (f flow) context(t *testing.T) *place {
	c := Context{To: origin(t, f.to), TopLevel: f.how == "" || f.how == "link" || f.how == "post"}
	if f.from != "" {
		c.From = origin(t, f.from)
	}
	c.Unsafe = f.how == "post" && (f.via == "" || f.code == http.StatusTemporaryRedirect)
	return placeOf(c)
}

func (f flow) target(id string) string {
	path := f.path
	if path == "" {
		path = "show"
	}
	return "/" + path + "/" + id
}

// go lets Chromium go that way, and tells what Cookie header arrived.
func (f flow) travel(t *testing.T, s *site, b *browsertest.Browser, id string) string {
	t.Helper()
	came := s.expect(id)
	address := f.to + f.target(id)
	if f.via != "" {
		address = f.via + "/hop?" + url.Values{"to": {address}, "code": {fmt.Sprint(f.code)}}.Encode()
	}
	if f.from == "" {
		b.Open(t, address)
	} else {
		b.Open(t, f.from+"/page")
		b.Do(t, fmt.Sprintf(scripts[f.how], address))
	}
	select {
	case cookies := <-came:
		return cookies
	case <-time.After(10 * time.Second):
		require.Fail(t, "no request arrived", "%+v", f)
		return ""
	}
}

// scripts begin a flow; what they return must not wait for it.
var scripts = map[string]string{
	"link":  `{ const a = document.createElement("a"); a.href = %q; document.body.append(a); a.click(); }`,
	"post":  `{ const f = document.createElement("form"); f.method = "post"; f.action = %q; document.body.append(f); f.submit(); }`,
	"frame": `{ const i = document.createElement("iframe"); i.src = %q; document.body.append(i); }`,
	"fetch": `{ void fetch(%q, {credentials: "include"}); }`,
}

// names are the cookies of a Cookie header, by name; values have no "=".
func names(header string) map[string]bool {
	out := map[string]bool{}
	for pair := range strings.SplitSeq(header, "; ") {
		if name, _, _ := strings.Cut(pair, "="); name != "" {
			out[name] = true
		}
	}
	return out
}

// set lets Chromium and the model take cookies from a page that the user opens
// at an origin.
func (s *site) set(t *testing.T, b *browsertest.Browser, j *jar, from string, lines []string) {
	t.Helper()
	const batch = 20 // a header field of every cookie, in a URL of moderate length
	for len(lines) > 0 {
		n := min(batch, len(lines))
		b.Open(t, from+"/set?"+url.Values{"line": lines[:n]}.Encode())
		for _, line := range lines[:n] {
			j.set(parse(t, line), placeOf(Context{To: origin(t, from), TopLevel: true}), "/set", 0)
		}
		lines = lines[n:]
	}
}
