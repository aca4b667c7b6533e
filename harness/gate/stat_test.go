package gate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/result"
)

func chance(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

// The exact test is what it says: all ways to choose the signs, counted.
func TestSignFlipCountsAllSigns(t *testing.T) {
	r := chance(1)
	for range 200 {
		pairs := make([]pair, 1+r.IntN(9))
		for i := range pairs {
			pairs[i] = pair{r.IntN(5), r.IntN(6)}
		}
		observed, as, nonzero := 0, 0, 0
		for _, p := range pairs {
			observed += p.now - p.before
			if p.now != p.before {
				nonzero++
			}
		}
		for signs := range 1 << len(pairs) {
			sum := 0
			for i, p := range pairs {
				if signs>>i&1 == 1 {
					sum += p.now - p.before
				} else {
					sum -= p.now - p.before
				}
			}
			if sum >= observed {
				as++
			}
		}
		got := signFlip(pairs)
		require.InDelta(t, float64(as)/float64(int(1)<<len(pairs)), got.p, 1e-12, "%v", pairs)
		require.InDelta(t, math.Ldexp(1, -nonzero), got.least, 1e-12)
	}
}

// Where the exact test would take too long there is a bound, never smaller.
func TestSignFlipOfLargeRuns(t *testing.T) {
	large := make([]pair, 400)
	for i := range large {
		large[i] = pair{10_000, 13_000}
	}
	got := signFlip(large)
	require.Less(t, got.p, 1e-80)
	require.GreaterOrEqual(t, got.p, math.Ldexp(1, -400))
	require.Equal(t, 1.0, signFlip(mirrored(large)).p)
}

func TestIncrease(t *testing.T) {
	for _, c := range []struct {
		name  string
		pairs []pair
		p     float64
	}{
		{"nothing before or now", []pair{{0, 0}}, 1},
		{"fewer than before", []pair{{3, 0}}, 1},
		{"as many", []pair{{1, 1}}, 0.75},
		{"ten users, and none before", []pair{{0, 10}}, 1.0 / 1024},
		{"in one of two runs only", []pair{{0, 10}, {0, 0}}, 1},
		{"in both: the run that changed most is left out", []pair{{0, 10}, {0, 4}}, 1.0 / 16},
	} {
		t.Run(c.name, func(t *testing.T) { require.InDelta(t, c.p, increase(byUser, c.pairs).p, 1e-12) })
	}
}

func TestShareOfTheLevel(t *testing.T) {
	able, unable := test{1, 1e-9}, test{1, 0.25}
	require.Equal(t, 1, share(0.001, nil))
	require.Equal(t, 1, share(0.001, []test{unable, unable, able}))
	require.Equal(t, 3, share(0.001, []test{able, able, able, unable}))
	require.Equal(t, 2, share(0.001, []test{{1, 0.0009}, {1, 0.0009}}), "both could come to the level, and neither to half of it")
}

// crowd is a system whose runs differ by chance: a fault hits all users of a
// node at once, in some runs only, and others are logged out one by one.
type crowd struct {
	users   int
	burst   float64 // the probability that a run has one
	each    float64 // of a user to be logged out
	planted float64 // of a user, by the bug
}

func (c crowd) run(r *rand.Rand) int {
	part := 0.0
	if r.Float64() < c.burst {
		part = 0.1 + 0.2*r.Float64() // of users that the node has
	}
	hit := 0
	for range c.users {
		if r.Float64() < part || r.Float64() < c.each || r.Float64() < c.planted {
			hit++
		}
	}
	return hit
}

// runs is a variant with as many seeds.
func (c crowd) runs(r *rand.Rand, seeds int) Variant {
	v := Variant{Scenario: "shop", Variant: "v", Substrate: "sim"}
	for s := range seeds {
		n := c.run(r)
		v.Runs = append(v.Runs, Run{Seed: uint64(s), Outcome: result.Pass, Users: c.users, Counts: []Count{
			{"errors", "", 0}, {"ghost_sessions", "", 0}, {"spurious_logouts", "", n}, {"spurious_logouts", "session_lost", n},
		}})
	}
	return v
}

// alarms counts how many of 100 comparisons raise one.
func alarms(t *testing.T, seeds int, before, now crowd) int {
	t.Helper()
	r := chance(uint64(seeds))
	n := 0
	for range 100 {
		b := &Baseline{Variants: []Variant{before.runs(r, seeds)}}
		c := Compare(b, "b.json", []Variant{now.runs(r, seeds)}, Level)
		if len(c.Alarms()) > 0 {
			n++
		}
	}
	return n
}

// What has not changed raises no more than one alarm in 100 comparisons.
func TestUnchangedRaisesNoAlarm(t *testing.T) {
	for _, seeds := range []int{20, 40} {
		for _, c := range []crowd{{users: 400}, {users: 400, each: 0.02}, {users: 400, burst: 0.5, each: 0.01}, {users: 2000, burst: 0.05}} {
			t.Run(fmt.Sprint(seeds, c), func(t *testing.T) { require.LessOrEqual(t, alarms(t, seeds, c, c), 1) })
		}
	}
	for _, seeds := range []int{1, 2, 7, 19} {
		for _, c := range []crowd{{users: 2500}, {users: 400, each: 0.002}, {users: 2500, each: 0.2}} {
			t.Run(fmt.Sprint(seeds, c), func(t *testing.T) { require.LessOrEqual(t, alarms(t, seeds, c, c), 1) })
		}
	}
}

// A machine that stalls once hits many users of one run. That is no alarm, and on
// a real substrate none with one run alone, of which nothing can be told.
func TestOneOddRunIsNoAlarm(t *testing.T) {
	sound := crowd{users: 400}
	b := &Baseline{Variants: []Variant{sound.runs(chance(1), 3)}}
	odd := sound.runs(chance(1), 3)
	odd.Runs[1].Counts[0].Users = 80
	require.Empty(t, Compare(b, "", []Variant{odd}, Level).Alarms())
	b.Variants[0].Runs, odd.Runs = b.Variants[0].Runs[1:2], odd.Runs[1:2]
	require.NotEmpty(t, Compare(b, "", []Variant{odd}, Level).Alarms(), "in virtual time nothing stalls")
	odd.Substrate = "loopback"
	c := Compare(b, "", []Variant{odd}, Level)
	require.Empty(t, c.Alarms())
	require.True(t, c.Blind())
}

// A bug that logs out 1 % of the users is caught every time, with as many users
// as the comparison itself says are enough.
func TestOnePercentIsCaught(t *testing.T) {
	for _, c := range []struct {
		seeds int
		crowd
	}{
		{20, crowd{users: 400}},
		{20, crowd{users: 400, each: 0.001}},
		{40, crowd{users: 400, each: 0.01}},
		{8, crowd{users: 400}},
		{1, crowd{users: 2800}},
	} {
		t.Run(fmt.Sprint(c.seeds, c.crowd), func(t *testing.T) {
			bug := c.crowd
			bug.planted = 0.01
			require.Equal(t, 100, alarms(t, c.seeds, c.crowd, bug))
		})
	}
}

// What the comparison says that it can see it does see.
func TestPowerIsTrue(t *testing.T) {
	for _, c := range []struct{ seeds, users int }{{1, 400}, {1, 2500}, {2, 400}, {8, 400}, {20, 60}, {20, 400}, {40, 400}} {
		r := chance(9)
		sound := crowd{users: c.users}
		b := &Baseline{Variants: []Variant{sound.runs(r, c.seeds)}}
		least := Compare(b, "", b.Variants, Level).Power[0].Least
		t.Logf("%d seeds of %d users: %.3g", c.seeds, c.users, least)
		bug := sound
		bug.planted = least
		require.GreaterOrEqual(t, alarms(t, c.seeds, sound, bug), 99, "%+v", c)
		bug.planted = least / 4
		require.Less(t, alarms(t, c.seeds, sound, bug), 60, "%+v: it sees far less than it says", c)
	}
	require.Equal(t, 1.0, visible(1e-7, bySeed, 400, 20), "20 seeds cannot come to this level")
}
