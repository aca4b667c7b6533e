package loopback

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/fault"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// TestEveryMechanismIsTold: of each fault that this substrate has, and no other.
func TestEveryMechanismIsTold(t *testing.T) {
	for _, name := range fault.All().Names() {
		f := scenario.Fault{Name: name}
		has := fault.All().Check([]scenario.Fault{f}, (*Cluster)(nil)) == nil
		require.Equal(t, has, (*Cluster)(nil).Mechanism(f) != "", name)
	}
	idle := scenario.Fault{Name: "connection_cut", Params: scenario.Params{Idle: 1}}
	require.Contains(t, (*Cluster)(nil).Mechanism(idle), "no request for so long")
}
