package sim

import (
	"time"

	"github.com/logoutlab/logoutlab/fakes/balancer"
	"github.com/logoutlab/logoutlab/harness/plan"
)

// Ways are how long a request or an answer is on its way in a run of this plan,
// between a user and the front, and between two parts.
func Ways(p *plan.Plan) (user, part time.Duration) {
	n := p.Variant.Architecture.Network
	return n.User, n.Internal
}

// Source is the hash of the address that a user comes from.
func Source(user int) uint64 {
	var room [len("127.255.255.255")]byte
	return balancer.SourceOf(string(address(user).AppendTo(room[:0])))
}
