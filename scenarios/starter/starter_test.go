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
			require.Contains(t, err.Error(), "do not go together: ", "%v", answers)
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
				for _, fault := range by["fault"].Accepted {
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

func TestBadAnswers(t *testing.T) {
	for want, answers := range map[string]map[string]string{
		`session "cookies": accepted are memory, redis, memcached, jwt`: {"session": "cookies"},
		`nodes "0": accepted are whole numbers from 1 to 64`:            {"nodes": "0"},
		`cache "true": accepted are no, yes`:                            {"cache": "true"},
		`key_mismatch without keys: sessions in redis are not signed`:   {"fault": "key-mismatch"},
		`(add client.kind: browser where session.kind is set)`:          {"client": "phone"},
		`app_cookie stickiness follows a cookie of the application's`:   {"session": "jwt", "stickiness": "app_cookie"},
		`client "moon": accepted are auto, browser, spa, phone`:         {"client": "moon"},
	} {
		_, err := starter.Write("my.yaml", answers)
		require.ErrorContains(t, err, want)
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
