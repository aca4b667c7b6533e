package container

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
)

// checkConfig fills a configuration of the user's own in with sample addresses
// and refuses one through which faults could not reach the nodes. Whether the
// product takes it shows when it starts.
func checkConfig(p proxies.Product, v scenario.Variant) error {
	a, o := v.Architecture, proxies.Sample(v.Architecture)
	s, err := proxies.SetUp(p, a, o)
	if err != nil {
		return err
	}
	path, text := a.Balancer.Config.Path, s.Config(p)
	if other := meantFor(text); other != "" && other != p.About().Name {
		return fmt.Errorf("%s is a configuration of %s, not of %s: choose it by --balancer %s", path, other, p.About().Name, other)
	}
	if controlled(p) {
		return named(path, text, o)
	}
	if !slices.ContainsFunc(v.Faults, func(f scenario.Fault) bool { return f.Params.Drain }) {
		return nil
	}
	o.Servers[0].Down = true
	if s, err = proxies.SetUp(p, a, o); err != nil {
		return err
	}
	if s.Config(p) == text {
		return fmt.Errorf("%s: cannot drain a node: add {{if .Down}} down{{end}} to the lines of your servers", path)
	}
	return nil
}

// meantFor is the product whose sections a configuration has; "" if that cannot
// be told.
func meantFor(text string) string {
	for _, of := range configs {
		if of.sections.MatchString(text) {
			return of.product
		}
	}
	return ""
}

var configs = []struct {
	product  string
	sections *regexp.Regexp
}{
	{"haproxy", regexp.MustCompile(`(?m)^(frontend|backend|listen|defaults)(\s+\S+)?\s*$`)},
	{"nginx", regexp.MustCompile(`(?m)^\s*(events|http|stream)\s*\{`)},
}

// controlled tells whether the product is told at run time which nodes to use,
// by their names.
func controlled(p proxies.Product) bool { return p.About().Name == "haproxy" }

// named refuses a configuration with servers of other names than the nodes'.
func named(path, text string, o proxies.Options) error {
	for _, s := range o.Servers {
		line := regexp.MustCompile(`(?m)^\s*server\s+` + regexp.QuoteMeta(s.Name) + `\s`)
		if !line.MatchString(text) {
			return fmt.Errorf("%s: no server is called %s: name them {{.Name}}, as in {{range .Servers}}server {{.Name}} {{.Address}}{{end}}", path, s.Name)
		}
	}
	return nil
}

// ownPart tells of a balancer that ran with a configuration of the user's own.
func ownPart(p proxies.Product, a scenario.Architecture) history.Part {
	own := a.Balancer.Config
	digest := sha256.Sum256([]byte(own.Text))
	out := history.Part{Role: "balancer", Product: p.About().Name, Config: own.File, ConfigSHA256: hex.EncodeToString(digest[:])}
	tell := func(says, instead string) {
		out.Differences = append(out.Differences, history.Difference{Field: "balancer.config", Says: says, Instead: instead})
	}
	tell("durations are divided by the run's compression", "those in "+own.File+" are as they stand there")
	tell("attempts at nodes that fail are recorded", "only if its log format is that of `logoutlab config`")
	if s, err := proxies.SetUp(p, a, proxies.Sample(a)); err == nil && !a.Cache.Enabled && !proxies.TakesProxyHeader(s.Config(p)) {
		tell("each user has an address of their own",
			"it takes no PROXY header (accept-proxy of HAProxy's bind, proxy_protocol of nginx's listen), so that all users come from one address")
	}
	return out
}

const refusedHint = `  --balancer chooses the product that it is for; clients come in at {{.Listen}}; lines count in what "logoutlab config" prints;
  leave out what belongs to a host: chroot, user, pidfile, sockets and files that the container does not have`

// refuse says that a balancer with a configuration of the user's own does not
// do its work, in its own words; err is how that showed. Any other balancer's
// failure is our own.
func (c *Cluster) refuse(ctx context.Context, err error) error {
	own := c.arch.Balancer.Config
	if err == nil || own.File == "" || ctx.Err() != nil {
		return err
	}
	name := c.balancerProduct.About().Name
	return &substrate.RefusedError{Err: fmt.Errorf("%s: %s does not work with it: %w\n%s", own.Path, name, err, refusedHint)}
}
