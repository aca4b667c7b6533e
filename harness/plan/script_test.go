package plan_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

const scripted = `scenario: scripted
architecture: {session: {kind: memory}}
workload:
  duration: 1m
  script:
    - {user: 3, at: 20s, do: page, page: 7}
    - {user: 1, at: 40s, do: logout}
    - {user: 1, at: 20s, do: login}
variants:
  broken: {expect: [{spurious_logouts: 0}]}
`

func follow(t *testing.T, text string, o plan.Options) (*plan.Plan, error) {
	t.Helper()
	s, err := scenario.Parse("scripted.yaml", []byte(text))
	require.NoError(t, err)
	return plan.Build(s, "broken", o)
}

// TestScripts: users do what the script says, compressed, whatever the seed.
func TestScripts(t *testing.T) {
	p, err := follow(t, scripted, plan.Options{Seed: 5, Compress: 10})
	require.NoError(t, err)
	require.Equal(t, []plan.Slot{
		{At: 2 * time.Second, User: 1, Kind: history.KindLogin},
		{At: 2 * time.Second, User: 3, Kind: history.KindPage, Page: 7},
		{At: 4 * time.Second, User: 1, Kind: history.KindLogout},
	}, p.Slots())
	require.Empty(t, slices.Collect(p.User(2)))
	require.Equal(t, 3, p.Variant.Workload.Users)

	short, err := follow(t, scripted, plan.Options{For: 30 * time.Second})
	require.NoError(t, err)
	require.Len(t, short.Slots(), 2, "what comes after the end is not done")
	_, err = follow(t, scripted, plan.Options{Users: 5})
	require.ErrorContains(t, err, "scripted.yaml:6:5: --users 5, but the script of variant broken says which users act (hint: leave --users out)")
}

// Pauses that nobody makes bound no compression.
func TestScriptsAreCompressed(t *testing.T) {
	p, err := follow(t, scripted, plan.Options{Limits: plan.Limits{Target: time.Second, MinThink: time.Minute}})
	require.NoError(t, err)
	require.Equal(t, 60.0, p.Compress)
}

func TestDigestOfAScript(t *testing.T) {
	first, err := follow(t, scripted, plan.Options{})
	require.NoError(t, err)
	other, err := follow(t, scripted[:len(scripted)-1]+"\nseed: 7\n", plan.Options{})
	require.NoError(t, err)
	require.Equal(t, first.Digest(), other.Digest(), "a pinned seed is the command's to use")
	other.Variant.Script[0].At++
	require.NotEqual(t, first.Digest(), other.Digest())
}
