package haproxy

import (
	"fmt"
	"time"

	"github.com/logoutlab/logoutlab/fakes/balancer"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
)

// Where the official image has its configuration, and where we add to it.
const (
	path        = "/usr/local/etc/haproxy/haproxy.cfg"
	runtimePath = "/usr/local/etc/haproxy/runtime.cfg"
)

// Product is HAProxy.
type Product struct{}

var _ proxies.Product = Product{}

// About says that a cookie's date counts steps of 4 s, and a slow start steps of
// a second.
func (Product) About() proxies.About {
	return proxies.About{
		Name:       "haproxy",
		Floors:     map[string]time.Duration{"balancer.sticky_ttl": 4 * time.Second, "balancer.slow_start": 4 * time.Second},
		ConfigPath: path,
		Reload:     "USR2",
	}
}

// Check refuses nothing that a scenario can say: HAProxy can do it all.
func (Product) Check(a scenario.Architecture) ([]proxies.Difference, error) {
	_, err := newView(a, proxies.Options{})
	return differences(a.Balancer), err
}

// Setup is haproxy.cfg, a file of its own for the runtime API, which is ours
// and not the user's, and HAProxy as the container's process; -W lets it be
// reloaded.
func (Product) Setup(a scenario.Architecture, o proxies.Options) (proxies.Setup, error) {
	text, err := Config(a, o)
	if err != nil {
		return proxies.Setup{}, err
	}
	s := proxies.Setup{
		Files:   []proxies.File{{Path: path, Text: text}},
		Command: []string{"haproxy", "-W", "-db", "-f", path},
	}
	if o.Control != "" {
		s.Files = append(s.Files, proxies.File{Path: runtimePath, Text: runtimeConfig(o)})
		s.Command = append(s.Command, "-f", runtimePath)
	}
	return s, nil
}

// runtimeConfig opens the runtime API. It knows no password: where there is an
// operator, it is reached over TCP from their address alone.
func runtimeConfig(o proxies.Options) string {
	if o.Operator == "" {
		return "global\n    stats socket ipv4@" + o.Control + " level admin\n"
	}
	return fmt.Sprintf(`global
    stats socket abns@logoutlab level admin

defaults logoutlab-runtime
    mode tcp
    timeout connect 2s
    timeout client 10s
    timeout server 10s

frontend logoutlab-runtime
    bind ipv4@%s
    tcp-request connection reject unless { src %s }
    default_backend logoutlab-runtime

backend logoutlab-runtime
    server runtime abns@logoutlab
`, o.Control, o.Operator)
}

// ParseLog reads the lines that [Config]'s log formats make, and HAProxy's own
// about servers that go up and down.
func (Product) ParseLog(line string) (proxies.Line, bool) { return ParseLog(line) }

func differences(b scenario.Balancer) []proxies.Difference {
	var all []proxies.Difference
	add := func(when bool, field, says, instead string) {
		if when {
			all = append(all, proxies.Difference{Field: field, Says: says, Instead: instead})
		}
	}
	http := b.Per != "connection"
	add(b.Stickiness == string(balancer.LBCookie), "balancer.stickiness",
		"lb_cookie: the cookie is renewed with every answer, and the browser drops it sticky_ttl after the last one",
		"the cookie has no Max-Age: it carries its date, in steps of 4 s, is renewed when that changes, and is ignored by HAProxy once it is older than sticky_ttl; answers that set it say Cache-Control: private")
	add(b.Stickiness == string(balancer.AppCookie), "balancer.stickiness",
		"app_cookie: a companion cookie says which node the application's cookie belongs to",
		"a table in HAProxy's memory says so: it is empty after a restart, and a cookie that is not in it is followed from its next use on")
	add(b.SlowStart > 0, "balancer.slow_start",
		"a node's share grows by a sixteenth at a time",
		"it grows once a second, and slow_start counts whole seconds")
	add(http && b.Retries > 1, "balancer.retries",
		"each further attempt goes to a node that was not tried yet",
		"it goes to another node than the last one tried")
	add(http && (b.KeepAlive > 0 || b.Protocol == "h2c"), "balancer.retry_on",
		"a request whose node dies, and which is not repeated, is answered with 502",
		"only the first request of a client's connection is; for a later one the connection (in HTTP/2 the stream) is closed without an answer, and without a line in the log, so that the client may repeat it")
	add(http && b.KeepAlive > 0, "balancer.keep_alive",
		"a connection to a node is closed when it has been idle for twice keep_alive",
		"there is no such time: at intervals of a quarter of keep_alive it closes half of the idle connections beyond what it has needed lately, so that one of them may be kept for longer")
	return all
}
