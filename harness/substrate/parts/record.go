package parts

import (
	"strconv"
	"time"

	"github.com/logoutlab/logoutlab/fakes/app"
	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/harness/history"
)

var ops = [...]string{
	auth.Login: history.OpLogin, auth.Page: history.OpPage,
	auth.Renew: history.OpRefresh, auth.Logout: history.OpLogout,
}

// Decision is the event of a decision, with references in place of ids.
func (n Node) Decision(r app.Record) *history.Event {
	e := &history.Event{
		At: r.At, Type: history.Decision, Req: RequestNumber(r.Request), Op: ops[r.Op],
		Node: n.Name, Boot: n.Boot, Clock: r.Clock,
		Accept: r.Accept, Reason: r.Reason.String(), User: int(r.User),
		Session: ref(uint64(r.Decision.Session)), Token: ref(uint64(r.Token)),
		Kid: r.Decision.Kid, KeyFP: r.Decision.KeyFP, ExpIn: r.ExpIn, IatIn: r.IatIn, CutIn: r.CutIn, Leeway: r.Leeway, Ended: r.Ended,
		Issued: ref(uint64(r.Grant.Session)), NewTok: ref(uint64(r.AccessID)), NewRT: ref(uint64(r.RefreshID)),
	}
	if r.Grant.KeyFP != "" {
		e.Kid, e.KeyFP = r.Grant.Kid, r.Grant.KeyFP
	}
	return e
}

// Life is the event of a node's own word about its life, one of history's
// State constants, and about the key that it has. What a process of ours crashes
// of is overload; the word is then its machine's.
func (n Node) Life(at time.Duration, state string) *history.Event {
	e := &history.Event{At: at, Type: history.Node, Node: n.Name, Boot: n.Boot, State: state}
	if state == history.StateCrashed {
		e.Reason = history.ReasonOverload
	}
	if n.Ring != nil {
		e.KeyFP = n.Ring.SignerFP()
	}
	return e
}

func ref(id uint64) string {
	if id == 0 {
		return ""
	}
	return history.Ref64(id)
}

// RequestNumber reads an X-Request-Id of the workload; 0 for anybody else's.
func RequestNumber(id string) int {
	n, err := strconv.Atoi(id)
	if err != nil || n < 0 {
		return 0
	}
	return n
}
