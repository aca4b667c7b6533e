package balancer

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// slow is a balancer whose last node has just come up.
func slow(t require.TestingT, p Policy, nodes int, over time.Duration) *Balancer {
	b, err := New(Config{Nodes: nodes, Policy: p, SlowStart: over}, stream())
	require.NoError(t, err)
	b.Down(nodes - 1)
	b.Up(nodes-1, 0)
	return b
}

func TestWeightAt(t *testing.T) {
	const over = 32 * time.Second
	for age, want := range map[time.Duration]int{
		-time.Second: 1, 0: 1, 2*time.Second - 1: 1, 2 * time.Second: 2, 16 * time.Second: 9,
		30*time.Second - 1: 15, 30 * time.Second: 16, 32 * time.Second: 16, 1000 * time.Hour: 16,
	} {
		require.Equal(t, want, weightAt(age, over), "%v", age)
	}
}

// TestWhoStartsSlowly: nodes that come up, and no others.
func TestWhoStartsSlowly(t *testing.T) {
	const at, over = time.Minute, 10 * time.Second
	b := mustNew(t, Config{Nodes: 6, Policy: RoundRobin, SlowStart: over,
		Health: Health{Interval: 1, Timeout: 1, Rise: 1, Fall: 1}}, nil)
	require.Zero(t, b.weights.rising, "they are up at the start")
	b.Drain(1, 0)
	b.Down(2)
	b.Check(3, false, 0)
	b.Drain(4, 0)
	b.Down(4)
	require.Zero(t, b.weights.rising)
	b.Up(0, at) // as it is
	b.Restore(0, at)
	b.Restore(1, at)
	b.Up(2, at)
	b.Check(3, true, at)
	b.Up(4, at)
	require.Equal(t, nodeSet(0b001110), b.weights.rising, "4 is still draining")
	b.Restore(4, at)
	require.True(t, b.weights.rising.has(4))
	b.Up(1, at+over) // it is up already
	b.Pick(Request{}, at+over)
	require.Zero(t, b.weights.rising, "all have their full share")
	b.Down(2)
	b.Up(2, at+over)
	require.Equal(t, nodeSet(0b000100), b.weights.rising)
	b.Reload()
	require.Zero(t, b.weights.rising, "as after a start")
}

// TestShareWhileItRises: in each sixteenth of the time the node that has come up
// gets what its weight says: w of 48+w turns, beside three others.
func TestShareWhileItRises(t *testing.T) {
	const over, each = 16 * time.Second, 2000
	for _, p := range []Policy{RoundRobin, Random} {
		b := slow(t, p, 4, over)
		for step := range 16 {
			before := b.InFlight(3)
			for i := range each {
				b.Pick(Request{}, time.Duration(step)*time.Second+time.Duration(i)*time.Second/each)
			}
			w := float64(step + 1)
			want, off := each*w/(48+w), 2.0 // what is left over from one sixteenth, and in the last
			if p == Random {
				off = 4 * 20 // standard deviations: less than 20 requests each
			}
			require.InDelta(t, want, b.InFlight(3)-before, off, "%s, sixteenth %d", p, step+1)
		}
		require.Zero(t, b.weights.rising)
	}
}

// TestNobodyStarves: whichever nodes rise, each gets a request before any other
// has had as many as their shares allow, and nobody who is not available does.
func TestNobodyStarves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const over = 16 * time.Second
		b, err := New(Config{Nodes: rapid.IntRange(1, 8).Draw(t, "nodes"), Policy: RoundRobin, SlowStart: over}, nil)
		require.NoError(t, err)
		for node := range b.nodes {
			if rapid.Bool().Draw(t, "comes up") {
				b.Down(node)
				b.Up(node, -time.Duration(rapid.IntRange(0, 20).Draw(t, "ago"))*time.Second)
			}
		}
		weight := make([]int, len(b.nodes))
		b.weights.settle(0)
		for node := range weight {
			if weight[node] = fullWeight; b.weights.rising.has(node) {
				weight[node] = b.weights.of[node]
			}
		}
		for range rapid.IntRange(0, 500).Draw(t, "requests") {
			b.Pick(Request{}, 0)
		}
		for one, n := range b.inflight {
			for other, m := range b.inflight {
				turns, others := float64(n)/float64(weight[one]), float64(m)/float64(weight[other])
				require.LessOrEqual(t, turns-others, 1/float64(weight[one])+1/float64(weight[other]), "%v with weights %v", b.inflight, weight)
			}
		}
	})
}

// TestLeastConnByShare: the node is taken that has least for its share once it
// has the request; an idle one before all others.
func TestLeastConnByShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := slow(t, LeastConn, rapid.IntRange(2, 6).Draw(t, "nodes"), 16*time.Second)
		for range 100 {
			before := append(load(nil), b.inflight...)
			now := time.Duration(rapid.IntRange(0, 15).Draw(t, "second")) * time.Second
			got := b.Pick(Request{}, now).Node
			weigh := func(node int) float64 {
				if before[node] == 0 {
					return 0
				}
				w := 16.0
				if node == len(before)-1 && b.weights.rising.has(node) {
					w = 1 + now.Seconds()
				}
				return float64(before[node]+1) / w
			}
			for node := range before {
				require.LessOrEqual(t, weigh(got), weigh(node)+1e-9, "%v, picked %d", before, got)
			}
			if done := rapid.IntRange(0, len(before)-1).Draw(t, "done"); b.InFlight(done) > 0 {
				b.Done(done)
			}
		}
	})
}

// TestBoundComeAsEver: the share is of what policy decides.
func TestBoundComeAsEver(t *testing.T) {
	b := mustNew(t, Config{Nodes: 2, Policy: RoundRobin, Stickiness: LBCookie, SlowStart: time.Hour}, nil)
	b.Down(1)
	b.Up(1, 0)
	for range 5 {
		require.Equal(t, Choice{Node: 1, Why: BySticky, Bound: true}, b.Pick(Request{Sticky: "1"}, 0))
	}
}
