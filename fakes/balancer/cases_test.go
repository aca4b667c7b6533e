package balancer_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/balancer"
	"github.com/logoutlab/logoutlab/fakes/balancer/balancertest"
)

// driver is the smallest possible driver of the core: nodes that answer or
// not, and clients with a jar.
type driver struct {
	*balancer.Balancer
	name    string // of the balancer's cookie
	failing map[int]balancer.Failure
	jars    map[string]*balancer.Request
	ttl     time.Duration
	now     time.Duration
	held    map[int]int // by node: requests under way
}

func TestCases(t *testing.T) {
	cases, err := balancertest.Cases()
	require.NoError(t, err)
	require.NotEmpty(t, cases)
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			b, err := balancer.New(c.Config.Core(), nil)
			require.NoError(t, err)
			d := driver{b, c.Config.Stickiness.CookieName(), map[int]balancer.Failure{}, map[string]*balancer.Request{}, c.Config.StickyTTL, 0, map[int]int{}}
			for i, s := range c.Steps {
				d.change(s)
				if s.Hold != "" {
					require.Equal(t, s.To, d.hold(s.Hold), "step %d", i)
				}
				if s.Client() != "" {
					require.Equal(t, s.Want(), d.request(s), "step %d", i)
				}
			}
			for node := range c.Config.Nodes {
				require.Zero(t, b.InFlight(node))
			}
		})
	}
}

func (d *driver) change(s balancertest.Step) {
	d.now += s.Wait
	for _, n := range s.Drain {
		d.Drain(n, d.now)
	}
	for _, n := range s.Restore {
		d.Restore(n, d.now)
	}
	for _, n := range s.Refuse {
		d.failing[n] = balancer.Refused
	}
	for _, n := range s.Die {
		d.failing[n] = balancer.Reset
	}
	for _, n := range s.Heal {
		delete(d.failing, n)
	}
	for _, n := range s.Free {
		for range d.held[n] {
			d.Done(n)
		}
		d.held[n] = 0
	}
}

// hold sends a request that is not answered.
func (d *driver) hold(client string) []int {
	req := balancer.Request{Idempotent: true}
	if jar := d.jars[client]; jar != nil {
		req.Sticky, req.AppValue = jar.Sticky, jar.AppValue
	}
	node := d.Pick(req, d.now).Node
	d.held[node]++
	return []int{node}
}

func (d *driver) request(s balancertest.Step) balancertest.Answer {
	jar := d.jars[s.Client()]
	if jar == nil {
		jar = &balancer.Request{}
		d.jars[s.Client()] = jar
	}
	req := *jar
	req.Idempotent = s.Get != ""
	if s.Forge != "" {
		req.Sticky = s.Forge
	}
	a := balancertest.Answer{To: []int{}, Status: 503}
	for attempt := 0; ; attempt++ {
		c := d.Pick(req, d.now)
		if c.Node == balancer.None {
			return a
		}
		a.To = append(a.To, c.Node)
		d.Done(c.Node)
		if f := d.failing[c.Node]; f != "" {
			a.Status = 502
			if !d.Retry(f, req, attempt) {
				return a
			}
			req.Tried |= 1 << c.Node
			continue
		}
		a.Status = 200
		a.Cookie = d.store(jar, c, s.App)
		return a
	}
}

// store does what the answer's cookies say.
func (d *driver) store(jar *balancer.Request, c balancer.Choice, app string) string {
	change := map[string]balancer.AppChange{"set": balancer.AppSet, "clear": balancer.AppCleared}[app]
	switch change {
	case balancer.AppSet:
		jar.AppValue = "session"
	case balancer.AppCleared:
		jar.AppValue = ""
	}
	switch k := d.Answer(c, change, d.now); {
	case k.Clear:
		jar.Sticky = ""
		return balancertest.Cookie(d.name, "", -1)
	case k.Value != "":
		jar.Sticky = k.Value
		return balancertest.Cookie(d.name, k.Value, int(d.ttl.Seconds()))
	}
	return ""
}
