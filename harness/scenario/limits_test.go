package scenario_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

func TestAFileTooLongIsNotEvenParsed(t *testing.T) {
	_, err := scenario.Parse("long.yaml", []byte(strings.Repeat("#", 70_000)))
	require.ErrorContains(t, err, "long.yaml:1:1: the file is too long for a scenario (accepted: up to 65536 bytes)")
}

// Nine lists of nine aliases each would be hundreds of millions of entries.
func TestAliasesThatMultiplyAreCutShort(t *testing.T) {
	var b strings.Builder
	b.WriteString("scenario: &a {x: 1}\n")
	for c := 'b'; c <= 'j'; c++ {
		b.WriteString("k" + string(c) + ": &" + string(c) + " {<<: [" + strings.Repeat("*"+string(c-1)+", ", 9) + "]}\n")
	}
	b.WriteString("architecture: *j\nvariants: {}\n")
	_, err := scenario.Parse("laughs.yaml", []byte(b.String()))
	require.ErrorContains(t, err, "more than 10000 entries, aliases included")
}

func TestFaultsInWords(t *testing.T) {
	v := parse(t, string(read(t, "testdata/good/every-fault.yaml"))).Variants[0]
	words := map[string]map[string]string{}
	for _, f := range v.Faults {
		words[f.Name] = f.Words()
		if f.Params.Idle == 0 && f.Name == "connection_cut" {
			require.Equal(t, map[string]string{"node": "all", "every": "10s"}, f.Words(), "what is not there has no word")
		}
	}
	require.Equal(t, map[string]string{"node": "app-2", "every": "0s", "idle": "5m50s"}, words["connection_cut"])
	require.Equal(t, map[string]string{"node": "all", "offset": "-1m30s"}, words["clock_jump"])
	require.Equal(t, map[string]string{"node": "app-1", "key": "empty"}, words["key_mismatch"])
	require.Equal(t, map[string]string{"node": "app-3", "drain": "true"}, words["node_stop"])
	require.Equal(t, map[string]string{"node": "app-1", "down": "3s", "every": "1m", "drain": "false"}, words["node_restart"])
	require.Empty(t, words["store_down"])
}

func TestVariantsByName(t *testing.T) {
	s := parse(t, string(read(t, "testdata/good/clock-skew.yaml")))
	v, ok := s.Variant("redis")
	require.True(t, ok)
	require.Equal(t, "redis", v.Name)
	_, ok = s.Variant("none")
	require.False(t, ok)
	require.Equal(t, "broken, leeway-60s, redis", s.VariantNames())
	require.True(t, s.Variants[0].Expect[0].Bound.Share())
	require.False(t, v.Expect[0].Bound.Share())
}
