package compare_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/compare"
	"github.com/logoutlab/logoutlab/harness/matrix"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/loopback"
	"github.com/logoutlab/logoutlab/harness/substrate/sim"
	"github.com/logoutlab/logoutlab/scenarios"
)

// designs are those of these names, all variants.
func designs(t *testing.T, names ...string) []compare.Design {
	t.Helper()
	var all []compare.Design
	for _, name := range names {
		s, variants, err := scenarios.Load(name)
		require.NoError(t, err)
		for _, v := range variants {
			all = append(all, compare.Design{Scenario: s, Variant: v})
		}
	}
	return all
}

func options(t *testing.T, on substrate.Substrate, faults []string, names ...string) compare.Options {
	t.Helper()
	sets, err := scenarios.ChooseFaults(faults)
	require.NoError(t, err)
	return compare.Options{Designs: designs(t, names...), Faults: sets, Seed: 3, Users: 150, For: 9 * time.Minute, On: on, Version: "test"}
}

func run(t *testing.T, o compare.Options) *matrix.Matrix {
	t.Helper()
	p, err := compare.Plan(o)
	require.NoError(t, err)
	m, err := p.Run(context.Background(), t.TempDir())
	require.NoError(t, err)
	return m
}

// TestSameOnAnyNumberOfCores: a matrix follows from its seed.
func TestSameOnAnyNumberOfCores(t *testing.T) {
	o := options(t, &sim.Substrate{}, []string{"node-kill", "key-rotation", "store-flush"}, "round-robin-memory", "sticky-lb-cookie-memory", "redis-sessions", "jwt-jwks-short")
	var texts [2]string
	for i := range texts {
		o.Parallel = 1 + 3*i
		text, err := json.Marshal(run(t, o))
		require.NoError(t, err)
		texts[i] = string(text)
	}
	require.Equal(t, texts[0], texts[1])
	o.Seed++
	text, err := json.Marshal(run(t, o))
	require.NoError(t, err)
	require.NotEqual(t, texts[0], string(text))
}

// TestMatrix: each architecture meets what is known of it, and what it cannot
// have is said.
func TestMatrix(t *testing.T) {
	o := options(t, &sim.Substrate{}, []string{"node-kill", "key-rotation", "store-flush"}, "round-robin-memory", "sticky-lb-cookie-memory", "redis-sessions", "jwt-jwks-short", "jwt-hs256")
	told := 0
	o.OnCell = func(p compare.Progress) { told++; require.Equal(t, told, p.Done) }
	m := run(t, o)
	require.Equal(t, 5*4-3-3, told, "of twenty cells three have no keys, and three no store")
	require.True(t, m.Complete())
	cell := func(row int, fault string) matrix.Cell {
		c, ok := m.Architectures[row].Cell(fault)
		require.True(t, ok)
		return c
	}
	for row, want := range []struct{ none, kill, keys, flush string }{
		{"session_not_on_node", "session_not_on_node", "n/a", "n/a"},
		{"", "session_lost", "n/a", "n/a"},
		{"", "", "n/a", "store_evicted"},
		{"", "", "key_retired", "store_evicted"},
		{"", "", "key_retired", "n/a"},
	} {
		for fault, cause := range map[string]string{matrix.None: want.none, "node-kill": want.kill, "key-rotation": want.keys, "store-flush": want.flush} {
			c := cell(row, fault)
			if cause == "n/a" {
				require.Equal(t, matrix.CannotBe, c.State)
				require.NotEmpty(t, c.Why)
				continue
			}
			require.Equal(t, matrix.Measured, c.State, c.Why)
			require.Equal(t, cause, c.Cause, "%s under %s", m.Architectures[row].Name, fault)
		}
	}
	require.Equal(t, "key_rotation without keys: sessions in memory are not signed", cell(0, "key-rotation").Why)
	require.Equal(t, cell(1, matrix.None).SpuriousLogouts.Of, cell(2, matrix.None).SpuriousLogouts.Of, "the same users at the same moments")

	kill := cell(1, "node-kill").Blast
	require.Positive(t, kill.Users)
	require.GreaterOrEqual(t, kill.Logins, kill.Users)
	require.Greater(t, kill.PeakLogins, kill.UsualLogins)
	require.Zero(t, cell(2, "node-kill").Blast.Logins)

	require.Greater(t, cell(4, matrix.None).Ghosts.Mean, cell(3, matrix.None).Ghosts.Mean, "nothing ends a token of twelve hours")
	require.Greater(t, cell(3, matrix.None).Ghosts.Mean, 1.0, "a promise of two minutes is no excuse here")
	require.Zero(t, cell(2, matrix.None).Ghosts.Accepted)
	redis, tokens := m.Architectures[2].Score, m.Architectures[3].Score
	require.True(t, redis.StoreCounted && tokens.StoreCounted && !m.Architectures[4].Score.StoreCounted)
	require.True(t, redis.StoreShared && tokens.StoreShared && !m.Architectures[4].Score.StoreShared)
	require.Greater(t, redis.StoreCommands, tokens.StoreCommands, "pages with a token need no lookup")
	require.InDelta(t, 1, redis.LoadBalance, 0.1)
	require.Equal(t, "round-robin-memory", m.Worst().Name)
	require.Equal(t, "jwt-hs256", m.MostGhosts().Name)
}

// TestRepeat: the command of a cell measures the same.
func TestRepeat(t *testing.T) {
	o := options(t, &sim.Substrate{}, []string{"node-kill", "store-down"}, "redis-sessions", "sticky-lb-cookie-memory")
	c, _ := run(t, o).Architectures[1].Cell("node-kill")
	require.Equal(t, "logoutlab compare architectures/sticky-lb-cookie-memory/fault-free --faults node-kill --substrate sim --seed 3 --users 150 --for 9m", c.Repeat)
	again, _ := run(t, options(t, &sim.Substrate{}, []string{"node-kill"}, "sticky-lb-cookie-memory")).Architectures[0].Cell("node-kill")
	require.Equal(t, c, again)
}

// TestOwnFile: of a variant with faults the architecture is taken.
func TestOwnFile(t *testing.T) {
	m := run(t, options(t, &sim.Substrate{}, []string{"none"}, "culprits/node-kill"))
	require.Equal(t, []string{"node-kill/broken", "node-kill/redis"}, []string{m.Architectures[0].Name, m.Architectures[1].Name})
	require.Equal(t, []string{"node_kill"}, m.Architectures[0].LeftOut)
	c, _ := m.Architectures[0].Cell(matrix.None)
	require.Zero(t, c.SpuriousLogouts.Count)
}

func TestRefused(t *testing.T) {
	o := options(t, &sim.Substrate{}, []string{"node-kill"}, "redis-sessions")
	o.For = 5 * time.Minute
	_, err := compare.Plan(o)
	require.ErrorContains(t, err, "node-kill begins at 5m, and the users act for 5m: choose a longer --for")
	s, err := scenario.Parse("own.yaml", []byte("scenario: own\narchitecture: {session: {kind: redis}, balancer: {config: haproxy.cfg}}\nworkload: {users: 5}\nvariants: {a: {expect: [{spurious_logouts: 0}]}}\n"))
	require.NoError(t, err)
	o.For, o.Designs = 9*time.Minute, []compare.Design{{Scenario: s, Variant: "a"}}
	_, err = compare.Plan(o)
	require.ErrorContains(t, err, "own.yaml/a: balancer.config haproxy.cfg: the simulator has a balancer of its own")
}

// TestInterrupted: what was not run is unknown, and the matrix says so.
func TestInterrupted(t *testing.T) {
	p, err := compare.Plan(options(t, &sim.Substrate{}, []string{"node-kill"}, "redis-sessions"))
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	stop()
	m, err := p.Run(ctx, t.TempDir())
	require.NoError(t, err)
	require.False(t, m.Complete())
	require.Equal(t, "Nothing was measured. 2 of 2 cells could not be measured.", m.Headline)
	require.Equal(t, "the comparison was interrupted", m.Architectures[0].Cells[1].Why)
}

// TestLoopback: a comparison runs over real HTTP too, keeps each cell's history,
// and counts what the store is asked as the simulator does.
func TestLoopback(t *testing.T) {
	small := func(on substrate.Substrate) compare.Options {
		o := options(t, on, []string{"none"}, "redis-sessions", "memcached-sessions")
		o.Users, o.For = 40, 4*time.Minute
		return o
	}
	p, err := compare.Plan(small(&loopback.Substrate{}))
	require.NoError(t, err)
	dir := t.TempDir()
	m, err := p.Run(context.Background(), dir)
	require.NoError(t, err)
	virtual := run(t, small(&sim.Substrate{}))
	for i, a := range m.Architectures {
		c, _ := a.Cell(matrix.None)
		require.Zero(t, c.SpuriousLogouts.Count)
		require.FileExists(t, dir+"/cells/"+a.Name+"/none/history.jsonl.gz")
		require.Equal(t, matrix.Measured, c.State, c.Why)
		require.True(t, a.Score.StoreCounted)
		require.InEpsilon(t, virtual.Architectures[i].Score.StoreCommands, a.Score.StoreCommands, 0.05)
	}
}
