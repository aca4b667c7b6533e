package result

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/oracle"
)

// Each node that let somebody in is a hole of its own.
func TestSecurity(t *testing.T) {
	in := func(node string, user int) oracle.Finding {
		return oracle.Finding{Verdict: oracle.WrongIdentity, Cause: oracle.ForgedToken, Node: node, User: user}
	}
	got := security(&oracle.Judgement{Forged: 20, Findings: []oracle.Finding{
		in("app-2", 1), in("app-1", 1), {Verdict: oracle.WrongIdentity, Cause: oracle.CachedOtherUser, User: 3}, in("app-2", 1), in("app-2", 4),
	}})
	for i, want := range []Security{
		{Finding: "forged_token", Node: "app-1", Accepted: 1, Tried: 20, Users: 1},
		{Finding: "forged_token", Node: "app-2", Accepted: 3, Tried: 20, Users: 2},
	} {
		require.Contains(t, got[i].Text, want.Node+" let somebody with a forged token in, in ")
		want.Text = got[i].Text
		require.Equal(t, want, got[i])
	}
	require.Len(t, got, 2)
	require.Empty(t, security(&oracle.Judgement{Forged: 20}))
}
