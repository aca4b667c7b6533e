package proxy

import (
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/balancer"
	"github.com/logoutlab/logoutlab/fakes/balancer/balancertest"
)

func TestCases(t *testing.T) {
	cases, err := balancertest.Cases()
	require.NoError(t, err)
	require.NotEmpty(t, cases)
	for _, mode := range []struct {
		name          string
		front, behind bool
	}{{"http1", false, false}, {"h2c", true, true}, {"h2c in front", true, false}, {"h2c behind", false, true}} {
		for _, c := range cases {
			t.Run(mode.name+"/"+c.Name, func(t *testing.T) {
				now := new(atomic.Int64)
				r := newRig(t, c.Config.Core(), func(o *Options) {
					o.H2C = mode.behind
					o.Epoch = func() time.Duration { return time.Duration(now.Load()) }
				})
				if mode.front {
					r.h2cFront()
				}
				jars := map[string]map[string]string{}
				for i, s := range c.Steps {
					now.Add(int64(s.Wait))
					r.change(t, s)
					if s.Hold != "" {
						require.Equal(t, s.To, r.hold(t, jars[s.Hold]), "step %d", i)
					}
					if s.Client() == "" {
						continue
					}
					if jars[s.Client()] == nil {
						jars[s.Client()] = map[string]string{}
					}
					require.Equal(t, s.Want(), r.request(t, s, jars[s.Client()]), "step %d", i)
				}
				for node := range c.Config.Nodes {
					require.Zero(t, r.InFlight(node))
				}
			})
		}
	}
}

func (r *rig) change(t *testing.T, s balancertest.Step) {
	for _, n := range s.Drain {
		require.NoError(t, r.Drain(t.Context(), n))
	}
	for _, n := range s.Restore {
		r.Restore(n)
	}
	for _, n := range s.Refuse {
		r.refuse(n)
	}
	for _, n := range s.Die {
		r.backends[n].dying.Store(true)
	}
	for _, n := range s.Heal {
		r.backends[n].start()
	}
	for _, n := range s.Free {
		r.free(t, n)
	}
}

// hold sends a request that its node does not answer before free.
func (r *rig) hold(t *testing.T, jar map[string]string) []int {
	over := make(chan error, 1)
	headers := append([]string{"X-Hold", "yes"}, cookies(jar)...)
	go func() {
		_, _, err := r.try(http.MethodGet, "/page", "", headers...)
		over <- err
	}()
	select {
	case node := <-r.held.came:
		r.held.over[node] = append(r.held.over[node], over)
		return []int{node}
	case err := <-over:
		require.Fail(t, "it was not held", "%v", err)
		return nil
	}
}

// free lets a node answer what it holds, in whatever order.
func (r *rig) free(t *testing.T, node int) {
	for range r.held.over[node] {
		r.backends[node].free <- struct{}{}
	}
	for _, over := range r.held.over[node] {
		require.NoError(t, <-over)
	}
	delete(r.held.over, node)
}

func cookies(jar map[string]string) (headers []string) {
	for k, v := range jar {
		headers = append(headers, "Cookie", k+"="+v)
	}
	return headers
}

func (r *rig) request(t *testing.T, s balancertest.Step, jar map[string]string) balancertest.Answer {
	r.take()
	seen := r.seen()
	method := map[bool]string{true: http.MethodGet, false: http.MethodPost}[s.Get != ""]
	headers := []string{"X-App", s.App, "X-Request-Id", "17"}
	name := r.options.Config.Stickiness.CookieName()
	if s.Forge != "" {
		jar[name] = s.Forge
	}
	headers = append(headers, cookies(jar)...)
	resp, text := r.do(t, method, "/page", map[string]string{http.MethodPost: "form"}[method], headers...)

	a := balancertest.Answer{To: []int{}, Status: resp.StatusCode}
	read := int64(0)
	for i, e := range r.take() {
		require.Equal(t, "17", e.Req)
		require.Equal(t, i, e.Attempt)
		require.Equal(t, e.Redispatched, i+1 < len(s.To))
		a.To = append(a.To, e.Node)
		if e.Failure == balancer.Reset {
			read++
		}
	}
	if resp.StatusCode == http.StatusOK {
		node, err := strconv.Atoi(resp.Header.Get("X-Node"))
		require.NoError(t, err)
		a.To = append(a.To, node)
		require.Equal(t, s.Post != "", text == "form", "the body arrives with each attempt")
		read++
	}
	require.Equal(t, read, r.seen()-seen, "each attempt that got through was read once")
	for _, c := range resp.Cookies() {
		jar[c.Name] = c.Value
		if c.MaxAge < 0 || c.Value == "" {
			delete(jar, c.Name)
		}
		if c.Name == name {
			a.Cookie = balancertest.Cookie(c.Name, c.Value, c.MaxAge)
		}
	}
	return a
}

// seen is how many requests the backends have read.
func (r *rig) seen() (n int64) {
	for _, b := range r.backends {
		n += b.seen.Load()
	}
	return n
}
