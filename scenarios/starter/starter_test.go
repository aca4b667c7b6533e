package starter_test

import (
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/sim"
	"github.com/logoutlab/logoutlab/scenarios/starter"
)

func choices(t *testing.T) map[string]starter.Choice {
	t.Helper()
	all, err := starter.Choices()
	require.NoError(t, err)
	byName := map[string]starter.Choice{}
	for _, c := range all {
		require.NoError(t, c.Check(c.Default), c.Name)
		byName[c.Name] = c
	}
	return byName
}

// Every combination is a scenario that the simulator can run, or is refused for
// a reason.
func TestEveryCombination(t *testing.T) {
	schema, err := scenario.JSONSchema().Resolve(nil)
	require.NoError(t, err)
	by := choices(t)
	sub := &sim.Substrate{}
	written, refused := 0, 0
	faults := map[string]bool{}
	try := func(answers map[string]string) {
		text, err := starter.Write("my.yaml", answers)
		if err != nil {
			require.Regexp(t, `^--[a-z]+ [^ ]+ and --.* do not go together: `, err.Error(), "%v", answers)
			require.NotRegexp(t, `[a-z]+\.[a-z_]+:`, err.Error(), "fields of the file, of which nobody spoke")
			refused++
			return
		}
		written++
		faults[answers["fault"]] = true
		s, err := scenario.Parse("my.yaml", text)
		require.NoError(t, err, "%v", answers)
		for _, v := range s.Variants {
			p, err := plan.Build(s, v.Name, plan.Options{Seed: 1, Limits: run.LimitsOf(sub)})
			require.NoError(t, err, "%v", answers)
			require.NoError(t, sub.Check(p.Variant), "%v", answers)
		}
		var data any
		require.NoError(t, yaml.Unmarshal(text, &data))
		require.NoError(t, schema.Validate(data), "%v", answers)
	}
	for _, session := range by["session"].Accepted {
		for _, stickiness := range by["stickiness"].Accepted {
			for _, client := range by["client"].Accepted {
				for i, fault := range by["fault"].Accepted {
					if session != "jwt" && (client == "spa" || client == "phone") && i > 1 {
						break // whatever goes wrong, these have no cookie for it
					}
					// These two have no say in what goes together: each in turn.
					n := written + refused
					policy, cache := by["balancer"].Accepted[n%4], by["cache"].Accepted[n/4%2]
					try(map[string]string{"session": session, "stickiness": stickiness, "client": client, "fault": fault, "balancer": policy, "cache": cache})
				}
			}
		}
	}
	require.Greater(t, written, 400)
	require.Greater(t, refused, 100)
	require.Len(t, faults, len(by["fault"].Accepted), "a fault that no answers go together with")
}

// What is expected is measured: no run of the default answers, with any fault, is
// unknown, and what fails fails for its fault.
func TestRunsSaySomething(t *testing.T) {
	for name, c := range map[string]struct {
		answers map[string]string
		want    []result.Outcome // undisturbed, and with the fault
	}{
		"default":           {nil, []result.Outcome{result.Pass, result.Pass}},
		"memory":            {map[string]string{"session": "memory"}, []result.Outcome{result.Fail, result.Fail}},
		"sticky":            {map[string]string{"session": "memory", "stickiness": "lb_cookie"}, []result.Outcome{result.Pass, result.Fail}},
		"follows a cookie":  {map[string]string{"session": "memory", "stickiness": "app_cookie", "fault": "none"}, []result.Outcome{result.Pass}},
		"tokens":            {map[string]string{"session": "jwt", "fault": "clock-skew"}, []result.Outcome{result.Pass, result.Fail}},
		"tokens in cookies": {map[string]string{"session": "jwt", "client": "browser", "stickiness": "app_cookie", "fault": "key-mismatch"}, []result.Outcome{result.Pass, result.Fail}},
		"cut":               {map[string]string{"fault": "connection-cut"}, []result.Outcome{result.Pass, result.Pass}},
		"phones":            {map[string]string{"session": "jwt", "client": "phone", "fault": "app-restart"}, []result.Outcome{result.Pass, result.Pass}},
		"failover":          {map[string]string{"fault": "store-failover", "cache": "yes", "nodes": "4"}, []result.Outcome{result.Pass, result.Fail}},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := starter.Write("my.yaml", c.answers)
			require.NoError(t, err)
			s, err := scenario.Parse("my.yaml", text)
			require.NoError(t, err)
			var got []result.Outcome
			for _, v := range s.Variants {
				p, err := plan.Build(s, v.Name, plan.Options{Seed: 1, Users: 60})
				require.NoError(t, err)
				j, err := run.Run(t.Context(), run.Options{Plan: p, Substrate: &sim.Substrate{}, Dir: t.TempDir()})
				require.NoError(t, err)
				require.NotEqual(t, result.Unknown, j.Result.Outcome, j.Result.Why)
				got = append(got, j.Result.Outcome)
			}
			require.Equal(t, c.want, got)
		})
	}
}

// Wherever sessions are, what can go wrong does so: no run is unknown, and what
// nothing goes wrong with is as expected or fails for sessions that other nodes do
// not know.
func TestEveryFaultSaysSomething(t *testing.T) {
	by := choices(t)
	runs := 0
	for _, session := range by["session"].Accepted {
		open, err := by["fault"].Beside(map[string]string{"session": session})
		require.NoError(t, err)
		for _, fault := range open.Accepted {
			answers := map[string]string{"session": session, "fault": fault}
			if session == "memory" {
				answers["stickiness"] = "lb_cookie" // else nobody stays logged in anyhow
			}
			text, err := starter.Write("my.yaml", answers)
			require.NoError(t, err)
			s, err := scenario.Parse("my.yaml", text)
			require.NoError(t, err)
			v := s.Variants[len(s.Variants)-1]
			p, err := plan.Build(s, v.Name, plan.Options{Seed: 1, Limits: run.LimitsOf(&sim.Substrate{})})
			require.NoError(t, err)
			j, err := run.Watch(t.Context(), &sim.Substrate{}, run.Options{Plan: p})
			require.NoError(t, err)
			require.NotEqual(t, result.Unknown, j.Result.Outcome, "%v: %s", answers, j.Result.Why)
			if fault == scenario.NoFault {
				require.Equal(t, result.Pass, j.Result.Outcome, "%v: %s", answers, j.Result.Why)
			}
			runs++
		}
	}
	require.Greater(t, runs, 60)
}

func TestBadAnswers(t *testing.T) {
	for want, answers := range map[string]map[string]string{
		`session "cookies": accepted are memory, redis, memcached, jwt`: {"session": "cookies"},
		`nodes "0": accepted are whole numbers from 1 to 64`:            {"nodes": "0"},
		`cache "true": accepted are no, yes`:                            {"cache": "true"},
		`--session redis and --fault key-mismatch do not go together: key_mismatch without keys: sessions in redis are not signed; with --fault key-mismatch goes --session jwt`: {"session": "redis", "cache": "yes", "fault": "key-mismatch"},
		`--session memcached and --client phone do not go together: a phone presents bearer tokens`:                                                                              {"session": "memcached", "client": "phone", "fault": "node-kill"},
		`--client spa and --stickiness app_cookie do not go together: app_cookie stickiness follows a cookie of the application's`:                                               {"client": "spa", "stickiness": "app_cookie"},
		`--session memcached and --fault store-failover do not go together: store_failover, but the store has no replica`:                                                        {"session": "memcached", "fault": "store-failover"},
		`--nodes 2 and --fault scale-in do not go together: scale to 2, but nodes is 2 already`:                                                                                  {"nodes": "2", "fault": "scale-in"},
		`client "moon": accepted are auto, browser, spa, phone`:                                                                                                                  {"client": "moon"},
	} {
		_, err := starter.Write("my.yaml", answers)
		require.ErrorContains(t, err, want)
	}
}

// What is missing is as it goes with what is there.
func TestTheRestFollows(t *testing.T) {
	for name, c := range map[string]struct {
		answers       map[string]string
		kind, clients string
	}{
		"nothing is said":    {nil, "redis", "browser"},
		"a fault of keys":    {map[string]string{"fault": "key-mismatch"}, "jwt", "spa"},
		"phones":             {map[string]string{"client": "phone"}, "jwt", "phone"},
		"a cookie to follow": {map[string]string{"session": "jwt", "stickiness": "app_cookie"}, "jwt", "browser"},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := starter.Write("my.yaml", c.answers)
			require.NoError(t, err)
			s, err := scenario.Parse("my.yaml", text)
			require.NoError(t, err)
			got := s.Variants[0].Architecture
			require.Equal(t, []string{c.kind, c.clients}, []string{got.Session.Kind, got.Client.Kind})
		})
	}
}

// A fault is on a node that there is.
func TestOneNode(t *testing.T) {
	text, err := starter.Write("my.yaml", map[string]string{"nodes": "1"})
	require.NoError(t, err)
	require.Contains(t, string(text), "{node_kill: {node: app-1}")
}

func TestNames(t *testing.T) {
	for file, want := range map[string]string{
		"scenario.yaml": "scenario", "ci/My Shop.yml": "my-shop", "Ünïcode.yaml": "n-code", "7.yaml": "scenario-7", "---.yaml": "scenario", "no.yaml": "scenario-no",
		strings.Repeat("a", 99) + ".yaml": strings.Repeat("a", 60),
	} {
		require.Equal(t, want, starter.Name(file))
		_, err := starter.Write(file, nil)
		require.NoError(t, err, file)
	}
}
