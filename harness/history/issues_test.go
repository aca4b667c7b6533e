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
	require.False(t, x.SharesSessions())
	x.Add(&Event{Type: Decision, At: 30, Clock: 30, Node: "app-2", Boot: 2, User: 7, Op: OpRefresh, Accept: true, Session: "fam", Token: "r1", Issued: "fam", NewTok: "a2", NewRT: "r2"})
	require.True(t, x.Of("fam").Elsewhere)
	require.True(t, x.SharesSessions())
	require.Equal(t, "app-1", x.Of("fam").Node, "a renewal does not move the family")
	require.Equal(t, "app-2", x.Of("a2").Node)
	require.Same(t, x.Of("a2"), x.Of("r2"))
	require.Nil(t, x.Of(""))
	require.Nil(t, x.Of("other"))
}

// That a node refuses what it did not revoke itself shows that revocations are
// shared.
func TestSharedRevocations(t *testing.T) {
	logout := func(node string) *Event {
		return &Event{Type: Decision, Node: node, Op: OpLogout, Accept: true, Session: "f", Token: "a", Ended: true}
	}
	revoked := func(node string) *Event {
		return &Event{Type: Decision, Node: node, Op: OpPage, Reason: ReasonRevoked, Session: "f", Token: "a"}
	}
	for name, c := range map[string]struct {
		events []*Event
		want   bool
	}{
		"by itself":           {[]*Event{logout("app-1"), revoked("app-1")}, false},
		"by another":          {[]*Event{logout("app-1"), revoked("app-2")}, true},
		"logged out on both":  {[]*Event{logout("app-1"), logout("app-2"), revoked("app-1"), revoked("app-2")}, false},
		"after a reuse":       {[]*Event{revoked("app-2")}, false},
		"logged out later on": {[]*Event{revoked("app-2"), logout("app-1")}, false},
	} {
		x := NewIssues(1)
		x.Add(&Event{Type: Decision, Node: "app-1", Op: OpLogin, Accept: true, Issued: "f", NewTok: "a"})
		for _, e := range c.events {
			x.Add(e)
		}
		require.Equal(t, c.want, x.SharesRevocations(), name)
	}
}

// A session's end is set by its issuer, and again with each use if it has an
// idle life.
func TestGrounds(t *testing.T) {
	issuer, user := Stamp{"app-1", 10, 1}, Stamp{"app-2", 20, 5}
	page := func(at, end time.Duration) *Event {
		return &Event{Type: Decision, At: at, Clock: at + 5, Node: "app-2", Op: OpPage, Accept: true, Session: "s", ExpIn: end - at - 5}
	}
	for name, c := range map[string]struct {
		uses []*Event
		next *Event
		want Stamp
	}{
		"never used":         {nil, page(30, 100), issuer},
		"absolute":           {[]*Event{page(20, 100)}, page(30, 100), issuer},
		"idle":               {[]*Event{page(20, 100)}, page(30, 120), user},
		"idle, used at once": {[]*Event{page(15, 100), page(20, 110)}, page(30, 110), user},
		"a token":            {[]*Event{page(20, 100)}, &Event{Session: "s", Token: "a"}, issuer},
	} {
		x := NewIssues(1)
		x.Add(&Event{Type: Decision, At: 10, Clock: 11, Node: "app-1", Op: OpLogin, Accept: true, Issued: "s"})
		for _, e := range c.uses {
			x.Add(e)
		}
		require.Equal(t, c.want, x.Of("s").Grounds(c.next), name)
	}
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
