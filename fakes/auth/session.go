package auth

import "time"

func (n *Node) serveSession(req Request, now time.Duration) (Decision, Grant) {
	switch req.Op {
	case Login:
		return n.loginSession(req.User, now)
	case Page:
		return n.pageSession(req.Session, now), Grant{}
	case Logout:
		return n.logoutSession(req.Session, now), Grant{}
	default:
		if req.Refresh.IsZero() {
			return Decision{Reason: ReasonNoCredential}, Grant{}
		}
		return Decision{Reason: ReasonMalformed}, Grant{}
	}
}

func (n *Node) loginSession(user UserID, now time.Duration) (Decision, Grant) {
	d := Decision{User: user}
	s := Session{User: user, Created: now, Seen: now}
	s.Expires, _ = n.sessionEnd(s)
	id := SessionID(n.IDs.NewID())
	if err := n.Sessions.Save(id, s); err != nil {
		return reject(d, ReasonStoreDown), Grant{}
	}
	d.Accept = true
	g := Grant{Session: id}
	if s.Expires != 0 {
		g.ExpiresIn = s.Expires - now
	}
	return d, g
}

func (n *Node) pageSession(id SessionID, now time.Duration) Decision {
	d := Decision{Session: id}
	s, ok := n.loadSession(&d, now)
	if !ok {
		return d
	}
	if end, ends := n.sessionEnd(s); ends && now >= end {
		return reject(d, ReasonSessionIdle)
	}
	if n.Config.Idle > 0 {
		s.Seen = now
		s.Expires, _ = n.sessionEnd(s)
		if err := n.Sessions.Touch(id, s); err != nil {
			return reject(d, storeReason(err))
		}
	}
	d.Accept = true
	return d
}

func (n *Node) logoutSession(id SessionID, now time.Duration) Decision {
	d := Decision{Session: id}
	_, ok := n.loadSession(&d, now)
	if ok {
		if err := n.Sessions.Delete(id); err != nil {
			d.Reason = storeReason(err)
		}
	}
	d.Accept = d.Reason != ReasonStoreDown
	return d
}

// loadSession loads d's session and fills in its evidence, or the reason why
// it cannot.
func (n *Node) loadSession(d *Decision, now time.Duration) (Session, bool) {
	if d.Session == 0 {
		d.Reason = ReasonNoCredential
		return Session{}, false
	}
	s, err := n.Sessions.Load(d.Session)
	if err != nil {
		d.Reason = storeReason(err)
		return Session{}, false
	}
	d.User = s.User
	d.IatIn = s.Created - now
	if end, ends := n.sessionEnd(s); ends {
		d.ExpIn = end - now
	}
	return s, true
}

// sessionEnd is when the session ends unless it is used again, if it does.
func (n *Node) sessionEnd(s Session) (end time.Duration, ends bool) {
	if n.Config.Idle > 0 {
		end, ends = s.Seen+n.Config.Idle, true
	}
	if n.Config.Absolute > 0 {
		if a := s.Created + n.Config.Absolute; !ends || a < end {
			end, ends = a, true
		}
	}
	return end, ends
}
