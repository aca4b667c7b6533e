package auth

import "time"

func (n *Node) serveSession(req *Request, now time.Duration) (d Decision, g Grant) {
	d.Session = req.Session
	switch req.Op {
	case Login:
		return n.loginSession(req.User, now)
	case Page:
		d.Reason = n.pageSession(req, &d, now)
		d.Accept = d.Reason == ReasonOK
	case Logout:
		d.Reason = n.logoutSession(req, &d, now)
		d.Accept = d.Reason != ReasonStoreDown
	default:
		d = Decision{Reason: ReasonMalformed}
		if req.Refresh.IsZero() {
			d.Reason = ReasonNoCredential
		}
	}
	return d, g
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

func (n *Node) pageSession(req *Request, d *Decision, now time.Duration) Reason {
	s, why := n.loadSession(req, d, now)
	if why != ReasonOK {
		return why
	}
	if end, ends := n.sessionEnd(s); ends && now >= end {
		return ReasonSessionIdle
	}
	if n.Config.Idle > 0 {
		s.Seen = now
		s.Expires, _ = n.sessionEnd(s)
		if err := n.Sessions.Touch(d.Session, s); err != nil {
			return storeReason(err)
		}
	}
	return ReasonOK
}

func (n *Node) logoutSession(req *Request, d *Decision, now time.Duration) Reason {
	if _, why := n.loadSession(req, d, now); why != ReasonOK {
		return why
	}
	if err := n.Sessions.Delete(d.Session); err != nil {
		return storeReason(err)
	}
	d.Ended = true
	return ReasonOK
}

// loadSession loads the request's session and fills in d's evidence; the
// reason is OK, or why it cannot.
func (n *Node) loadSession(req *Request, d *Decision, now time.Duration) (Session, Reason) {
	switch {
	case req.Unreadable:
		return Session{}, ReasonMalformed
	case req.Session == 0:
		return Session{}, ReasonNoCredential
	}
	s, err := n.Sessions.Load(req.Session)
	if err != nil {
		return Session{}, storeReason(err)
	}
	d.User = s.User
	d.IatIn = s.Created - now
	if end, ends := n.sessionEnd(s); ends {
		d.ExpIn = end - now
	}
	return s, ReasonOK
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
