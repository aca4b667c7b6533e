package plan_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

func TestCompressionDividesEveryDuration(t *testing.T) {
	whole := build(t, "broken", plan.Options{})
	p := build(t, "broken", plan.Options{Compress: 10})
	require.Equal(t, 10.0, p.Compress)
	require.Equal(t, 90*time.Second, p.Variant.Architecture.Session.AccessTTL)
	require.Equal(t, 3*time.Minute, p.Variant.Workload.Duration)
	require.Equal(t, -2500*time.Millisecond, p.Variant.Faults[0].Params.Offset)
	require.Equal(t, time.Minute, p.Variant.Faults[0].For)
	require.Equal(t, 3*time.Second, p.Variant.Architecture.Promise.Revocation)
	require.Equal(t, whole.Variant.Architecture.Client.Timeout, p.Variant.Architecture.Client.Timeout)

	before, after := whole.Slots(), p.Slots()
	require.Len(t, after, len(before), "the number of actions stays the same")
	for i, s := range after {
		require.InDelta(t, before[i].At/10, s.At, 1)
		require.Equal(t, before[i].Kind, s.Kind)
	}
	require.Equal(t, 15*time.Minute, p.Scenario.Variants[0].Architecture.Session.AccessTTL, "the scenario is left alone")
	require.Equal(t, -25*time.Second, p.Scenario.Variants[0].Faults[0].Params.Offset)
}

// TestLatencyIsInRealTime: it is not compressed, and lasts three times its
// delay at least.
func TestLatencyIsInRealTime(t *testing.T) {
	source := strings.Replace(file, "{clock_skew: {node: app-2, offset: -25s}, at: 5m, for: 10m}",
		"{latency: {between: [app-1, store], delay: 1s, jitter: 500ms}, at: 5m, for: 90s}", 1)
	s, err := scenario.Parse("late.yaml", []byte(source))
	require.NoError(t, err)
	p, err := plan.Build(s, "broken", plan.Options{Limits: plan.Limits{Target: time.Second}})
	require.NoError(t, err)
	require.Equal(t, "compressed 20 times; faults[0].for, 1m30s, allows no more", p.Compression())
	f := p.Variant.Faults[0]
	require.Equal(t, 4500*time.Millisecond, f.For)
	require.Equal(t, time.Second, f.Params.Delay)
	require.Equal(t, 500*time.Millisecond, f.Params.Jitter)
}

// TestSilenceStaysLongerThanTimeouts: which nobody divides, so that a pause
// that trips them in the scenario does so in the run.
func TestSilenceStaysLongerThanTimeouts(t *testing.T) {
	for pause, want := range map[string]time.Duration{"60s": 15 * time.Second, "12s": 12 * time.Second, "5s": 3 * time.Second, "2s": 4 * time.Millisecond} {
		source := "scenario: hang\narchitecture: {nodes: 2, session: {kind: memory}, client: {timeout: 10s}, balancer: {health: {interval: 5s, timeout: 2s}}}\n" +
			"variants: {broken: {faults: [{node_pause: {node: app-1}, at: 1m, for: " + pause + "}], expect: [{spurious_logouts: 0}]}}\n"
		s, err := scenario.Parse("hang.yaml", []byte(source))
		require.NoError(t, err)
		p, err := plan.Build(s, "broken", plan.Options{Limits: plan.Limits{Target: time.Second, Floor: 4 * time.Millisecond}})
		require.NoError(t, err)
		got := p.Variant.Faults[0].For
		require.InDelta(t, want, got, float64(want)/8, "%s is %v in the run; %s", pause, got, p.Compression())
	}
}

// TestIdleStaysFarAboveNoise: how long a connection has to be idle bounds the
// compression sooner than other durations do.
func TestIdleStaysFarAboveNoise(t *testing.T) {
	source := "scenario: idle\narchitecture: {nodes: 1, session: {kind: redis}, balancer: {health: {interval: 0s}}}\n" +
		"workload: {duration: 1000s}\nvariants: {broken: {faults: [{connection_cut: {idle: 10s}}], expect: [{spurious_logouts: 0}]}}\n"
	s, err := scenario.Parse("idle.yaml", []byte(source))
	require.NoError(t, err)
	limits := plan.Limits{Target: time.Second, Floor: 5 * time.Millisecond}
	p, err := plan.Build(s, "broken", plan.Options{Limits: limits})
	require.NoError(t, err)
	require.Equal(t, "compressed 100 times; faults[0].idle, 10s, allows no more", p.Compression())
	require.Equal(t, 100*time.Millisecond, p.Variant.Faults[0].Params.Idle)
	_, err = plan.Build(s, "broken", plan.Options{Limits: limits, Compress: 101})
	require.ErrorContains(t, err, "the shortest that works here is 100ms")
}

// TestFaultsThatTakeTheirTime: only those bound when they may come.
func TestFaultsThatTakeTheirTime(t *testing.T) {
	source := "scenario: more\narchitecture: {nodes: 1, session: {kind: redis}, balancer: {health: {interval: 0s}}}\n" +
		"workload: {duration: 1000s}\nvariants: {broken: {faults: [{store_flush: {}, at: 5s}, {scale: {to: 2}, at: 48s}], expect: [{spurious_logouts: 0}]}}\n"
	s, err := scenario.Parse("more.yaml", []byte(source))
	require.NoError(t, err)
	limits := plan.Limits{Target: time.Second, Floor: 5 * time.Millisecond, Floors: map[string]time.Duration{"scale.at": time.Second}}
	p, err := plan.Build(s, "broken", plan.Options{Limits: limits})
	require.NoError(t, err)
	require.Equal(t, "compressed 48 times; faults[1].at, 48s, allows no more", p.Compression())
}

// TestWorkOfBoundedNodes: what a node can do in a second has to be kept by a
// machine's timers; the network's own times bound nothing.
func TestWorkOfBoundedNodes(t *testing.T) {
	for app, want := range map[string]float64{
		"{work: 400ms}": 1000, "{work: 400ms, capacity: 5}": 40, "{work: 5s, capacity: 5, queue: 3, queue_timeout: 2s}": 400,
		"{work: 400ms, warm_up: 1h, cold_work: 600ms}": 1000, "{work: 400ms, warm_up: 1s, cold_work: 600ms, capacity: 5}": 40,
		"{work: 400ms, warm_up: 1s, cold_work: 600ms}": 200,
	} {
		source := "scenario: full\narchitecture: {app: " + app + ", session: {kind: memory}, balancer: {health: {interval: 0s}}}\n" +
			"workload: {duration: 1000s}\nvariants: {broken: {expect: [{spurious_logouts: 0}]}}\n"
		s, err := scenario.Parse("full.yaml", []byte(source))
		require.NoError(t, err)
		limits := plan.Limits{Target: time.Second, Floor: 5 * time.Millisecond, MinWork: 10 * time.Millisecond}
		p, err := plan.Build(s, "broken", plan.Options{Limits: limits})
		require.NoError(t, err)
		require.Equal(t, want, p.Compress, "%s: %s", app, p.Compression())
		require.InDelta(t, 20e6/want, p.Variant.Architecture.Network.User, 1)
		_, err = plan.Build(s, "broken", plan.Options{Limits: limits, Compress: want + 10})
		if want < 1000 {
			require.ErrorContains(t, err, "app.")
		} else {
			require.NoError(t, err)
		}
	}
}

func TestAutomaticCompression(t *testing.T) {
	type limits = plan.Limits
	for _, c := range []struct {
		name    string
		variant string
		users   int
		limits  plan.Limits
		k       float64
		why     string
	}{
		{"no aim", "broken", 0, limits{}, 1, "not compressed"},
		{"target", "broken", 0, limits{Target: 10 * time.Second}, 180, "compressed 180 times; a run of 10s is the aim"},
		{"target in two digits", "broken", 0, limits{Target: 7 * time.Second}, 250, "compressed 250 times; a run of 7s is the aim"},
		{"rate", "broken", 1000, limits{Target: 10 * time.Second, MaxRate: 500}, 10, "compressed 10 times; 500 requests a second are the aim"},
		{"think", "broken", 0, limits{Target: time.Second, MinThink: 300 * time.Millisecond}, 66, "compressed 66 times; workload.think, 20s, allows no more"},
		{"floor of the leeway and the health check", "broken", 0, limits{Target: time.Second, Floor: 40 * time.Millisecond}, 25,
			"compressed 25 times; session.leeway, 1s, allows no more"},
		{"floor of one field", "broken", 0,
			limits{Target: time.Second, Floor: time.Millisecond, Floors: map[string]time.Duration{"balancer.health.interval": time.Second, "cache.cache_401": time.Hour}}, 10,
			"compressed 10 times; balancer.health.interval, 10s, allows no more"},
		{"never slower", "broken", 0, limits{Target: time.Hour}, 1, "not compressed; a run of 1h0m0s is the aim"},
		{"never slower than a floor", "broken", 0, limits{Target: time.Second, Floor: 2 * time.Second}, 1,
			"not compressed; session.leeway, 1s, allows no more"},
		{"below ten", "broken", 0, limits{Target: 1111 * time.Second}, 1.6, "compressed 1.6 times; a run of 18m31s is the aim"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := build(t, c.variant, plan.Options{Users: c.users, Limits: c.limits})
			require.Equal(t, c.k, p.Compress)
			require.Equal(t, c.why, p.Compression())
		})
	}
	given := build(t, "broken", plan.Options{Compress: 20, Limits: substrate()})
	require.Equal(t, "compressed 20 times", given.Compression())
}

// A year of a million users would be tens of gigabytes: it is refused before
// any of it is drawn.
func TestRunsTooLargeAreRefused(t *testing.T) {
	limits := plan.Limits{Target: 2 * time.Second, MaxRate: 500, MaxRequests: 1_000_000, MaxTime: 6 * time.Hour}
	for _, c := range []struct {
		name string
		o    plan.Options
		want string
	}{
		{"requests", plan.Options{Users: 20_000},
			`skew.yaml:5:45: variant broken plans about 1.8 million requests (users: 20000) in 30m of real time; ` +
				`at most 1 million requests, and as many users, fit here (accepted: --for up to 16m40s; hint: lower --users or --for)`},
		{"users", plan.Options{Users: 2_000_000},
			`skew.yaml:5:45: variant broken plans about 180 million requests (users: 2 million) in 30m of real time; ` +
				`at most 1 million requests, and as many users, fit here (hint: lower --users or --for)`},
		{"time", plan.Options{For: 24 * time.Hour, Compress: 2},
			`skew.yaml: variant broken plans about 216000 requests (users: 50) in 12h of real time; ` +
				`a run here takes at most 6h (accepted: --for up to 12h; hint: lower --for, or raise --compress)`},
		{"both", plan.Options{For: 400 * 24 * time.Hour, Compress: 1},
			`skew.yaml: variant broken plans about 86.4 million requests (users: 50) in 400d of real time; ` +
				`at most 1 million requests, and as many users, fit here; a run here takes at most 6h ` +
				`(accepted: --for up to 6h; hint: lower --users or --for, or raise --compress)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.o.Limits = limits
			_, err := plan.Build(parsed(t), "broken", c.o)
			require.IsType(t, scenario.Errors{}, err)
			require.Equal(t, c.want, err.Error())
			c.o.Limits = plan.Limits{}
			_, err = plan.Build(parsed(t), "broken", c.o)
			require.NoError(t, err, "without limits")
		})
	}
	_, err := plan.Build(parsed(t), "broken", plan.Options{Users: 20_000, Limits: plan.Limits{MaxRequests: 1_000_000}})
	require.ErrorContains(t, err, "in 30m of virtual time; at most 1 million requests")
	for _, o := range []plan.Options{{Users: 20_000, For: 1000 * time.Second}, {For: 12 * time.Hour, Compress: 2}, {For: 6 * time.Hour, Compress: 1}} {
		o.Limits = limits
		_, err := plan.Build(parsed(t), "broken", o)
		require.NoError(t, err, "what is accepted must work")
	}
}

func TestAutomaticCompressionMeetsTheLimits(t *testing.T) {
	p := build(t, "fixed", plan.Options{Limits: substrate()})
	require.Greater(t, p.Compress, 1.0)
	require.GreaterOrEqual(t, p.Variant.Architecture.Balancer.Health.Interval, 10*time.Millisecond)
	require.Equal(t, 2*time.Second, p.Variant.Architecture.Balancer.Health.Timeout, "in real time")
	require.GreaterOrEqual(t, p.Variant.Workload.Think, 50*time.Millisecond)
}

func TestTooMuchCompressionIsRefused(t *testing.T) {
	_, err := plan.Build(parsed(t), "broken", plan.Options{Compress: 500, Limits: substrate()})
	var errs scenario.Errors
	require.ErrorAs(t, err, &errs)
	require.Equal(t, strings.TrimSpace(`
skew.yaml:3:32: session.leeway of variant broken is 1s, and 2ms when compressed 500 times; the shortest that works here is 10ms (accepted: --compress up to 100; hint: --compress 100 works for all of them)
skew.yaml:5:30: workload.think of variant broken is 20s, and 40ms when compressed 500 times; the shortest that works here is 50ms (accepted: --compress up to 400; hint: --compress 100 works for all of them)
`), err.Error())
	_, err = plan.Build(parsed(t), "broken", plan.Options{Compress: 100, Limits: substrate()})
	require.NoError(t, err, "what the hint says must work")
}

func TestOptionsAreChecked(t *testing.T) {
	for _, c := range []struct {
		variant string
		o       plan.Options
		want    string
	}{
		{"brokn", plan.Options{}, `skew.yaml: no variant is called "brokn" (accepted: broken, fixed, quiet)`},
		{"broken", plan.Options{Users: -1}, "--users -1"},
		{"broken", plan.Options{For: -time.Second}, "--for -1s"},
		{"broken", plan.Options{Compress: 0.5}, "--compress 0.5"},
		{"broken", plan.Options{Compress: math.NaN()}, "--compress NaN"},
		{"broken", plan.Options{Compress: math.Inf(1)}, "--compress +Inf"},
		{"fixed", plan.Options{For: 5 * time.Minute}, "skew.yaml:9:10: clock_skew of variant fixed comes at 5m, but the run is over after 5m"},
	} {
		_, err := plan.Build(parsed(t), c.variant, c.o)
		require.IsType(t, scenario.Errors{}, err)
		require.ErrorContains(t, err, c.want)
	}
}

func TestUsersAndDurationCanBeGiven(t *testing.T) {
	p := build(t, "broken", plan.Options{Users: 7, For: 2 * time.Hour})
	require.Equal(t, 7, p.Variant.Workload.Users)
	require.Equal(t, 2*time.Hour, p.Variant.Workload.Duration)
	last := p.Slots()[len(p.Slots())-1]
	require.Greater(t, last.At, 110*time.Minute)
	require.Equal(t, 5*time.Minute, p.Variant.Faults[0].At, "faults come when the file says")
}
