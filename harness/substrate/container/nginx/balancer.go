package nginx

import (
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"text/template"
	"time"

	"github.com/logoutlab/logoutlab/fakes/balancer"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
)

//go:embed balancer.conf.tmpl
var requestSource string

//go:embed connections.conf.tmpl
var connectionSource string

// path is where the official image has its configuration.
const path = "/etc/nginx/nginx.conf"

// patience is how long a silent node is waited for: longer than a client
// waits for its answer, and otherwise as AWS ALB.
const patience = time.Minute

// errAppCookie says what nginx cannot do.
var errAppCookie = errors.New("nginx: balancer.stickiness app_cookie: the open source nginx cannot follow a cookie of the application's " +
	"(a hash of its value picks some node, not the one that set it): use haproxy, which can, or balancer.stickiness: lb_cookie")

// errStickyMax says what else it cannot do.
var errStickyMax = errors.New("nginx: balancer.sticky_max: nothing in the open source nginx tells how many requests a node has under way, and max_conns " +
	"counts for each cookie's pool apart: use haproxy, which can, or leave it out")

// errSlowStart says what is sold.
var errSlowStart = errors.New("nginx: balancer.slow_start: the open source nginx has none (its commercial form does): use haproxy, which has, or leave it out")

// Balancer is nginx as a load balancer.
type Balancer struct{}

var _ proxies.Product = Balancer{}

// About says that fail_timeout counts whole seconds: with health.rise 2, its
// default, it is the shortest at half a second. What is shorter is rounded up,
// as the cookie's Max-Age is everywhere.
func (Balancer) About() proxies.About {
	return proxies.About{
		Name:       "nginx",
		Floors:     map[string]time.Duration{"balancer.health.interval": time.Second / 2},
		ConfigPath: path,
		Reload:     "HUP",
		Worker:     "nginx: worker process",
	}
}

// Check refuses stickiness by the application's cookie, a bound on it, and a slow
// start.
func (Balancer) Check(a scenario.Architecture) ([]proxies.Difference, error) {
	_, err := newView(a, proxies.Options{})
	return differences(a.Balancer), err
}

// Setup is nginx.conf, and nginx as the container's own process.
func (Balancer) Setup(a scenario.Architecture, o proxies.Options) (proxies.Setup, error) {
	return setup(BalancerConfig(a, o))
}

// ParseLog reads the lines that our log formats make.
func (Balancer) ParseLog(line string) (proxies.Line, bool) { return ParseLog(line) }

// uid is the user nginx of the images, official and local.
const uid = 101

// setup runs nginx without root, which needs places for its process id and its
// temporary files: those of Debian's package and of the official image.
func setup(text string, err error) (proxies.Setup, error) {
	if err != nil {
		return proxies.Setup{}, err
	}
	return proxies.Setup{
		Files:   []proxies.File{{Path: path, Text: text}},
		Command: []string{"nginx", "-c", path, "-g", "daemon off;"},
		UID:     uid,
		Tmpfs:   []string{"/run", "/var/lib/nginx", "/var/cache/nginx"},
	}, nil
}

// view is what the templates show.
type view struct {
	proxies.Options
	B                           scenario.Balancer
	FrontH2                     bool
	Method, Failing             string
	RealIP                      string // the header that says who the client is
	Cookie                      string // the balancer's own
	MaxAge, Tries               int
	Patience                    string
	Idle                        time.Duration
	LogRequests, LogConnections string
}

// BalancerConfig is nginx.conf for an architecture; durations are taken as
// they are.
func BalancerConfig(a scenario.Architecture, o proxies.Options) (string, error) {
	v, err := newView(a, o)
	if err != nil {
		return "", err
	}
	if a.Balancer.Per == "connection" {
		return render(connectionSource, v)
	}
	return render(requestSource, v)
}

func render(source string, data any) (string, error) {
	t := template.New("nginx.conf").Funcs(template.FuncMap{"span": proxies.Span, "seconds": proxies.Seconds, "quote": regexp.QuoteMeta})
	t, err := t.Parse(source)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	err = t.Execute(&out, data)
	return out.String(), err
}

// frame is what balancer and cache have in common.
func frame(a scenario.Architecture, o proxies.Options) view {
	return view{
		Options: o, B: a.Balancer,
		Patience:    proxies.Span(max(patience, a.Client.Timeout+time.Second)),
		LogRequests: requestFormat, LogConnections: connectionFormat,
	}
}

func newView(a scenario.Architecture, o proxies.Options) (view, error) {
	b, v := a.Balancer, frame(a, o)
	v.FrontH2 = b.Protocol == "h2c" && !a.Cache.Enabled // a cache speaks HTTP/1.1 to what is behind it
	v.Failing, v.Tries = failing(b.Health), b.Retries+1
	if v.Idle = b.KeepAlive; v.Idle == 0 {
		v.Idle = patience
	}
	switch {
	case o.ProxyProtocol:
		v.RealIP = "proxy_protocol"
	case a.Cache.Enabled && b.Per != "connection":
		v.RealIP = "X-Forwarded-For"
	}
	switch balancer.Stickiness(b.Stickiness) {
	case balancer.LBCookie:
		v.Cookie, v.MaxAge = balancer.LBCookieName, int((b.StickyTTL+time.Second-1)/time.Second)
	case balancer.AppCookie:
		return v, errAppCookie
	}
	if b.StickyMax > 0 {
		return v, errStickyMax
	}
	if b.SlowStart > 0 {
		return v, errSlowStart
	}
	return v, v.policy()
}

func (v *view) policy() error {
	switch balancer.Policy(v.B.Policy) {
	case balancer.RoundRobin: // needs no word
	case balancer.LeastConn:
		v.Method = "least_conn"
	case balancer.Random:
		v.Method = "random"
	case balancer.SourceHash:
		v.Method = "hash $remote_addr consistent"
	default:
		return fmt.Errorf("nginx: no balancer.policy %q (accepted: %v)", v.B.Policy, balancer.Policies())
	}
	return nil
}

// failing is how nginx tells that a node is down: by the requests that fail.
func failing(h scenario.Health) string {
	if h.Interval == 0 {
		return " max_fails=0"
	}
	return fmt.Sprintf(" max_fails=%d fail_timeout=%s", h.Fall, failTimeout(h))
}

// failTimeout is the shortest time, in the whole seconds that nginx counts, in
// which our checks would bring a node back.
func failTimeout(h scenario.Health) string {
	return proxies.Seconds(h.Interval * time.Duration(max(h.Rise, 1)))
}
