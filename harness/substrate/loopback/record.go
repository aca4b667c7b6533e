package loopback

import (
	"sync"

	"github.com/logoutlab/logoutlab/fakes/app"
	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
)

var ops = [...]string{
	auth.Login: history.OpLogin, auth.Page: history.OpPage,
	auth.Renew: history.OpRefresh, auth.Logout: history.OpLogout,
}

// noteDecision records a node's decision, with references in place of ids.
func (c *Cluster) noteDecision(i, boot int, r app.Record) {
	e := history.Event{
		At: r.At, Type: history.Decision, Req: requestNumber(r.Request), Op: ops[r.Op],
		Node: c.nodes[i].name, Boot: boot, Clock: r.Clock,
		Accept: r.Accept, Reason: r.Reason.String(), User: int(r.User),
		Session: ref(uint64(r.Decision.Session)), Token: ref(uint64(r.Token)),
		Kid: r.Decision.Kid, KeyFP: r.Decision.KeyFP, ExpIn: r.ExpIn, IatIn: r.IatIn, Leeway: r.Leeway, Ended: r.Ended,
		Issued: ref(uint64(r.Grant.Session)), NewTok: ref(uint64(r.AccessID)), NewRT: ref(uint64(r.RefreshID)),
	}
	if r.Grant.KeyFP != "" {
		e.Kid, e.KeyFP = r.Grant.Kid, r.Grant.KeyFP
	}
	c.record.Append(&e)
}

func ref(id uint64) string {
	if id == 0 {
		return ""
	}
	return history.Ref64(id)
}

// idSource draws ids for all nodes, which ask at the same time.
type idSource struct {
	mu     sync.Mutex
	stream *plan.Stream
}

// NewID is the next id.
func (s *idSource) NewID() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stream.Uint64()
}
