package scenarios_test

import (
	"path"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/loopback"
	"github.com/logoutlab/logoutlab/scenarios"
)

// TestCatalogue: every scenario is sound, shows its bug first, and has a cure.
func TestCatalogue(t *testing.T) {
	require.Subset(t, scenarios.Names(), []string{
		"culprits/control", "culprits/memory-sessions", "culprits/clock-skew", "culprits/key-mismatch", "culprits/key-rotation",
		"culprits/local-blacklist", "culprits/node-kill", "culprits/connection-cut", "culprits/refresh-race", "culprits/cached-401",
	})
	sub := &loopback.Substrate{}
	for _, name := range scenarios.Names() {
		t.Run(name, func(t *testing.T) {
			src, err := scenarios.Source(name)
			require.NoError(t, err)
			s, err := scenario.Parse(name, src)
			require.NoError(t, err)
			require.Equal(t, path.Base(name), s.Name, "a file is called like its scenario")
			require.NotEmpty(t, s.Title)
			require.NotEmpty(t, s.Culprit)
			if s.Name != "control" {
				require.Len(t, s.About.Topics(), 4, "about: says what the user sees, why, how to confirm it, and what cures it")
			}
			cured := 0
			for _, v := range s.Variants {
				require.NotEmpty(t, v.Title, v.Name)
				p, err := plan.Build(s, v.Name, plan.Options{Seed: 1, Limits: sub.Limits()})
				require.NoError(t, err)
				require.NoError(t, sub.Check(p.Variant))
				if promises(v) {
					cured++
				}
			}
			require.NotZero(t, cured, "no variant promises zero spurious logouts and zero ghosts")
			if s.Name == "control" {
				require.Len(t, s.Variants, cured)
				p, err := plan.Build(s, "tokens", plan.Options{Seed: 1, Users: 800, Limits: sub.Limits()})
				require.NoError(t, err)
				require.GreaterOrEqual(t, p.Count(), 20_000, "as make control runs it, five times")
				return
			}
			require.Equal(t, "broken", s.Variants[0].Name)
			require.NotEmpty(t, s.Variants[0].Expect[0].Cause, "the bug is shown with its cause")
		})
	}
}

// promises reports whether a variant expects neither logouts nor ghosts of our
// own balancer.
func promises(v scenario.Variant) bool {
	zero := map[string]bool{}
	for _, e := range v.Expect {
		if e.For("") {
			zero[e.Metric] = e.Bound.String() == "0"
		}
	}
	return zero["spurious_logouts"] && zero["ghost_sessions"]
}

func TestResolve(t *testing.T) {
	for arg, want := range map[string][2]string{
		"culprits/clock-skew":        {"culprits/clock-skew", ""},
		"clock-skew":                 {"culprits/clock-skew", ""},
		"clock-skew/broken":          {"culprits/clock-skew", "broken"},
		"culprits/clock-skew/broken": {"culprits/clock-skew", "broken"},
	} {
		name, variant, ok := scenarios.Resolve(arg)
		require.True(t, ok, arg)
		require.Equal(t, want, [2]string{name, variant})
	}
	for _, arg := range []string{"", "clock", "clock-skew/", "clock-skew/a/b", "culprits"} {
		_, _, ok := scenarios.Resolve(arg)
		require.False(t, ok, arg)
	}
}
