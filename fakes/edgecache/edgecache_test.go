package edgecache_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/logoutlab/logoutlab/fakes/edgecache"
)

func TestParseCacheControl(t *testing.T) {
	type d = edgecache.Directives
	for in, want := range map[string]d{
		"":                               {},
		" , ,":                           {},
		"no-store":                       {NoStore: true},
		"No-Cache, PRIVATE":              {NoCache: true, Private: true},
		"public,must-revalidate":         {Public: true, MustRevalidate: true},
		"max-age=60":                     {HasMaxAge: true, MaxAge: time.Minute},
		" max-age = 60 , s-maxage=5":     {HasMaxAge: true, MaxAge: time.Minute, HasSMaxAge: true, SMaxAge: 5 * time.Second},
		`max-age="60"`:                   {HasMaxAge: true, MaxAge: time.Minute},
		"max-age":                        {HasMaxAge: true},
		"max-age=":                       {HasMaxAge: true},
		`max-age="`:                      {HasMaxAge: true},
		"max-age=-1":                     {HasMaxAge: true},
		"max-age=1.5":                    {HasMaxAge: true},
		"max-age=60, max-age=60":         {HasMaxAge: true, MaxAge: time.Minute},
		"max-age=60, max-age=90":         {HasMaxAge: true},
		"max-age=99999999999999999999":   {HasMaxAge: true, MaxAge: math.MaxInt32 * time.Second},
		`private="set-cookie, no-store"`: {Private: true},
		`x="a\", no-store", no-cache`:    {NoCache: true},
		`x="unclosed, no-store`:          {},
		"no-stores, xpublic, public":     {Public: true},
		"no-\u017ftore, public":          {Public: true}, // a long s
	} {
		require.Equal(t, want, edgecache.ParseCacheControl(in), "%q", in)
	}
}

func TestParseAge(t *testing.T) {
	for in, want := range map[string]time.Duration{"": 0, "7": 7 * time.Second, " 7 , 9": 7 * time.Second, "x": 0, "-1": 0} {
		require.Equal(t, want, edgecache.ParseAge(in), in)
	}
}

// Joining lines only adds directives, never takes one away, and ages are
// never negative.
func FuzzParseCacheControl(f *testing.F) {
	for _, s := range []string{"max-age=60, public", `private="a,b", max-age="5"`, `x="\`, "s-maxage=1,s-maxage=2", "no-cache", "no-\u017ftore"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d := edgecache.ParseCacheControl(s)
		require.GreaterOrEqual(t, d.MaxAge, time.Duration(0))
		require.GreaterOrEqual(t, d.SMaxAge, time.Duration(0))
		require.True(t, d.HasMaxAge || d.MaxAge == 0)
		require.True(t, d.HasSMaxAge || d.SMaxAge == 0)
		require.Equal(t, d, edgecache.ParseCacheControl(strings.ToUpper(asciiOnly(s))), "case matters")
		d.NoStore = true
		require.Equal(t, d, edgecache.ParseCacheControl("no-store,"+s))
	})
}

// asciiOnly is s when its upper case has the same letters, as field names do.
func asciiOnly(s string) string {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return strings.Map(func(r rune) rune {
				if r >= 0x80 {
					return '.'
				}
				return r
			}, s)
		}
	}
	return s
}

func get(key string) *edgecache.Request { return &edgecache.Request{Method: "GET", Key: key} }

func fresh(life time.Duration) *edgecache.Meta {
	return &edgecache.Meta{Status: 200, Control: edgecache.Directives{HasMaxAge: true, MaxAge: life}}
}

func TestAgeOfSlowAndOldAnswers(t *testing.T) {
	c := edgecache.New[string](edgecache.Config{Scale: 10}, 10)
	m := fresh(time.Minute)
	m.Delay, m.Age = time.Second, 5*time.Second // 10 s and 5 s of header time
	require.True(t, c.Store(get("/"), m, "slow", time.Second))
	e, result := c.Lookup(get("/"), 2*time.Second)
	require.Equal(t, edgecache.Hit, result)
	require.Equal(t, edgecache.Entry[string]{Payload: "slow", Age: 25 * time.Second}, e)

	m.Apparent = 40 * time.Second
	require.True(t, c.Store(get("/"), m, "old", 2*time.Second))
	e, _ = c.Lookup(get("/"), 2*time.Second)
	require.Equal(t, edgecache.Entry[string]{Payload: "old", Age: 40 * time.Second}, e)
	_, result = c.Lookup(get("/"), 4*time.Second)
	require.Equal(t, edgecache.Miss, result)
	require.Zero(t, c.Len(), "what is stale is removed when it is found")
}

func TestTheLeastRecentlyUsedGoes(t *testing.T) {
	c := edgecache.New[int](edgecache.Config{}, 2)
	require.True(t, c.Store(get("/a"), fresh(time.Hour), 1, 0))
	require.True(t, c.Store(get("/b"), fresh(time.Hour), 2, 0))
	_, result := c.Lookup(get("/a"), 0)
	require.Equal(t, edgecache.Hit, result)
	require.True(t, c.Store(get("/c"), fresh(time.Hour), 3, 0))
	require.Equal(t, 2, c.Len())
	for key, want := range map[string]edgecache.Result{"/a": edgecache.Hit, "/b": edgecache.Miss, "/c": edgecache.Hit} {
		_, result := c.Lookup(get(key), 0)
		require.Equal(t, want, result, key)
	}
}

// A cache of the rules never hands out what is stale, what was asked for
// under another key, or more than it may hold.
func TestNeverStaleNeverAnothers(t *testing.T) {
	type payload struct {
		key   string
		until time.Duration
	}
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 4).Draw(t, "size")
		c := edgecache.New[payload](edgecache.Config{}, size)
		now := time.Duration(0)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now += time.Duration(rapid.IntRange(0, 5).Draw(t, "pause")) * time.Second
			req := get(fmt.Sprintf("/%d", rapid.IntRange(0, 5).Draw(t, "key")))
			req.Fields = lang(rapid.SampledFrom([]string{"", "en", "de"}).Draw(t, "lang"))
			id := req.Key + string(req.Fields.(lang))
			if rapid.IntRange(0, 9).Draw(t, "unsafe") == 0 {
				req.Method = "POST"
				c.Invalidate(req, 200)
				req.Method = "GET"
				_, result := c.Lookup(req, now)
				require.Equal(t, edgecache.Miss, result)
				continue
			}
			e, result := c.Lookup(req, now)
			if result == edgecache.Hit {
				require.Equal(t, id, e.Payload.key)
				require.Less(t, now, e.Payload.until)
				continue
			}
			life := time.Duration(rapid.IntRange(1, 20).Draw(t, "life")) * time.Second
			m := fresh(life)
			m.Vary = []string{"Accept-Language"}
			require.True(t, c.Store(req, m, payload{id, now + life}, now))
			require.LessOrEqual(t, c.Len(), size)
		}
	})
}

func BenchmarkLookup(b *testing.B) {
	c := edgecache.New[int](edgecache.Config{}, 1024)
	keys := make([]string, 1024)
	for i := range keys {
		keys[i] = fmt.Sprintf("127.0.0.1:8080/page/%d", i)
		c.Store(get(keys[i]), fresh(time.Hour), i, 0)
	}
	b.ReportAllocs()
	for i := range b.N {
		req := edgecache.Request{Method: "GET", Key: keys[i%1024]}
		c.Lookup(&req, 0)
	}
}
