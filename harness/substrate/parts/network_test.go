package parts_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

// TestCheckNetwork: a speed that the file gives is refused where it stands, even
// that of the default; one that it leaves out is not.
func TestCheckNetwork(t *testing.T) {
	for network, want := range map[string][]string{
		"{}":                         nil,
		"{user: 20ms}":               {"network.user (line 2, column 57)"},
		"{user: 1ms, internal: 2ms}": {"network.user (line 2, column 57)", "network.internal (line 2, column 72)"},
		"{internal: 0s}":             {"network.internal (line 2, column 61)", "--substrate sim"},
	} {
		s, err := scenario.Parse("n.yaml", []byte("scenario: n\narchitecture: {session: {kind: memory}, network: "+network+"}\nvariants: {broken: {expect: [{spurious_logouts: 0}]}}\n"))
		require.NoError(t, err)
		err = parts.CheckNetwork(s.Variants[0])
		if want == nil {
			require.NoError(t, err)
		}
		for _, w := range want {
			require.ErrorContains(t, err, w)
		}
	}
}
