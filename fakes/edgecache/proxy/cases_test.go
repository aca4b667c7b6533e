package proxy

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/edgecache"
)

// testCase is a conversation of the core's testdata/cases.yaml.
type testCase struct {
	Name   string
	Config struct {
		Cache401           time.Duration `yaml:"cache_401"`
		IgnoreCacheControl time.Duration `yaml:"ignore_cache_control"`
		IgnoreVary         bool          `yaml:"ignore_vary"`
		IgnoreAuth         bool          `yaml:"ignore_auth"`
		CacheSetCookie     bool          `yaml:"cache_set_cookie"`
		Never4xx           bool          `yaml:"never_4xx"`
		Scale              float64
	}
	Steps []testStep
}

type testStep struct {
	At        time.Duration
	Method    string
	Path      string
	Auth      bool
	Lang      string
	RequestCC string `yaml:"request_cc"`
	Answer    answer
	Want      string
	SetCookie bool `yaml:"set_cookie"`
}

type answer struct {
	Status    int
	CC        string
	Vary      string
	Age       string
	Expires   *int
	SetCookie bool `yaml:"set_cookie"`
}

// ServeHTTP is the upstream that gives this answer.
func (a *answer) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	h, now := w.Header(), time.Now()
	for name, value := range map[string]string{"Cache-Control": a.CC, "Vary": a.Vary, "Age": a.Age} {
		if value != "" {
			h.Set(name, value)
		}
	}
	h.Set("Date", now.UTC().Format(http.TimeFormat))
	if a.Expires != nil {
		h.Set("Expires", now.Add(time.Duration(*a.Expires)*time.Second).UTC().Format(http.TimeFormat))
	}
	if a.SetCookie {
		h.Set("Set-Cookie", "sid=secret")
	}
	if a.Status != 0 {
		w.WriteHeader(a.Status)
	}
}

func (s *testStep) request() *http.Request {
	method, path := s.Method, s.Path
	if method == "" {
		method = http.MethodGet
	}
	if path == "" {
		path = "/"
	}
	r := httptest.NewRequest(method, path, http.NoBody)
	if s.Auth {
		r.Header.Set("Authorization", "Bearer x")
	}
	for name, value := range map[string]string{"Accept-Language": s.Lang, "Cache-Control": s.RequestCC} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	return r
}

// TestCases plays the core's own conversations over HTTP.
func TestCases(t *testing.T) {
	text, err := os.ReadFile("../testdata/cases.yaml")
	require.NoError(t, err)
	var cases []testCase
	require.NoError(t, yaml.UnmarshalWithOptions(text, &cases, yaml.Strict()))
	for _, tt := range cases {
		t.Run(tt.Name, func(t *testing.T) {
			var says *answer
			upstream := serve(t, func(w http.ResponseWriter, r *http.Request) { says.ServeHTTP(w, r) })
			var now time.Duration
			p := New(Options{Config: edgecache.Config(tt.Config), Upstream: upstream, Now: func() time.Duration { return now }})
			t.Cleanup(p.Close)
			for i, s := range tt.Steps {
				now, says = s.At, &tt.Steps[i].Answer
				w := httptest.NewRecorder()
				p.ServeHTTP(w, s.request())
				require.Equal(t, s.Want, outcome(w.Header()), "step %d", i)
				if strings.HasPrefix(s.Want, "hit") {
					require.Equal(t, s.SetCookie, w.Header().Get("Set-Cookie") != "", "step %d", i)
				}
			}
		})
	}
}

func serve(t testing.TB, h http.HandlerFunc) *url.URL {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	require.NoError(t, err)
	return u
}

// outcome reads an answer's headers as the words of cases.yaml.
func outcome(h http.Header) string {
	status := h.Values("Cache-Status")
	switch status[len(status)-1] {
	case "logoutlab; hit":
		return "hit " + h.Get("Age")
	case "logoutlab; fwd=bypass":
		return "bypass"
	case "logoutlab; fwd=miss", "logoutlab; fwd=request":
		return "miss"
	case "logoutlab; fwd=miss; stored", "logoutlab; fwd=request; stored":
		return "miss stored"
	}
	return strings.Join(status, " | ")
}
