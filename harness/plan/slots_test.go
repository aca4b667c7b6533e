package plan_test

import (
	"bytes"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

func TestSameSeedSamePlan(t *testing.T) {
	a, b := build(t, "broken", plan.Options{Seed: 3}), build(t, "broken", plan.Options{Seed: 3})
	require.Equal(t, a.Slots(), b.Slots())
	require.Equal(t, a.Digest(), b.Digest())
	other := build(t, "broken", plan.Options{Seed: 4})
	require.NotEqual(t, a.Slots(), other.Slots())
	require.NotEqual(t, a.Digest(), other.Digest())
}

// A changed digest means that no saved run can be repeated any more: change
// this line only on purpose, and say so in the changelog.
func TestDigestStaysTheSameBetweenVersions(t *testing.T) {
	p := build(t, "broken", plan.Options{Seed: 1, Compress: 20})
	require.Equal(t, "b042a761dda5755ec4c5aa2ca6467cec37a4bb664e711251f546c6a7aff31dd7", p.Digest())
}

func TestDigestTellsPlansApart(t *testing.T) {
	seen := map[string]string{}
	for name, p := range map[string]*plan.Plan{
		"broken": build(t, "broken", plan.Options{}), "fixed": build(t, "fixed", plan.Options{}),
		"quiet": build(t, "quiet", plan.Options{}), "faster": build(t, "broken", plan.Options{Compress: 2}),
		"more users": build(t, "broken", plan.Options{Users: 51}), "longer": build(t, "broken", plan.Options{For: time.Hour}),
	} {
		d := p.Digest()
		require.Empty(t, seen[d], name)
		seen[d] = name
	}
}

// TestDigestOfSettings: each that changes a run changes it.
func TestDigestOfSettings(t *testing.T) {
	seen := map[string]string{}
	for _, settings := range []string{
		"app: {work: 1s}", "app: {work: 1s, capacity: 5}", "app: {work: 1s, capacity: 5, queue: 1}",
		"app: {work: 1s, capacity: 5, queue: 1, queue_timeout: 1s}", "app: {work: 1s, capacity: 5, queue: 1, on_overload: crash}",
		"app: {work: 1s, capacity: 5, queue: 1, on_overload: crash, restart: 1s}", "network: {user: 1ms}", "network: {internal: 1ms}",
	} {
		s, err := scenario.Parse("s.yaml", []byte("scenario: s\narchitecture: {session: {kind: memory}, "+settings+"}\nvariants: {broken: {expect: [{spurious_logouts: 0}]}}\n"))
		require.NoError(t, err)
		p, err := plan.Build(s, "broken", plan.Options{Compress: 7})
		require.NoError(t, err)
		require.Empty(t, seen[p.Digest()], settings)
		seen[p.Digest()] = settings
	}
}

// TestSumDrawsOnceAndKeepsNothing: digest and number of slots are those of all
// slots at once, and their memory does not grow with the users.
func TestSumDrawsOnceAndKeepsNothing(t *testing.T) {
	for _, p := range []*plan.Plan{
		build(t, "broken", plan.Options{}), build(t, "quiet", plan.Options{Users: 3}), build(t, "broken", plan.Options{Compress: 1000}),
	} {
		digest, n := p.Sum()
		require.Equal(t, p.Digest(), digest)
		require.Len(t, p.Slots(), n)
		require.Equal(t, n, p.Count())
	}
	allocated := func(users int) float64 {
		p := build(t, "broken", plan.Options{Users: users})
		return testing.AllocsPerRun(1, func() { p.Sum(); p.Count() })
	}
	require.LessOrEqual(t, (allocated(4000)-allocated(2000))/2000, 8.0, "a user's stream is seeded from a hash, and that is all")
}

func TestVariantsMeetTheSameUsers(t *testing.T) {
	require.Equal(t, build(t, "broken", plan.Options{Seed: 9}).Slots(), build(t, "fixed", plan.Options{Seed: 9}).Slots())
}

func TestAUserDoesNotDependOnTheOthers(t *testing.T) {
	few, many := build(t, "broken", plan.Options{Users: 3}), build(t, "broken", plan.Options{Users: 300})
	require.Equal(t, slices.Collect(few.User(2)), slices.Collect(many.User(2)))
	require.NotEqual(t, slices.Collect(few.User(1))[0].At, slices.Collect(few.User(2))[0].At)
}

func TestSlotsAreInOrder(t *testing.T) {
	p := build(t, "broken", plan.Options{Compress: 1000})
	all := p.Slots()
	n := 0
	for u := 1; u <= 50; u++ {
		own := slices.Collect(p.User(u))
		n += len(own)
		require.True(t, slices.IsSortedFunc(own, func(a, b plan.Slot) int { return int(a.At - b.At) }))
	}
	require.Len(t, all, n)
	for i := 1; i < len(all); i++ {
		a, b := all[i-1], all[i]
		require.True(t, a.At < b.At || a.At == b.At && a.User <= b.User)
	}
}

func TestAUsersDay(t *testing.T) {
	p := build(t, "broken", plan.Options{Users: 200, For: 4 * time.Hour})
	follows := map[string][]string{
		history.KindLogin:  {history.KindPage},
		history.KindPage:   {history.KindPage, history.KindLogout},
		history.KindLogout: {history.KindReplay},
		history.KindReplay: {history.KindReplay, history.KindLogin},
	}
	count := map[string]int{}
	for u := 1; u <= 200; u++ {
		slots := slices.Collect(p.User(u))
		require.Equal(t, history.KindLogin, slots[0].Kind)
		require.Less(t, slots[0].At, 20*time.Second)
		require.Less(t, slots[len(slots)-1].At, 4*time.Hour)
		for i, s := range slots {
			count[s.Kind]++
			require.Equal(t, u, s.User)
			opens := s.Kind == history.KindPage || s.Kind == history.KindReplay
			require.Equal(t, opens, s.Page > 0)
			require.LessOrEqual(t, s.Page, 20)
			if i > 0 {
				require.Contains(t, follows[slots[i-1].Kind], s.Kind)
			}
		}
	}
	require.InEpsilon(t, 8, float64(count[history.KindPage])/float64(count[history.KindLogout]), 0.03)
	require.InEpsilon(t, 2, float64(count[history.KindReplay])/float64(count[history.KindLogout]), 0.01)
}

func TestNobodyLogsOutUnlessAsked(t *testing.T) {
	for i, s := range slices.Collect(build(t, "quiet", plan.Options{}).User(1)) {
		require.Equal(t, i == 0, s.Kind == history.KindLogin)
		require.NotEqual(t, history.KindLogout, s.Kind)
	}
}

// One page of so many is a forgery, and the rest of a user's day stays one.
func TestForgeries(t *testing.T) {
	kinds := map[string]int{}
	s := parsed(t)
	s.Variants[0].Workload.ForgeEvery = 4
	s.Variants[0].Workload.Users = 400
	p, err := plan.Build(s, "broken", plan.Options{Seed: 1})
	require.NoError(t, err)
	before := ""
	for u := 1; u <= 400; u++ {
		for slot := range p.User(u) {
			kinds[slot.Kind]++
			if slot.Kind == history.KindForge {
				require.Equal(t, history.KindPage, before, "it comes in the place of a page after a page")
				require.NotZero(t, slot.Page)
			}
			before = slot.Kind
		}
	}
	drawn := float64(kinds[history.KindForge]) / float64(kinds[history.KindForge]+kinds[history.KindPage])
	// After a page comes no logout with 7/8, and then a forgery with 1/4; a page
	// follows on each.
	require.InDelta(t, 7./32/(1+7./32), drawn, 0.01)
}

// Pauses are a quarter of the mean plus an exponential rest: mean 20 s, never
// under 5 s, standard deviation 15 s, and e^-1 of them over 20 s.
func TestPauses(t *testing.T) {
	p := build(t, "quiet", plan.Options{Users: 400, For: 10 * time.Hour})
	var n, sum, squares, over float64
	least := math.Inf(1)
	for u := 1; u <= 400; u++ {
		last := time.Duration(-1)
		for s := range p.User(u) {
			if last >= 0 {
				pause := (s.At - last).Seconds()
				n, sum, squares = n+1, sum+pause, squares+pause*pause
				least = min(least, pause)
				if pause > 20 {
					over++
				}
			}
			last = s.At
		}
	}
	mean := sum / n
	require.InEpsilon(t, 20, mean, 0.003)
	require.InEpsilon(t, 15, math.Sqrt(squares/n-mean*mean), 0.01)
	require.InEpsilon(t, math.Exp(-1), over/n, 0.01)
	require.GreaterOrEqual(t, least, 5.0)
}

func TestStreamsAreIndependentAndRepeatable(t *testing.T) {
	p := build(t, "broken", plan.Options{Seed: 5})
	a, again, b := p.Stream("ids"), p.Stream("ids"), p.Stream("keys")
	for range 100 {
		v := a.Uint64()
		require.Equal(t, v, again.Uint64())
		require.NotEqual(t, v, b.Uint64())
	}
}

func TestIntNIsUniform(t *testing.T) {
	s := build(t, "broken", plan.Options{}).Stream("dice")
	count := [6]int{}
	for range 60_000 {
		count[s.IntN(6)]++
	}
	for _, n := range count {
		require.InDelta(t, 10_000, n, 400)
	}
	require.Zero(t, s.IntN(1))
	require.Zero(t, s.IntN(0))
	require.Zero(t, s.IntN(-3))
}

func TestStreamReads(t *testing.T) {
	p := build(t, "broken", plan.Options{})
	long := make([]byte, 21)
	n, err := p.Stream("keys").Read(long)
	require.NoError(t, err)
	require.Equal(t, 21, n)
	short := make([]byte, 13)
	_, _ = p.Stream("keys").Read(short)
	require.True(t, bytes.HasPrefix(long, short))
	require.NotEqual(t, make([]byte, 5), long[16:])
}

func BenchmarkUser(b *testing.B) {
	p := build(b, "quiet", plan.Options{For: 365 * 24 * time.Hour})
	n := 0
	for b.Loop() {
		for range p.User(n) {
			break
		}
		n++
	}
}

func BenchmarkSlot(b *testing.B) {
	p := build(b, "broken", plan.Options{For: 365 * 24 * time.Hour})
	n := 0
	for n < b.N {
		for range p.User(1) {
			if n++; n >= b.N {
				break
			}
		}
	}
}

// What a configuration of the user's own holds counts, its place does not.
func TestDigestOfAConfiguration(t *testing.T) {
	with := func(c scenario.Config) string {
		p := build(t, "broken", plan.Options{Compress: 1})
		p.Variant.Architecture.Balancer.Config = c
		return p.Digest()
	}
	first := with(scenario.Config{File: "a.cfg", Path: "x/a.cfg", Text: "one"})
	require.Equal(t, first, with(scenario.Config{File: "b.cfg", Path: "y/b.cfg", Text: "one"}))
	require.NotEqual(t, first, with(scenario.Config{File: "a.cfg", Path: "x/a.cfg", Text: "two"}))
}
