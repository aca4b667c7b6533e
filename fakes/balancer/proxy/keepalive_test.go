package proxy

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestKeepAlive counts the connections that five requests take, one after the
// other, by a client that would keep its connection.
func TestKeepAlive(t *testing.T) {
	for _, tc := range []struct {
		name       string
		keep       time.Duration
		front, h2c bool // h2c with clients, with nodes
		want       int64
	}{
		{"kept", time.Minute, false, false, 1},
		{"kept, h2c in front", time.Minute, true, false, 1},
		{"kept, h2c behind", time.Minute, false, true, 1},
		{"not kept", 0, false, false, 5},
		{"not kept, h2c in front", 0, true, false, 5},
		{"not kept, h2c behind", 0, false, true, 5},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t, roundRobin(1), func(o *Options) { o.KeepAlive, o.H2C = tc.keep, tc.h2c })
			front := r.countDials(tc.front)
			for range 5 {
				resp, text := r.do(t, http.MethodPost, "/", "hello")
				require.Equal(t, "hello", text)
				require.Equal(t, tc.keep == 0 && !tc.front, resp.Close)
			}
			require.Equal(t, tc.want, r.backends[0].conns.Load(), "to the node")
			require.EqualValues(t, tc.want, *front, "from the client")
		})
	}
}

// TestNotKeptConnectionsFinishWhatIsUnderWay: over HTTP/2 the first answer
// ends the connection, but not the other requests on it.
func TestNotKeptConnectionsFinishWhatIsUnderWay(t *testing.T) {
	r := newRig(t, roundRobin(3), func(o *Options) { o.KeepAlive = 0 })
	dials := r.countDials(true)
	g := newGate()
	r.backends[0].gate.Store(g)
	var slow sync.WaitGroup
	slow.Go(func() {
		_, text, err := r.try(http.MethodPost, "/", "slow")
		if err != nil || text != "slow" {
			t.Errorf("got %q, %v", text, err)
		}
	})
	<-g.arrived
	_, text := r.do(t, http.MethodPost, "/", "fast")
	require.Equal(t, "fast", text)
	require.Equal(t, 1, *dials, "both on one connection")
	r.do(t, http.MethodPost, "/", "next")
	require.Equal(t, 2, *dials, "which takes no more")
	close(g.open)
	slow.Wait()
}

// countDials gives the rig a client that keeps connections, and counts them.
func (r *rig) countDials(h2c bool) *int {
	n := new(int)
	transport := &http.Transport{Protocols: protocols(!h2c, h2c)}
	transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		*n++
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	r.client.Transport = &NoReplay{transport}
	return n
}
