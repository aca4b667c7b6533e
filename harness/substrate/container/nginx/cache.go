package nginx

import (
	_ "embed"
	"errors"
	"strings"
	"time"

	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
)

//go:embed cache.conf.tmpl
var cacheSource string

// Cache is nginx as a caching proxy.
type Cache struct{}

var _ proxies.Product = Cache{}

// About says that nginx stores for whole seconds.
func (Cache) About() proxies.About {
	return proxies.About{
		Name: "nginx",
		Floors: map[string]time.Duration{
			"cache.cache_401":            time.Second,
			"cache.ignore_cache_control": time.Second,
		},
		ConfigPath: path,
		Reload:     "HUP",
	}
}

// Check refuses nothing that a scenario can say.
func (Cache) Check(a scenario.Architecture) ([]proxies.Difference, error) {
	return cacheDifferences(a.Cache), nil
}

// Setup is nginx.conf, and nginx as the container's own process. In a
// compressed run the answers' own Cache-Control must not say how long, since
// nginx takes its seconds as they are.
func (Cache) Setup(a scenario.Architecture, o proxies.Options) (proxies.Setup, error) {
	return setup(CacheConfig(a, o))
}

// ParseLog reads the lines that our log format makes. The attempt at the
// balancer is left out: it is none at a node.
func (Cache) ParseLog(line string) (proxies.Line, bool) {
	l, ok := ParseLog(line)
	if ok && l.Cache == "" {
		l.Cache = "pass"
	}
	l.Tries = nil
	return l, ok
}

// errSeconds says what nginx cannot do in a compressed run.
var errSeconds = errors.New("nginx: app.cache_control and app.error_cache_control with max-age or s-maxage: " +
	"nginx takes their seconds as they are, which does not fit a compressed run: use --cache varnish, which scales them, or --compress 1")

// cacheView is what the template shows.
type cacheView struct {
	view
	C                scenario.Cache
	Cache401         time.Duration
	NoCache, Ignored []string
}

// CacheConfig is nginx.conf for an architecture's cache; durations are taken
// as they are.
func CacheConfig(a scenario.Architecture, o proxies.Options) (string, error) {
	if o.Compress > 1 && (statesLife(a.App.CacheControl) || statesLife(a.App.ErrorCacheControl)) {
		return "", errSeconds
	}
	common, c := frame(a, o), a.Cache
	common.FrontH2 = a.Balancer.Protocol == "h2c"
	common.Idle = a.Balancer.KeepAlive / 2
	v := cacheView{view: common, C: c}
	if !c.Never4xx {
		v.Cache401 = c.Cache401
	}
	list := func(to *[]string, when bool, words ...string) {
		if when {
			*to = append(*to, words...)
		}
	}
	list(&v.NoCache, !c.IgnoreAuth, "$personal")
	list(&v.NoCache, c.Never4xx, "$refused")
	list(&v.Ignored, c.IgnoreCacheControl > 0, "X-Accel-Expires", "Cache-Control", "Expires")
	list(&v.Ignored, c.IgnoreVary, "Vary")
	list(&v.Ignored, c.CacheSetCookie, "Set-Cookie")
	return render(cacheSource, v)
}

func statesLife(cacheControl string) bool {
	return strings.Contains(strings.ToLower(cacheControl), "max")
}

func cacheDifferences(c scenario.Cache) []proxies.Difference {
	all := []proxies.Difference{
		{Field: "cache.enabled", Says: "a request with Cache-Control: no-cache or max-age=0 is forwarded",
			Instead: "nginx does not look at Cache-Control of requests"},
		{Field: "cache.enabled", Says: "a POST that succeeds removes what is stored for its address (RFC 9111 section 4.4)",
			Instead: "nginx keeps it"},
		{Field: "cache.enabled", Says: "a stored answer has an Age, and one that comes with an Age is stored for less",
			Instead: "nginx neither sends an Age of its own nor looks at it; Cache-Status says what was stored"},
	}
	if c.Cache401 > 0 && !c.Never4xx {
		all = append(all, proxies.Difference{Field: "cache.cache_401", Says: "every 401 is stored this long",
			Instead: "one whose own Cache-Control or Expires says how long is stored that long"})
	}
	return all
}
