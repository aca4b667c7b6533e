package scenarios_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/scenarios"
)

// TestEveryVariantCanBeWrittenAlone: what is written is read as the same.
func TestEveryVariantCanBeWrittenAlone(t *testing.T) {
	for _, name := range scenarios.Names() {
		source, err := scenarios.Source(name)
		require.NoError(t, err)
		s, err := scenario.Parse(name, source)
		require.NoError(t, err)
		for _, v := range s.Variants {
			seed := uint64(7)
			s.Seed = &seed
			text := s.Text(v, "one\ntwo")
			again, err := scenario.Parse(name, text)
			require.NoError(t, err, "%s", text)
			require.Equal(t, []string{s.Name, s.Title, s.Culprit}, []string{again.Name, again.Title, again.Culprit})
			require.Equal(t, s.About, again.About)
			require.Equal(t, seed, *again.Seed)
			require.Len(t, again.Variants, 1)
			require.Equal(t, bare(v), bare(again.Variants[0]), "%s", text)
		}
	}
}

// bare is a variant without its places in the file.
func bare(v scenario.Variant) scenario.Variant {
	v = v.Clone()
	for i := range v.Faults {
		v.Faults[i].Line, v.Faults[i].Col = 0, 0
	}
	for i := range v.Expect {
		v.Expect[i].Line, v.Expect[i].Col = 0, 0
	}
	return scenario.Variant{Name: v.Name, Title: v.Title, Architecture: v.Architecture, Workload: v.Workload, Faults: v.Faults, Expect: v.Expect}
}
