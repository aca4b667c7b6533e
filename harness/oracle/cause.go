package oracle

import "time"

// cause is why a finding came to be. What later events still decide (whether
// the node that held a session was already dead, whether a key was retired) is
// kept open and resolved at the end of the history.
type cause struct {
	name    string
	culprit string // the node at fault; "" if the evidence names none
	// open: a session issued on this life of a node was not known elsewhere.
	node string
	boot int
	at   time.Duration
	// open: a token signed with this key was not accepted, on node.
	key string
}

// provisional names the cause as far as it is known, to tell the first finding
// of each.
func (c cause) provisional() string {
	switch {
	case c.name != "":
		return c.name
	case c.key != "":
		return "\x00key " + c.key
	}
	return "\x00node " + c.node
}

// resolve settles what was open, and says what settled it.
func (f *Fold) resolve(c cause) (settled cause, why string) {
	switch {
	case c.name != "":
		return c, ""
	case c.key != "":
		settled.name, why = f.keys.cause(c.key, c.node)
		if settled.name == KeyMismatch {
			settled.culprit = f.keys.oddOneOut()
		}
		return settled, why
	case c.node != "" && f.issues.SharesSessions():
		return cause{name: StoreEvicted}, "nodes find each other's sessions: the store is shared, and no longer has this one"
	case c.node != "":
		if f.nodes.goneAt(c.node, c.boot, c.at) {
			why = c.node + " had stopped, died or restarted since"
			if of := f.nodes.diedOf(c.node, c.boot); of != "" {
				why = c.node + " had died since: " + of
			}
			return cause{name: SessionLost, culprit: c.node}, why
		}
		return cause{name: SessionNotOnNode}, "nothing says that " + c.node + " has stopped, died or restarted since"
	}
	return cause{}, ""
}

// Judgement ends the fold: actions that are under way are unknown, and what
// was left open is settled with all that is known. Call it once.
func (f *Fold) Judgement() *Judgement {
	f.settleWaiting(f.j.Last, true)
	f.endUnfinished()
	for i := range f.j.Findings {
		x := &f.j.Findings[i]
		c, why := f.resolve(f.causes[i])
		name := c.name
		x.Cause, x.Culprit = name, c.culprit
		if why != "" {
			x.Evidence = append(x.Evidence, why)
		}
		switch x.Verdict {
		case SpuriousLogout:
			f.j.Causes[name]++
		case GhostSession:
			f.j.GhostCauses[name]++
		case WrongIdentity:
			f.j.IdentityCauses[name]++
		case Lockout:
			f.j.LockoutCauses[name]++
		}
	}
	f.tell()
	return f.j
}
