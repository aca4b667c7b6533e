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

func TestAutomaticCompression(t *testing.T) {
	type limits = plan.Limits
	for _, c := range []struct {
		name    string
		variant string
		users   int
		limits  plan.Limits
		k       float64
	}{
		{"no aim", "broken", 0, limits{}, 1},
		{"target", "broken", 0, limits{Target: 10 * time.Second}, 180},
		{"target in two digits", "broken", 0, limits{Target: 7 * time.Second}, 250},
		{"rate", "broken", 1000, limits{Target: 10 * time.Second, MaxRate: 500}, 10},
		{"think", "broken", 0, limits{Target: time.Second, MinThink: 300 * time.Millisecond}, 66},
		{"floor of the leeway and the health check", "broken", 0, limits{Target: time.Second, Floor: 40 * time.Millisecond}, 25},
		{"never slower", "broken", 0, limits{Target: time.Hour}, 1},
		{"never slower than a floor", "broken", 0, limits{Target: time.Second, Floor: 2 * time.Second}, 1},
		{"below ten", "broken", 0, limits{Target: 1111 * time.Second}, 1.6},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := build(t, c.variant, plan.Options{Users: c.users, Limits: c.limits})
			require.Equal(t, c.k, p.Compress)
		})
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
