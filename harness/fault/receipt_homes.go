package fault

import "github.com/logoutlab/logoutlab/harness/history"

// keeps is how many times more often a session has to be used on its own node
// than on others for its users to count as kept there.
const keeps = 4

// homes tells whether users are kept on the node that knows them, by what was
// seen while nothing hindered it.
type homes struct {
	home  int // uses of sessions on the node that created them
	stray int // and on others, which did not know them
}

// count takes note of a decision on a session that is known.
func (h *homes) count(d *history.Event, by grounds) {
	switch at := by.session.Node; {
	case d.Node != at && strange(d, by):
		h.stray++
	case d.Node == at && d.Accept && looksUp(d):
		h.home++
	}
}

func (h *homes) kept() bool { return keeps*h.stray <= h.home }

// strange reports whether a node refused a session that it does not know, where
// sessions are in the nodes' own memory.
func strange(d *history.Event, by grounds) bool {
	return d.Reason == history.ReasonUnknownSess && d.Op != history.OpLogout && !by.index.SharesSessions() && !by.ended()
}

// looksUp reports whether a decision had to find the session or family: one on
// an access token does not.
func looksUp(d *history.Event) bool { return d.Token == "" || d.Op == history.OpRefresh }
