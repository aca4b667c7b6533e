package scenario_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

func TestScriptsComeInOrder(t *testing.T) {
	s := parse(t, string(read(t, "testdata/good/script.yaml")))
	require.Equal(t, uint64(18446744073709551615), *s.Seed)
	require.Equal(t, []scenario.Action{
		{User: 1, At: 10 * time.Second, Do: "login", Line: 10, Col: 7},
		{User: 1, At: 40 * time.Second, Do: "logout", Line: 9, Col: 7},
		{User: 1, At: 50 * time.Second, Do: "replay", Page: 1, Line: 11, Col: 7},
		{User: 2, At: 29 * time.Second, Do: "login", Line: 8, Col: 7},
		{User: 2, At: 30 * time.Second, Do: "page", Page: 3, Line: 7, Col: 7},
	}, s.Variants[0].Script)
	require.Equal(t, 2, s.Variants[0].Workload.Users)
	require.Equal(t, 1, s.Variants[1].Workload.Users)
}

func TestSeeds(t *testing.T) {
	const least = "architecture: {session: {kind: memory}}\nvariants: {a: {expect: [{errors: 0}]}}\n"
	pinned, free := parse(t, "scenario: x\nseed: 0\n"+least), parse(t, "scenario: x\n"+least)
	require.Zero(t, pinned.SeedOr1())
	require.Equal(t, uint64(1), free.SeedOr1())
	require.Nil(t, free.Seed)
	for _, seed := range []string{"one", "1.5", "18446744073709551616", "", "[1]"} {
		_, err := scenario.Parse("x.yaml", []byte("scenario: x\nseed: "+seed+"\n"+least))
		require.ErrorContains(t, err, "x.yaml:2:", seed)
		require.ErrorContains(t, err, "seed is no whole number", seed)
	}
}

// TestWritten: what is written of a variant is read as the same.
func TestWritten(t *testing.T) {
	for _, name := range files(t, "testdata/good/*.yaml") {
		s := parse(t, string(read(t, name)))
		for _, v := range s.Variants {
			again := parse(t, string(s.Text(v, "one\ntwo")))
			require.Equal(t, s.Seed, again.Seed)
			got := again.Variants[0]
			require.Equal(t, v.Architecture, got.Architecture, name)
			require.Equal(t, v.Workload, got.Workload, name)
			require.Equal(t, texts(v.Script), texts(got.Script), name)
			require.Equal(t, texts(v.Expect), texts(got.Expect), name)
			require.Len(t, got.Faults, len(v.Faults))
			for i, f := range v.Faults {
				f.Line, f.Col = got.Faults[i].Line, got.Faults[i].Col
				require.Equal(t, f, got.Faults[i], name)
			}
		}
	}
}

func texts[T fmt.Stringer](all []T) (out []string) {
	for _, one := range all {
		out = append(out, one.String())
	}
	return out
}
