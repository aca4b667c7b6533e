package history

import "time"

// Issue is what is known of a session or token from the decision that issued
// it.
type Issue struct {
	Node    string
	Boot    int           // which start of the node issued it
	At      time.Duration // when, on the harness's clock
	Offset  time.Duration // the node's clock minus the harness's at that moment
	Kid     string
	KeyFP   string // fingerprint of the key that it was signed with
	User    int
	Session string // the session or token family that it belongs to
	// Elsewhere says that a node other than the issuer has since found the
	// session or family in its store: the store is shared.
	Elsewhere bool
}

// Issues joins decisions to the decisions that issued what they present. It
// remembers a bounded number of sessions and tokens: the latest issued, and
// those that were asked for lately.
type Issues struct {
	young, old map[string]*Issue
	limit      int
}

// NewIssues makes an index that fits the given number of users.
func NewIssues(users int) *Issues {
	const atLeast, perUser = 1 << 15, 64
	return &Issues{
		young: map[string]*Issue{}, old: map[string]*Issue{},
		limit: max(atLeast, perUser*min(users, 1<<20)),
	}
}

// Add takes note of a decision: of what it issued, and of a session that was
// found in the store of another node than its own.
func (x *Issues) Add(e *Event) {
	if e.Type != Decision {
		return
	}
	// A logout is accepted even by a node that does not know the session.
	if e.Accept && e.Reason != ReasonUnknownSess && e.Session != "" && (e.Token == "" || e.Op == OpRefresh) {
		if s := x.Of(e.Session); s != nil && s.Node != e.Node {
			s.Elsewhere = true
		}
	}
	if e.Issued == "" && e.NewTok == "" && e.NewRT == "" {
		return
	}
	i := Issue{
		Node: e.Node, Boot: e.Boot, At: e.At, Offset: e.Clock - e.At,
		Kid: e.Kid, KeyFP: e.KeyFP, User: e.User, Session: e.Issued,
	}
	if e.Issued != "" && x.Of(e.Issued) == nil { // a renewal names its old family
		session := i
		x.put(e.Issued, &session)
	}
	if e.NewTok != "" || e.NewRT != "" {
		x.put(e.NewTok, &i)
		x.put(e.NewRT, &i)
	}
}

// Of returns what is known of a session or token by its reference; nil if it
// is unknown. The result stays the index's own.
func (x *Issues) Of(ref string) *Issue {
	if i, ok := x.young[ref]; ok {
		return i
	}
	i := x.old[ref]
	if i != nil {
		x.put(ref, i)
	}
	return i
}

func (x *Issues) put(ref string, i *Issue) {
	if ref == "" {
		return
	}
	if len(x.young) >= x.limit {
		x.old, x.young = x.young, make(map[string]*Issue, len(x.young)/4)
	}
	x.young[ref] = i
}
