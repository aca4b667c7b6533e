package edgecache_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/edgecache"
)

// testCase is a conversation of testdata/cases.yaml.
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
	Answer    struct {
		Status    int
		CC        string
		Vary      string
		Age       string
		Expires   *int
		SetCookie bool `yaml:"set_cookie"`
	}
	Want      string
	SetCookie bool `yaml:"set_cookie"` // the hit carries Set-Cookie: the proxy's test looks
}

type lang string

func (l lang) Field(name string) string {
	if strings.EqualFold(name, "Accept-Language") {
		return string(l)
	}
	return ""
}

func (s *testStep) request() *edgecache.Request {
	d := edgecache.ParseCacheControl(s.RequestCC)
	method := s.Method
	if method == "" {
		method = "GET"
	}
	return &edgecache.Request{
		Method: method, Key: s.Path, HasAuth: s.Auth, Fields: lang(s.Lang),
		NoCache: d.NoCache || d.HasMaxAge && d.MaxAge == 0, NoStore: d.NoStore,
	}
}

func (s *testStep) meta() *edgecache.Meta {
	a := s.Answer
	m := &edgecache.Meta{
		Status: a.Status, Control: edgecache.ParseCacheControl(a.CC), SetCookie: a.SetCookie, Age: edgecache.ParseAge(a.Age),
	}
	if m.Status == 0 {
		m.Status = 200
	}
	if a.Vary != "" {
		m.Vary = []string{a.Vary}
	}
	if a.Expires != nil {
		m.HasExpires, m.Expires = true, time.Duration(*a.Expires)*time.Second
	}
	return m
}

func TestCases(t *testing.T) {
	text, err := os.ReadFile("testdata/cases.yaml")
	require.NoError(t, err)
	var cases []testCase
	require.NoError(t, yaml.UnmarshalWithOptions(text, &cases, yaml.Strict()))
	for _, tt := range cases {
		t.Run(tt.Name, func(t *testing.T) {
			c := edgecache.New[int](edgecache.Config(tt.Config), 100)
			for i, s := range tt.Steps {
				require.Equal(t, s.Want, play(c, &s), "step %d", i)
			}
		})
	}
}

func play(c *edgecache.Cache[int], s *testStep) string {
	req, m := s.request(), s.meta()
	e, result := c.Lookup(req, s.At)
	switch result {
	case edgecache.Hit:
		return fmt.Sprintf("hit %d", e.Age/time.Second)
	case edgecache.Bypass:
		c.Invalidate(req, m.Status)
		return "bypass"
	}
	if c.Store(req, m, 0, s.At) {
		return "miss stored"
	}
	return "miss"
}
