package varnish

import (
	_ "embed"
	"fmt"
	"net"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
)

//go:embed default.vcl.tmpl
var source string

const (
	path  = "/etc/varnish/default.vcl" // where the official image has its VCL
	state = "/var/lib/varnish"         // where Varnish maps its log and its compiled VCL
)

// patience is how long a silent balancer is waited for: longer than a client
// waits for its answer, and otherwise as AWS ALB.
const patience = time.Minute

// Product is Varnish.
type Product struct{}

var _ proxies.Product = Product{}

// About lists no floors: Varnish counts fractions of seconds.
func (Product) About() proxies.About { return proxies.About{Name: "varnish", ConfigPath: path} }

// Check refuses nothing that a scenario can say.
func (Product) Check(a scenario.Architecture) ([]proxies.Difference, error) {
	return differences(a.Cache), nil
}

// Setup is the VCL, and Varnish as the container's own process.
func (Product) Setup(a scenario.Architecture, o proxies.Options) (proxies.Setup, error) {
	text, err := Config(a, o)
	if err != nil {
		return proxies.Setup{}, err
	}
	return proxies.Setup{
		Files:   []proxies.File{{Path: path, Text: text}},
		Command: command(a.Balancer, o),
		Tmpfs:   []string{state},
	}, nil
}

// ParseLog knows no line: varnishd writes its requests to shared memory, and
// what was stored is in each answer's Cache-Status.
func (Product) ParseLog(string) (proxies.Line, bool) { return proxies.Line{}, false }

// command turns off what Varnish would store and serve without having been
// told so, and lets go of idle connections to the balancer before it does.
func command(b scenario.Balancer, o proxies.Options) []string {
	listen := o.Listen
	if o.ProxyProtocol {
		listen += ",PROXY"
	}
	out := []string{"varnishd", "-F", "-f", path, "-a", listen, "-s", "malloc,256m", "-p", "default_ttl=0"}
	if b.KeepAlive > 0 {
		const least = time.Second // that Varnish takes
		out = append(out, "-p", "timeout_idle="+seconds(b.KeepAlive), "-p", "backend_idle_timeout="+seconds(max(b.KeepAlive/2, least)))
	}
	if b.Protocol == "h2c" {
		out = append(out, "-p", "feature=+http2")
	}
	return out
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) }

// view is what the template shows.
type view struct {
	C        scenario.Cache
	Host     string
	Port     string
	Patience string
	Careless string // which misconfigurations make it look everything up
	Cache401 time.Duration
	Scale    string
}

// Config is default.vcl for an architecture; durations are taken as they are.
func Config(a scenario.Architecture, o proxies.Options) (string, error) {
	host, port, err := net.SplitHostPort(o.Upstream)
	if err != nil {
		return "", fmt.Errorf("varnish: the balancer's address: %w", err)
	}
	c := a.Cache
	v := view{C: c, Host: host, Port: port, Careless: careless(c), Patience: proxies.Span(max(patience, a.Client.Timeout+time.Second))}
	if !c.Never4xx {
		v.Cache401 = c.Cache401
	}
	if o.Compress > 1 {
		v.Scale = strconv.FormatFloat(o.Compress, 'f', 3, 64)
	}
	t, err := template.New("default.vcl").Funcs(template.FuncMap{"span": proxies.Span}).Parse(source)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	err = t.Execute(&out, v)
	return out.String(), err
}

// careless names the misconfigurations that only have an effect in a VCL that
// looks up what the built-in one passes by.
func careless(c scenario.Cache) string {
	var names []string
	for _, m := range []struct {
		on   bool
		name string
	}{
		{c.Cache401 > 0 && !c.Never4xx, "cache.cache_401"},
		{c.IgnoreCacheControl > 0, "cache.ignore_cache_control"},
		{c.IgnoreAuth, "cache.ignore_auth"},
		{c.CacheSetCookie, "cache.cache_set_cookie"},
	} {
		if m.on {
			names = append(names, m.name)
		}
	}
	return strings.Join(names, ", ")
}

func differences(c scenario.Cache) []proxies.Difference {
	all := []proxies.Difference{
		{Field: "cache.enabled", Says: "an answer of any status that says how long it is fresh can be stored",
			Instead: "Varnish stores 200, 203, 204, 300 to 302, 304, 307, 404, 410 and 414; a 401 only where the VCL says so"},
		{Field: "cache.enabled", Says: "a request with Cache-Control: no-cache or max-age=0 is forwarded",
			Instead: "Varnish does not look at Cache-Control of requests"},
		{Field: "cache.enabled", Says: "a POST that succeeds removes what is stored for its address (RFC 9111 section 4.4)",
			Instead: "Varnish keeps it"},
		{Field: "cache.enabled", Says: "each request that finds nothing stored is forwarded",
			Instead: "requests for one page wait for the first one's answer, unless that is known not to be stored"},
	}
	if careless(c) == "" {
		all = append(all, proxies.Difference{Field: "cache.enabled",
			Says:    "answers to requests with Authorization are stored if they are public (RFC 9111 section 3.5), and Cookie does not matter",
			Instead: "Varnish's built-in VCL stores nothing for a request with Authorization or Cookie"})
	}
	return all
}
