package balancer

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func mustNew(t testing.TB, c Config, r Rand) *Balancer {
	t.Helper()
	b, err := New(c, r)
	require.NoError(t, err)
	return b
}

func TestNewNamesEveryFault(t *testing.T) {
	_, err := New(Config{
		Nodes: 65, Policy: "fastest", Stickiness: AppCookie, AppCookie: "LLB",
		StickyTTL: -1, StickyMax: -1, SlowStart: -1, Drain: -1, Retries: -1, Health: Health{Interval: time.Second},
	}, nil)
	for _, part := range []string{
		"65 nodes", `unknown policy "fastest": use one of [least_conn random round_robin source_hash]`,
		`"LLB" is the balancer's own`, "sticky_ttl -1ns", "sticky_max -1", "slow_start -1ns", "drain -1ns", "retries -1", "health check every 1s",
	} {
		require.ErrorContains(t, err, part)
	}
}

func TestNewRefuses(t *testing.T) {
	for name, c := range map[string]Config{
		"no nodes":           {Policy: RoundRobin},
		"negative nodes":     {Policy: RoundRobin, Nodes: -1},
		"slow source_hash":   {Policy: SourceHash, Nodes: 2, SlowStart: 1},
		"random, no stream":  {Policy: Random, Nodes: 2},
		"unknown stickiness": {Policy: RoundRobin, Nodes: 2, Stickiness: "glue"},
		"no app cookie":      {Policy: RoundRobin, Nodes: 2, Stickiness: AppCookie},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(c, nil)
			require.Error(t, err)
		})
	}
}

func TestReloadForgets(t *testing.T) {
	b := mustNew(t, Config{Nodes: 3, Policy: RoundRobin, Health: Health{Interval: 1, Timeout: 1, Rise: 1, Fall: 2}}, nil)
	require.Equal(t, 0, b.Pick(Request{}, 0).Node)
	b.Down(2)
	b.Check(0, false, 0) // one more would take it out
	b.Drain(1, 0)
	b.Reload()
	require.Equal(t, Up, b.State(2), "it has to be found out again")
	require.Equal(t, Draining, b.State(1), "as the configuration says")
	require.False(t, b.Check(0, false, 0), "counted anew")
	require.Equal(t, 0, b.Pick(Request{}, 0).Node, "the first again")
	require.Equal(t, 2, b.InFlight(0), "what was under way is")
}

func TestRetry(t *testing.T) {
	safe, unsafe := Request{Idempotent: true}, Request{}
	for _, tc := range []struct {
		name    string
		any     bool
		retries int
		failure Failure
		req     Request
		attempt int
		want    bool
	}{
		{"never sent", false, 1, Refused, unsafe, 0, true},
		{"no retries", false, 0, Refused, unsafe, 0, false},
		{"used up", false, 1, Refused, unsafe, 1, false},
		{"second of two", false, 2, Refused, unsafe, 1, true},
		{"sent, conn_failure", false, 1, Reset, safe, 0, false},
		{"sent, any_failure", true, 1, Reset, safe, 0, true},
		{"timeout, any_failure", true, 1, Timeout, safe, 0, true},
		{"sent, not idempotent", true, 1, Reset, unsafe, 0, false},
		{"never sent, not idempotent", true, 1, Refused, unsafe, 0, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := mustNew(t, Config{Nodes: 2, Policy: RoundRobin, Retries: tc.retries, RetryAny: tc.any}, nil)
			require.Equal(t, tc.want, b.Retry(tc.failure, tc.req, tc.attempt))
		})
	}
}

func TestCheckRiseAndFall(t *testing.T) {
	b := mustNew(t, Config{Nodes: 1, Policy: RoundRobin,
		Health: Health{Interval: 1, Timeout: 1, Rise: 2, Fall: 3}}, nil)
	for i, step := range []struct{ ok, changed bool }{
		{true, false}, {false, false}, {false, false}, {true, false}, // a pass starts the count anew
		{false, false}, {false, false}, {false, true}, // the third in a row
		{false, false}, {true, false}, {false, false}, {true, false}, {true, true},
		{false, false}, {false, false}, {false, true},
	} {
		require.Equal(t, step.changed, b.Check(0, step.ok, 0), "step %d", i)
	}
	require.Equal(t, Down, b.State(0))
	require.Equal(t, None, b.Pick(Request{}, 0).Node)
	b.Up(0, 0)
	require.Equal(t, Up, b.State(0))
	require.Equal(t, 0, b.Pick(Request{}, 0).Node)
	b.Down(0)
	require.Equal(t, Down, b.State(0))
}

func TestDrainEndsWithTheLastRequestOrTheDeadline(t *testing.T) {
	b := mustNew(t, Config{Nodes: 1, Policy: RoundRobin, Drain: 10}, nil)
	b.Pick(Request{}, 0)
	b.Drain(0, 100)
	require.Equal(t, Draining, b.State(0))
	require.Equal(t, None, b.Pick(Request{}, 0).Node)
	require.False(t, b.Drained(0, 109))
	require.True(t, b.Drained(0, 110), "deadline")
	require.Equal(t, 1, b.InFlight(0))
	b.Done(0)
	require.True(t, b.Drained(0, 101), "nothing under way")
	b.Restore(0, 0)
	require.Equal(t, Up, b.State(0))
	require.Equal(t, 0, b.Pick(Request{}, 0).Node)
}

func TestAnswer(t *testing.T) {
	const set = "1-60250"
	for _, tc := range []struct {
		kind  Stickiness
		bound bool
		app   AppChange
		want  Cookie
	}{
		{NoStickiness, false, AppSet, Cookie{}},
		{LBCookie, false, AppUntouched, Cookie{Value: set}},
		{LBCookie, true, AppCleared, Cookie{Value: set}},
		{AppCookie, false, AppUntouched, Cookie{}},
		{AppCookie, true, AppUntouched, Cookie{Value: set}},
		{AppCookie, false, AppSet, Cookie{Value: set}},
		{AppCookie, true, AppCleared, Cookie{Clear: true}},
	} {
		b := mustNew(t, Config{Nodes: 2, Policy: RoundRobin, Stickiness: tc.kind, AppCookie: "sid", StickyTTL: time.Minute}, nil)
		require.Equal(t, tc.want, b.Answer(Choice{Node: 1, Bound: tc.bound}, tc.app, 250*time.Millisecond), "%+v", tc)
	}
}

// TestStickyEnds: the value itself says when, whatever the browser makes of it.
func TestStickyEnds(t *testing.T) {
	b := mustNew(t, Config{Nodes: 9, Policy: RoundRobin, Stickiness: LBCookie, StickyTTL: 40 * time.Millisecond}, nil)
	value := b.Answer(Choice{Node: 7}, AppUntouched, time.Second).Value
	require.Equal(t, 7, b.Pick(Request{Sticky: value}, 1039*time.Millisecond).Node)
	c := b.Pick(Request{Sticky: value}, 1040*time.Millisecond)
	require.Equal(t, Choice{Node: 0, Why: ByPolicy}, c, "as for a new client")
}

func FuzzParseSticky(f *testing.F) {
	for _, s := range []string{"", "0", "00", "7", "63", "64", "-1", "１", "1 ", "999999999999999999999",
		"7-", "7-0", "7-1500", "7--5", "7-+5", "7-1-1", "7-8796093022207", "7-8796093022208"} {
		f.Add(s, 64)
	}
	f.Fuzz(func(t *testing.T, value string, nodes int) {
		nodes = min(max(nodes, 1), MaxNodes)
		node, until := parseSticky(value, nodes)
		if node == None {
			require.Zero(t, until)
			return
		}
		require.Less(t, node, nodes)
		b := Balancer{}
		if until < forever {
			b.config.StickyTTL = until
		}
		if until > 0 {
			again, end := parseSticky(b.stickyValue(node, 0), nodes)
			require.Equal(t, node, again)
			require.Equal(t, until, end)
		}
	})
}
