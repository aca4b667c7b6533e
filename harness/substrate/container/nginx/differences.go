package nginx

import (
	"fmt"

	"github.com/logoutlab/logoutlab/fakes/balancer"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
)

// differences of nginx as a balancer.
func differences(b scenario.Balancer) []proxies.Difference {
	var all []proxies.Difference
	add := func(when bool, field, says, instead string) {
		if when {
			all = append(all, proxies.Difference{Field: field, Says: says, Instead: instead})
		}
	}
	http := b.Per != "connection"
	h := b.Health
	add(h.Interval > 0, "balancer.health.interval",
		fmt.Sprintf("nodes are checked; %d failures take one out, %d successes bring it back", h.Fall, h.Rise),
		fmt.Sprintf("the open source nginx checks nothing: users' requests find out. %d failures take a node out for %s (nginx counts whole seconds), then the next request tries it", h.Fall, failTimeout(h)))
	add(http && b.Retries > 0 && b.RetryOn == "conn_failure", "balancer.retry_on",
		"conn_failure: only what was never sent is repeated",
		"idempotent requests are repeated even if they were sent: nginx repeats these or nothing")
	add(b.Stickiness == string(balancer.LBCookie), "balancer.stickiness",
		"lb_cookie: a user whose node is down goes where the policy says",
		"to the next by round robin; and what nginx has found out about a node counts for the users of one node's cookie, not for all")
	add(b.Drain > 0, "balancer.drain",
		"a drained node gets no requests; connections of clients stay",
		"nginx is reloaded: its old workers finish what is under way and close all idle connections of clients, which may meet a request that is just being sent")
	add(b.Protocol == "h2c" && http, "balancer.protocol",
		"h2c: clients may choose, and nodes are spoken to in HTTP/2",
		"nginx before 1.25.1 wants HTTP/2 of all clients; nodes are spoken to in HTTP/1.1")
	add(http, "balancer.policy",
		"without a node that is available the answer is 503",
		"it is 502, until fail_timeout is over for one of them")
	return all
}
