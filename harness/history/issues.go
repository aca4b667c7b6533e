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
	// Ended is the node that handled its logout and refuses it since; the
	// others may or may not.
	Ended struct {
		Node  string
		Boot  int
		At    time.Duration
		Again bool // another node has handled a logout of it too
	}

	used  Stamp         // of the latest page that its session opened
	end   time.Duration // of the session, by the clock of the node that found it then
	moves bool          // its end moves with its use
}

// Stamp is a moment on a node's clock: who read it, when, and how far it was
// off.
type Stamp struct {
	Node   string
	At     time.Duration // on the harness's clock
	Offset time.Duration // the node's clock minus the harness's
}

// Grounds is whose clock set the end of what e was decided on: the issuer's, or
// of a session whose end moves with its use, the latest user's before e. Call it
// before e itself is added.
func (i *Issue) Grounds(e *Event) Stamp {
	if e.Token == "" && i.used.Node != "" && (i.moves || e.Clock+e.ExpIn != i.end) {
		return i.used
	}
	return Stamp{i.Node, i.At, i.Offset}
}

// use takes note of a page that a session opened.
func (i *Issue) use(e *Event) {
	end := e.Clock + e.ExpIn
	i.moves = i.moves || i.end != 0 && end != i.end
	i.end, i.used = end, Stamp{e.Node, e.At, e.Clock - e.At}
}

// Issues joins decisions to the decisions that issued what they present. It
// remembers a bounded number of sessions and tokens: the latest issued, and
// those that were asked for lately.
type Issues struct {
	young, old map[string]*Issue
	limit      int

	sharesSessions, sharesRevocations, sharesLogouts bool
}

// SharesSessions reports whether the nodes have one store of sessions or token
// families: some node has found one that another issued.
func (x *Issues) SharesSessions() bool { return x.sharesSessions }

// SharesRevocations reports whether the nodes have one store of revocations:
// some node has refused what another one revoked.
func (x *Issues) SharesRevocations() bool { return x.sharesRevocations }

// SharesLogouts reports whether the nodes have one store of sessions, as far as
// logouts tell: some node has ended a session that another issued.
func (x *Issues) SharesLogouts() bool { return x.sharesLogouts }

// NewIssues makes an index that fits the given number of users.
func NewIssues(users int) *Issues {
	const atLeast, perUser = 1 << 15, 64
	return &Issues{
		young: map[string]*Issue{}, old: map[string]*Issue{},
		limit: max(atLeast, perUser*min(users, 1<<20)),
	}
}

// Add takes note of a decision: of what it issued, of a session that was found
// in the store of another node than its own, and of one whose life it extended.
func (x *Issues) Add(e *Event) {
	if e.Type != Decision {
		return
	}
	// A logout is accepted even by a node that does not know the session.
	if e.Accept && e.Reason != ReasonUnknownSess && e.Session != "" && (e.Token == "" || e.Op == OpRefresh) {
		if s := x.Of(e.Session); s != nil {
			s.Elsewhere = s.Elsewhere || s.Node != e.Node
			x.sharesSessions = x.sharesSessions || s.Elsewhere
			if e.Op == OpPage && e.ExpIn != 0 {
				s.use(e)
			}
		}
	}
	switch e.Reason {
	case ReasonRevoked, ReasonUserRevoked, ReasonIssuedBefore:
		x.revoked(e)
	}
	if e.Ended {
		x.end(e)
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

// end takes note of a logout that ended what was presented: the session, or the
// token alone.
func (x *Issues) end(e *Event) {
	if i := x.presented(e); i != nil {
		x.sharesLogouts = x.sharesLogouts || e.Token == "" && i.Node != e.Node
		i.Ended.Again = i.Ended.Again || i.Ended.Node != "" && i.Ended.Node != e.Node
		i.Ended.Node, i.Ended.Boot, i.Ended.At = e.Node, e.Boot, e.At
	}
}

// revoked takes note of a refusal of what one node, and no other, has revoked.
func (x *Issues) revoked(e *Event) {
	if i := x.presented(e); i != nil && i.Ended.Node != "" && !i.Ended.Again {
		x.sharesRevocations = x.sharesRevocations || i.Ended.Node != e.Node
	}
}

// presented is the token that a decision was on, or the session if there is
// none.
func (x *Issues) presented(e *Event) *Issue {
	if e.Token != "" {
		return x.Of(e.Token)
	}
	return x.Of(e.Session)
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
