package scenario_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

const twoSets = `faults:
  gone:
    title: A node is gone
    inject:
      - {node_kill: {node: app-2}, at: 1m, for: 30s}
      - {clock_skew: {node: app-1, offset: +25s}, at: 2m}
  keys:
    inject:
      - {key_rotation: {}, at: 1m}
`

func TestFaultSets(t *testing.T) {
	sets, err := scenario.ParseFaultSets("f.yaml", []byte(twoSets))
	require.NoError(t, err)
	require.Len(t, sets, 2)
	require.Equal(t, "A node is gone", sets[0].Title)
	require.Equal(t, []string{"node_kill", "clock_skew"}, sets[0].Faults())
	require.Equal(t, 2*time.Minute, sets[0].Latest())
	require.Equal(t, "keys", sets[1].Title, "without a title it has its name's")

	s, err := scenario.Parse("s.yaml", []byte("scenario: s\narchitecture: {nodes: 2, session: {kind: memory}}\nworkload: {users: 5, duration: 5m}\nvariants: {a: {faults: [{node_stop: {node: app-1}, at: 1m}], expect: [{spurious_logouts: 0}]}}\n"))
	require.NoError(t, err)
	v, err := sets[0].On(s.Variants[0])
	require.NoError(t, err)
	require.Len(t, v.Faults, 2, "in place of its own")
	require.Equal(t, "node_kill", v.Faults[0].Name)
	require.Len(t, s.Variants[0].Faults, 1, "the variant itself stays as it is")

	for range 2 { // said as often as it is asked
		_, err = sets[1].On(s.Variants[0])
		require.EqualError(t, err, "f.yaml:9:10: key_rotation without keys: sessions in memory are not signed (hint: it needs session.kind: jwt)")
		require.Equal(t, "key_rotation without keys: sessions in memory are not signed", err.(scenario.Errors).Reasons())
	}
}

// TestFaultSetOnFewerNodes: the catalogue's faults are on a node that there is, a
// user's own where they say, and only what an architecture lacks is told apart
// from what is wrong.
func TestFaultSetOnFewerNodes(t *testing.T) {
	sets, err := scenario.ParseFaultSets("f.yaml", []byte("faults:\n  kill: {inject: [{node_kill: {node: app-2}, at: 1m}]}\n  cut: {inject: [{partition: {between: [balancer, app-2]}, at: 1m}]}\n  store: {inject: [{partition: {between: [app-1, store]}, at: 1m}]}\n"))
	require.NoError(t, err)
	s, err := scenario.Parse("s.yaml", []byte("scenario: s\narchitecture: {nodes: 1, session: {kind: memory}}\nworkload: {users: 5, duration: 5m}\nvariants: {a: {expect: [{spurious_logouts: 0}]}}\n"))
	require.NoError(t, err)
	kill, err := sets[0].On(s.Variants[0])
	require.NoError(t, err)
	require.Equal(t, 0, kill.Faults[0].Params.Node)
	cut, err := sets[1].On(s.Variants[0])
	require.NoError(t, err)
	require.Equal(t, scenario.Pair{"balancer", "app-1"}, cut.Faults[0].Params.Between)
	for i, want := range []string{"f.yaml:2:38: node_kill on app-2, but nodes is 1 (accepted: app-1 or all)", "f.yaml:3:40: partition [balancer, app-2]: nodes is 1 (accepted: app-1 or nodes)"} {
		sets[i].Own = true
		_, err = sets[i].On(s.Variants[0])
		require.EqualError(t, err, want)
		require.False(t, err.(scenario.Errors).Lacking())
	}
	_, err = sets[2].On(s.Variants[0])
	require.True(t, err.(scenario.Errors).Lacking())
}

func TestFaultSetErrors(t *testing.T) {
	for src, want := range map[string]string{
		"":                               "f.yaml:1:1: the file is empty",
		"columns: {}":                    "f.yaml:1:1: unknown field columns in the file (accepted: faults)",
		"faults: {}":                     "f.yaml:1:1: faults is empty",
		"faults: [1]":                    "f.yaml:1:1: faults is a list (accepted: a mapping)",
		"faults:\n  Bad: {inject: []}":   `f.yaml:2:3: "Bad" is not a name`,
		"faults:\n  none: {inject: []}":  `f.yaml:2:3: "none" stands for no faults at all`,
		"faults:\n  a: {title: x}":       "f.yaml:2:3: a injects nothing",
		"faults:\n  a: {inject: []}":     "f.yaml:2:7: a injects nothing",
		"faults:\n  a: {inject: [same]}": "f.yaml:2:16: `same` stands for the first variant's faults",
		"faults:\n  a: {inject: [{node_kil: {node: app-1}}]}":            "f.yaml:2:17: unknown fault node_kil",
		"faults:\n  a: {inject: [{node_kill: {node: app-1, color: 1}}]}": "f.yaml:2:42: node_kill has no setting color (accepted: node)",
	} {
		_, err := scenario.ParseFaultSets("f.yaml", []byte(src))
		require.ErrorContains(t, err, want, "%q", src)
	}
}

// FuzzFaultSets: whatever a file holds, it is read or refused with its place; and
// what is read fits a variant, or not, with a reason.
func FuzzFaultSets(f *testing.F) {
	f.Add([]byte(twoSets))
	f.Add([]byte("faults: {a: {inject: [{partition: {between: [balancer, app-9]}, at: 1h}]}}"))
	s, err := scenario.Parse("s.yaml", []byte("scenario: s\narchitecture: {nodes: 2, session: {kind: redis}}\nworkload: {users: 5, duration: 5m}\nvariants: {a: {expect: [{spurious_logouts: 0}]}}\n"))
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, src []byte) {
		sets, err := scenario.ParseFaultSets("f.yaml", src)
		if err != nil {
			require.NotEmpty(t, err.(scenario.Errors))
			require.Empty(t, sets)
			return
		}
		for _, set := range sets {
			require.NotEmpty(t, set.Faults())
			if v, err := set.On(s.Variants[0]); err == nil {
				require.Len(t, v.Faults, len(set.Faults()))
			}
		}
	})
}
