package history

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestIssues(t *testing.T) {
	x := NewIssues(1)
	x.Add(&Event{Type: Decision, At: 10, Clock: 15, Node: "app-1", Boot: 1, User: 7, Op: OpLogin, Accept: true, Issued: "fam", NewTok: "a1", NewRT: "r1", KeyFP: "k"})
	x.Add(&Event{Type: Decision, At: 20, Clock: 20, Node: "app-2", Boot: 2, User: 7, Op: OpPage, Accept: true, Session: "fam", Token: "a1"})
	require.Equal(t, &Issue{Node: "app-1", Boot: 1, At: 10, Offset: 5, KeyFP: "k", User: 7, Session: "fam"}, x.Of("fam"),
		"an access token's acceptance does not show that the store is shared")
	x.Add(&Event{Type: Decision, At: 30, Clock: 30, Node: "app-2", Boot: 2, User: 7, Op: OpRefresh, Accept: true, Session: "fam", Token: "r1", Issued: "fam", NewTok: "a2", NewRT: "r2"})
	require.True(t, x.Of("fam").Elsewhere)
	require.Equal(t, "app-1", x.Of("fam").Node, "a renewal does not move the family")
	require.Equal(t, "app-2", x.Of("a2").Node)
	require.Same(t, x.Of("a2"), x.Of("r2"))
	require.Nil(t, x.Of(""))
	require.Nil(t, x.Of("other"))
}

func TestIssuesAreBounded(t *testing.T) {
	x := NewIssues(1)
	x.Add(&Event{Type: Decision, Issued: "kept"})
	for i := range uint64(5 * x.limit) {
		x.Add(&Event{Type: Decision, At: time.Duration(i), Issued: Ref64(i + 1)})
		if i%uint64(x.limit/4) == 0 {
			require.NotNil(t, x.Of("kept"), "what is in use stays")
		}
	}
	require.LessOrEqual(t, len(x.young)+len(x.old), 2*x.limit)
	require.Nil(t, x.Of(Ref64(1)))
}
