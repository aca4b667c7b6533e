package workload

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/logoutlab/logoutlab/fakes/client"
	"github.com/logoutlab/logoutlab/harness/history"
)

// maxBody is how much of an answer is looked at.
const maxBody = 64 << 10

// body is a form as a request's body; nil for none.
func body(form url.Values) io.Reader {
	if form == nil {
		return nil
	}
	return strings.NewReader(form.Encode())
}

// read turns an HTTP answer into what the client understands, noting in e what
// the evidence needs. It fails if the body breaks off.
func read(res *http.Response, r client.Request, e *history.Event) (client.Response, error) {
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	if err != nil {
		return client.Response{}, err
	}
	out := client.Response{Seq: r.Seq, Status: res.StatusCode}
	e.Status = res.StatusCode
	readHeaders(res.Header, &out, e)
	readBody(text, res.StatusCode, &out, e)
	e.Identity = out.Identity
	return out, nil
}

func readHeaders(h http.Header, out *client.Response, e *history.Event) {
	age, _ := strconv.Atoi(h.Get("Age"))
	e.Age = max(age, 0)
	e.Hit = hit(h)
	if t, err := http.ParseTime(h.Get("Date")); err == nil {
		e.Date = t.Unix()
	}
	if e.Location = h.Get("Location"); e.Location != "" {
		u, err := url.Parse(e.Location)
		out.ToLogin = err == nil && u.Path == "/login" && out.Status/100 == 3
	}
	for _, line := range h.Values("Set-Cookie") {
		c, err := client.ParseSetCookie(line)
		if err != nil {
			continue // as browsers do
		}
		out.Set = append(out.Set, c)
		if expired(c) {
			e.Clear = append(e.Clear, c.Name)
		} else {
			e.Set = append(e.Set, c.Name)
		}
	}
}

// expired says whether a Set-Cookie removes its cookie. Max-Age goes before
// Expires (RFC 6265bis section 5.7).
func expired(c client.SetCookie) bool {
	if c.HasMaxAge {
		return c.MaxAge <= 0
	}
	return !c.Expires.IsZero() && !c.Expires.After(time.Now())
}

// hit says whether a cache on the way answered: by the parameter of RFC 9211
// section 2.1, or by the header that many products sent before it.
func hit(h http.Header) bool {
	for _, line := range h.Values("Cache-Status") {
		for cache := range strings.SplitSeq(line, ",") {
			_, params, _ := strings.Cut(cache, ";")
			for p := range strings.SplitSeq(params, ";") {
				if strings.TrimSpace(p) == "hit" {
					return true
				}
			}
		}
	}
	return strings.HasPrefix(strings.ToLower(h.Get("X-Cache")), "hit")
}

var (
	pageMark  = []byte(`data-user="u`)
	loginMark = []byte(`<form id="login"`)
)

func readBody(text []byte, status int, out *client.Response, e *history.Event) {
	if i := bytes.Index(text, pageMark); i >= 0 {
		digits, _, _ := bytes.Cut(text[i+len(pageMark):], []byte(`"`))
		out.Identity, _ = strconv.Atoi(string(digits))
		out.Body, e.Body = client.BodyPage, history.BodyPage
		return
	}
	if bytes.Contains(text, loginMark) {
		out.Body, e.Body = client.BodyLogin, history.BodyLogin
		return
	}
	if status == http.StatusOK && bytes.HasPrefix(text, []byte("{")) {
		readTokens(text, out, e)
		return
	}
	if status >= 400 {
		e.Body = history.BodyError
	}
}

// readTokens reads a token response (RFC 6749 section 5.1).
func readTokens(text []byte, out *client.Response, e *history.Event) {
	var t struct {
		Access  string  `json:"access_token"`
		Refresh string  `json:"refresh_token"`
		Expires float64 `json:"expires_in"` // seconds
	}
	if json.Unmarshal(text, &t) != nil || t.Access == "" {
		return
	}
	out.Body, e.Body = client.BodyTokens, history.BodyTokens
	out.Access.Text, out.Refresh.Text = t.Access, t.Refresh
	out.ExpiresIn = time.Duration(t.Expires * float64(time.Second))
}
