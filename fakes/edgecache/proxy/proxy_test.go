package proxy

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/logoutlab/logoutlab/fakes/edgecache"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func stopped() time.Duration { return 0 }

func start(t testing.TB, config edgecache.Config, h http.HandlerFunc) *Proxy {
	p := New(Options{Config: config, Upstream: serve(t, h), Now: stopped})
	t.Cleanup(p.Close)
	return p
}

func ask(p *Proxy, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, http.NoBody)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w
}

func TestWhatTheUpstreamSees(t *testing.T) {
	var got *http.Request
	p := start(t, edgecache.Config{}, func(_ http.ResponseWriter, r *http.Request) { got = r.Clone(r.Context()) })
	ask(p, "/page/1?a=%zz;b", "X-Request-Id", "7", "X-Forwarded-For", "10.0.0.1", "X-Forwarded-For", "10.0.0.2",
		"Connection", "X-Hop", "X-Hop", "1", "Cookie", "sid=1", "Authorization", "Bearer x", "Accept-Encoding", "br")
	require.Equal(t, "/page/1?a=%zz;b", got.RequestURI)
	require.Equal(t, "example.com", got.Host)
	require.Equal(t, "7", got.Header.Get("X-Request-Id"))
	require.Equal(t, []string{"10.0.0.1, 10.0.0.2, 192.0.2.1"}, got.Header["X-Forwarded-For"])
	require.Equal(t, "1.1 logoutlab", got.Header.Get("Via"))
	require.Equal(t, "sid=1", got.Header.Get("Cookie"))
	require.Equal(t, "Bearer x", got.Header.Get("Authorization"))
	require.Equal(t, "br", got.Header.Get("Accept-Encoding"))
	require.Empty(t, got.Header.Get("X-Hop"))
}

func TestAHitIsTheSameAnswer(t *testing.T) {
	calls := 0
	p := start(t, edgecache.Config{}, func(w http.ResponseWriter, _ *http.Request) {
		calls++
		h := w.Header()
		h.Set("Cache-Control", "max-age=60")
		h.Set("Cache-Status", "origin; hit")
		h.Set("Connection", "X-Hop")
		h.Set("X-Hop", "1")
		h.Set("X-Page", "1")
		w.WriteHeader(http.StatusNonAuthoritativeInfo)
		_, _ = io.WriteString(w, "hello")
	})
	first := ask(p, "/")
	for range 2 { // the second shows whether the first has changed what is stored
		hit := ask(p, "/")
		require.Equal(t, http.StatusNonAuthoritativeInfo, hit.Code)
		require.Equal(t, "hello", hit.Body.String())
		require.Equal(t, []string{"origin; hit", "logoutlab; hit"}, hit.Header()["Cache-Status"])
		require.Equal(t, []string{"1.1 logoutlab"}, hit.Header()["Via"])
		require.Equal(t, []string{"0"}, hit.Header()["Age"])
		require.Equal(t, "1", hit.Header().Get("X-Page"))
		require.Empty(t, hit.Header().Get("X-Hop"))
		require.Equal(t, first.Header()["Date"], hit.Header()["Date"])
	}
	require.Equal(t, 1, calls)
	require.Equal(t, "hello", first.Body.String())
	require.Empty(t, first.Header().Get("Age"))
	require.Equal(t, []string{"origin; hit", "logoutlab; fwd=miss; stored"}, first.Header()["Cache-Status"])
}

func TestOtherHostsHaveOtherPages(t *testing.T) {
	p := start(t, edgecache.Config{}, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Cache-Control", "max-age=60") })
	ask(p, "http://a.example/")
	require.Equal(t, "miss stored", outcome(ask(p, "http://b.example/").Header()))
	require.Equal(t, "hit 0", outcome(ask(p, "http://a.example/").Header()))
}

func TestLargeBodiesPassUnstored(t *testing.T) {
	for _, chunked := range []bool{false, true} {
		for size, want := range map[int]string{maxBody: "hit 0", maxBody + 1: "miss"} {
			page := strings.Repeat("x", size)
			p := start(t, edgecache.Config{}, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Cache-Control", "max-age=60")
				if chunked {
					w.(http.Flusher).Flush()
				}
				_, _ = io.WriteString(w, page)
			})
			for range 2 {
				require.Equal(t, page, ask(p, "/").Body.String())
			}
			require.Equal(t, want, outcome(ask(p, "/").Header()))
		}
	}
}

func TestUpstreamFailures(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	gone, err := url.Parse(closed.URL)
	require.NoError(t, err)
	cut := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "max-age=60")
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "half")
		panic(http.ErrAbortHandler)
	}
	for name, upstream := range map[string]*url.URL{"refused": gone, "cut in the middle": serve(t, cut)} {
		t.Run(name, func(t *testing.T) {
			p := New(Options{Upstream: upstream, Now: stopped})
			t.Cleanup(p.Close)
			for range 2 {
				w := ask(p, "/")
				require.Equal(t, http.StatusBadGateway, w.Code)
				require.Equal(t, "logoutlab; fwd=miss; detail=upstream-error", w.Header().Get("Cache-Status"))
				require.Contains(t, w.Body.String(), "edge cache: no answer from upstream")
			}
		})
	}
}

func TestApparentAge(t *testing.T) {
	now := time.Date(2031, time.January, 1, 0, 0, 30, 900_000_000, time.UTC)
	for date, want := range map[string]time.Duration{
		"":                              0,
		"rubbish":                       0,
		"Wed, 01 Jan 2031 00:00:30 GMT": 0,
		"Wed, 01 Jan 2031 00:00:05 GMT": 25 * time.Second,
		"Wed, 01 Jan 2031 00:01:00 GMT": 0,
	} {
		require.Equal(t, want, apparent(http.Header{"Date": {date}}, now), date)
	}
}

func TestDateOfTheUpstreamCounts(t *testing.T) {
	late := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "max-age=100000")
		w.Header().Set("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat))
	}
	for scale, want := range map[float64]string{1: "hit 3600", 60: "hit 0"} {
		p := start(t, edgecache.Config{Scale: scale}, late)
		ask(p, "/")
		require.Contains(t, []string{want, "hit 3601"}, outcome(ask(p, "/").Header()))
	}
}

func TestExpiresThatCannotBeRead(t *testing.T) {
	p := start(t, edgecache.Config{}, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Expires", "0") })
	require.Equal(t, "miss", outcome(ask(p, "/").Header()))
}

func TestManyAtOnce(t *testing.T) {
	p := start(t, edgecache.Config{}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=60")
		w.Header().Set("Vary", "Accept-Language")
		_, _ = io.WriteString(w, r.URL.Path+r.Header.Get("Accept-Language"))
	})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 50 {
				path, lang := "/"+string(rune('a'+n%5)), string(rune('a'+(n+i)%3))
				if got := ask(p, path, "Accept-Language", lang).Body.String(); got != path+lang {
					t.Errorf("asked for %s in %s, got %s", path, lang, got)
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkHit(b *testing.B) {
	p := start(b, edgecache.Config{}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "max-age=60")
		_, _ = io.WriteString(w, strings.Repeat("x", 4096))
	})
	ask(p, "/page/1")
	r := httptest.NewRequest(http.MethodGet, "/page/1", http.NoBody)
	b.ReportAllocs()
	for b.Loop() {
		p.ServeHTTP(httptest.NewRecorder(), r)
	}
}
