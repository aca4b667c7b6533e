package haproxy

import (
	_ "embed"
	"fmt"
	"strings"
	"text/template"
	"time"

	"github.com/logoutlab/logoutlab/fakes/balancer"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
)

//go:embed haproxy.cfg.tmpl
var source string

// patience is how long a silent client or node is waited for: longer than a
// client waits for its answer, and otherwise as AWS ALB.
const patience = time.Minute

// purges is in how many steps HAProxy finds out, within balancer.keep_alive, that
// it needs an idle connection to a node no more: it knows no time for that, but
// closes at intervals half of what it has beyond what it has needed lately.
const purges = 4

// evenWeight is the weight of every node where HAProxy looks nodes up on a
// hash ring. It makes 16 points for each unit of weight: with a weight of 1,
// of five nodes one got 23 % of the requests and one 15 %.
const evenWeight = 100

// view is what the template shows.
type view struct {
	proxies.Options
	B                           scenario.Balancer
	L4, FrontH2, NodesH2        bool
	RetryAny, Hashed            bool
	Balance                     string
	Weight                      int
	LBCookie, AppCookie         string
	Bounds                      []bound
	Idle, Patience, Purge       string
	LogRequests, LogConnections string
}

// bound is how HAProxy tells that a request is bound to a server: by a condition
// of its own language.
type bound struct{ Server, Bound string }

// Config is haproxy.cfg for an architecture; durations are taken as they are.
func Config(a scenario.Architecture, o proxies.Options) (string, error) {
	v, err := newView(a, o)
	if err != nil {
		return "", err
	}
	t := template.New("haproxy.cfg").Funcs(template.FuncMap{"span": proxies.Span, "seconds": proxies.Seconds})
	if t, err = t.Parse(source); err != nil {
		return "", err
	}
	var out strings.Builder
	err = t.Execute(&out, v)
	return out.String(), err
}

func newView(a scenario.Architecture, o proxies.Options) (view, error) {
	b := a.Balancer
	v := view{
		Options: o, B: b,
		L4:          b.Per == "connection",
		RetryAny:    b.RetryOn == "any_failure",
		Patience:    proxies.Span(max(patience, a.Client.Timeout+time.Second)),
		LogRequests: requestFormat, LogConnections: connectionFormat,
	}
	v.NodesH2 = b.Protocol == "h2c" && !v.L4
	v.FrontH2 = v.NodesH2 && !a.Cache.Enabled // a cache speaks HTTP/1.1 to what is behind it
	v.Idle = v.Patience
	if b.KeepAlive > 0 {
		v.Idle = proxies.Span(b.KeepAlive)
		v.Purge = proxies.Span(b.KeepAlive / purges)
	}
	switch b.Stickiness {
	case string(balancer.LBCookie):
		v.LBCookie = balancer.LBCookieName
	case string(balancer.AppCookie):
		v.AppCookie = b.AppCookie
	}
	v.Bounds = v.bounds()
	return v, v.policy(a.Cache.Enabled)
}

// bounds are the servers whose users are balanced anew when they are full. The
// balancer's cookie is a name and dates; a stick table knows servers by number,
// which counts from 1 in the order of the file.
func (v *view) bounds() (all []bound) {
	if v.B.StickyMax == 0 {
		return nil
	}
	for i, s := range v.Servers {
		condition := fmt.Sprintf("req.cook(%s),field(1,|) -m str %s", v.LBCookie, s.Name)
		if v.AppCookie != "" {
			condition = fmt.Sprintf("req.cook(%s),sha2(256),table_server_id(nodes) eq %d", v.AppCookie, i+1)
		}
		all = append(all, bound{s.Name, condition})
	}
	return all
}

func (v *view) policy(behindCache bool) error {
	switch balancer.Policy(v.B.Policy) {
	case balancer.RoundRobin:
		v.Balance = "roundrobin"
	case balancer.LeastConn:
		v.Balance = "leastconn"
	case balancer.Random:
		v.Balance, v.Weight = "random(1)", evenWeight // random alone takes the less loaded of two
	case balancer.SourceHash:
		v.Balance, v.Hashed, v.Weight = "source", true, evenWeight
		if behindCache && !v.L4 {
			v.Balance = "hash req.hdr_ip(X-Forwarded-For,1)"
		}
	default:
		return fmt.Errorf("haproxy: no balancer.policy %q (accepted: %v)", v.B.Policy, balancer.Policies())
	}
	return nil
}
