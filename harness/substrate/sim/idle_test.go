package sim_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/substrate/sim"
)

// TestForgottenWhenIdle: of a user who is alone with a node, a request is lost if
// and only if it comes over a connection that has been idle for as long as the
// fault says. After a pause of exponential length that is so with the
// probability exp(-idle/think), unless the request before was lost too: its
// connection is gone.
func TestForgottenWhenIdle(t *testing.T) {
	const idle, think = 10 * time.Second, 10 * time.Second
	for _, balancer := range []string{"per: request", "protocol: h2c", "per: connection", "per: connection, protocol: h2c"} {
		t.Run(balancer, func(t *testing.T) {
			p := one(t, "nodes: 1, session: {kind: redis}, client: {on_error: show_error}, balancer: {"+balancer+", keep_alive: 1d, retries: 0, health: {interval: 0s}}",
				"users: 1, think: 10s, duration: 1d", "{connection_cut: {idle: 10s}, at: 0s}")
			far, near := sim.Ways(p)
			stands, over, lost, last := false, 0, 0, time.Duration(0)
			for _, e := range played(t, p) {
				if e.Type != history.Response {
					continue
				}
				silence := e.Sent - last + 2*far // since the answer arrived at the balancer
				if p.Variant.Architecture.Balancer.Per == "request" {
					silence += near // since the node sent it
				}
				failed := e.Err == history.ErrReset || e.Status == 502
				require.Equal(t, stands && silence >= idle, failed, "%v after a silence of %v: %d %s", e.Sent, silence, e.Status, e.Err)
				if stands && e.Op == history.OpPage {
					over++
					if failed {
						lost++
					}
				}
				stands, last = !failed, e.At
			}
			require.Greater(t, lost, 1000)
			share := math.Exp(-float64(idle) / float64(think))
			require.Less(t, max(z(lost, over, share), -z(lost, over, share)), 3.0, "%d of %d", lost, over)
			r := judged(t, p).Result
			require.Equal(t, map[string]int{}, r.Causes)
			require.GreaterOrEqual(t, r.Faults[0].Receipt.RequestsCut, lost)
			require.Equal(t, r.Faults[0].Receipt.RequestsCut, r.Faults[0].Receipt.DecisionsChanged)
		})
	}
}

// TestForgottenTooLate: a balancer that lets go of connections before they are
// forgotten loses nothing, and it shows that it did.
func TestForgottenTooLate(t *testing.T) {
	for keep, loses := range map[string]bool{"4s": false, "6s": true, "0s": false} {
		t.Run(keep, func(t *testing.T) {
			r := judged(t, one(t, "nodes: 2, session: {kind: redis}, client: {on_error: logout}, balancer: {keep_alive: "+keep+"}",
				"users: 20, think: 60s, duration: 1h", "{connection_cut: {idle: 10s}, at: 1m, for: 50m}")).Result
			f := r.Faults[0]
			require.False(t, f.Vacuous)
			require.Positive(t, f.Receipt.Marks)
			require.Equal(t, loses, f.Receipt.RequestsCut > 0)
			require.Equal(t, r.Verdicts.SpuriousLogout, r.Causes["connection_cut"])
			require.Equal(t, loses, r.Verdicts.SpuriousLogout > 0)
		})
	}
}

// TestForgottenConnectionsOfOneNode: the newest connection is used first, so that
// after a burst the oldest are forgotten; and what comes before and after the
// fault arrives.
func TestForgottenConnectionsOfOneNode(t *testing.T) {
	p := one(t, "nodes: 2, session: {kind: redis}, balancer: {retries: 0, keep_alive: 1h}, app: {work: 2s}",
		"users: 40, think: 30s, duration: 1h", "{connection_cut: {node: app-2, idle: 5s}, at: 20m, for: 20m}")
	lost := 0
	for _, e := range played(t, p) {
		if e.Type == history.Route {
			require.Equal(t, "app-2 reset", fmt.Sprint(e.Node, " ", e.Err))
			require.True(t, e.At >= 20*time.Minute && e.At < 40*time.Minute+time.Second, "%v", e.At)
			lost++
		}
	}
	require.Greater(t, lost, 20)
	require.Equal(t, lost, judged(t, p).Result.Faults[0].Receipt.RequestsCut)
}
