package substratetest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/fault"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
)

// patience is how long something may take to come about on a busy machine.
const patience = 20 * time.Second

// system is an architecture and what must be true of it.
type system struct {
	name         string
	architecture string            // as in a scenario file, in one line
	refused      map[string]string // by product: it cannot do this, and its error must say what can
	cases        []contract
}

// contract is one case. It may rely on what the cases before it have left.
type contract struct {
	name string
	run  func(t *testing.T, r *rig)
}

// Run holds a substrate to all cases.
func Run(t *testing.T, on substrate.Real) {
	for _, s := range slices.Concat(policies(), stickiness(), caching(), stores()) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			r := start(t, on, s)
			if r == nil {
				return
			}
			for _, c := range s.cases {
				ok := t.Run(c.name, func(t *testing.T) { c.run(t, r) })
				require.True(t, ok, "what follows relies on this case")
			}
		})
	}
}

// rig is a running system.
type rig struct {
	cluster   substrate.Cluster
	announced bool
	parts     []history.Part

	mu       sync.Mutex
	decided  map[int][]history.Event // by request
	requests int
	users    int
	repeats  map[int]bool // requests that may be served twice
}

// start brings a system up for the length of the test; nil if the substrate
// refuses it, as it should.
func start(t *testing.T, on substrate.Real, s system) *rig {
	p := planOf(t, s.architecture)
	r := &rig{decided: map[int][]history.Event{}, repeats: map[int]bool{}}
	if stated, ok := on.(substrate.Stated); ok {
		r.parts = stated.Parts(t.Context(), p.Variant)
	}
	err := on.Check(p.Variant)
	if remedy, ok := s.refused[r.product("balancer")]; ok {
		require.ErrorContains(t, err, remedy)
		return nil
	}
	require.NoError(t, err)
	r.cluster, err = on.Start(context.Background(), p, substrate.NewClock(), r)
	require.NoError(t, err)
	if a, ok := r.cluster.(substrate.Announced); ok {
		r.announced = a.ProxyProtocol()
	}
	t.Cleanup(func() {
		require.NoError(t, r.cluster.Close())
		for req, all := range r.decided {
			require.True(t, len(all) <= 1 || r.repeats[req], "request %d was served twice: %+v", req, all)
		}
	})
	return r
}

func planOf(t *testing.T, architecture string) *plan.Plan {
	t.Helper()
	s, err := scenario.Parse("contract.yaml", []byte("scenario: contract\narchitecture: {"+architecture+"}\n"+
		"variants: {broken: {expect: [{spurious_logouts: 0}]}}\n"))
	require.NoError(t, err)
	p, err := plan.Build(s, "broken", plan.Options{Seed: 1, Compress: 1})
	require.NoError(t, err)
	return p
}

// Append takes what the nodes decide.
func (r *rig) Append(e *history.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.Type == history.Decision && e.Req > 0 {
		r.decided[e.Req] = append(r.decided[e.Req], *e)
	}
}

// decisions are those about a request so far.
func (r *rig) decisions(req int) []history.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.decided[req]
}

// product is what is used in a role; "" if it is a part of our own.
func (r *rig) product(role string) string {
	for _, p := range r.parts {
		if p.Role == role {
			return p.Product
		}
	}
	return ""
}

// otherwise says whether the product in use is documented to differ here, in a
// field of the scenario.
func (r *rig) otherwise(t *testing.T, product, field string) bool {
	t.Helper()
	if r.product("balancer") != product && r.product("cache") != product {
		return false
	}
	text := ""
	for _, p := range r.parts {
		for _, d := range p.Differences {
			if p.Product == product && d.Field == field {
				text = d.Says + "; " + d.Instead
			}
		}
	}
	require.NotEmpty(t, text, "%s differs in %s, but its users are not told", product, field)
	t.Logf("%s and %s: %s", product, field, text)
	return true
}

// until waits for something to come about.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(5 * time.Millisecond) {
		require.True(t, time.Now().Before(deadline), "%s: not within %v", what, patience)
	}
}

// numberOf is the index of a node by its name.
func numberOf(t *testing.T, name string) int {
	t.Helper()
	for i := range 64 {
		if scenario.NodeName(i) == name {
			return i
		}
	}
	t.Fatalf("no node is called %q", name)
	return 0
}

func (r *rig) kill(t *testing.T, node string) {
	t.Helper()
	require.NoError(t, r.cluster.(fault.NodeKiller).KillNode(numberOf(t, node)))
}

func (r *rig) revive(t *testing.T, node string) {
	t.Helper()
	require.NoError(t, r.cluster.(fault.NodeKiller).StartNode(numberOf(t, node)))
}

// drain stops a node in good order, and returns at once; done waits for it.
func (r *rig) drain(t *testing.T, node string) (done func()) {
	t.Helper()
	stopped := make(chan error, 1)
	i := numberOf(t, node)
	go func() { stopped <- r.cluster.(fault.NodeStopper).StopNode(context.Background(), i, true) }()
	return func() { require.NoError(t, <-stopped) }
}

// cut resets the busy connections to a node.
func (r *rig) cut(t *testing.T, node string) {
	t.Helper()
	cut, err := r.cluster.(fault.ConnectionCutter).CutConnections(numberOf(t, node))
	require.NoError(t, err)
	require.Equal(t, 1, cut, "the one that is under way")
}
