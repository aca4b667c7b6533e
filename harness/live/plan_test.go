package live

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/container"
)

// The store's clock can be set off where the variant itself would do it.
func TestStoreClockIsPreparedFor(t *testing.T) {
	s, err := scenario.Parse("x.yaml", []byte(`
scenario: x
architecture: {session: {kind: redis}}
variants:
  plain: {expect: [{spurious_logouts: 0}]}
  skewed: {faults: [{clock_skew: {node: store, offset: +1h}}], expect: [{spurious_logouts: 0}]}
`))
	require.NoError(t, err)
	on := &container.Substrate{}
	for variant, want := range map[string]string{"plain": "the store's clock was not prepared: bring up a variant", "skewed": ""} {
		p, err := Plan(s, variant, 1, on, false)
		require.NoError(t, err)
		if _, err = parse(p, on, "clock_jump: {node: store, offset: -5m}", nil); want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, want)
	}
}
