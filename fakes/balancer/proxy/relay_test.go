package proxy

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/balancer"
)

func perConnection(o *Options) { o.Per = PerConnection }

func (r *rig) newConnection() { r.client.CloseIdleConnections() }

func TestRelayBalancesConnections(t *testing.T) {
	for name, h2c := range map[string]bool{"http1": false, "h2c": true} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, roundRobin(2), perConnection)
			if h2c {
				r.h2cFront()
			}
			var nodes []string
			for i := range 6 {
				if i == 2 || i == 4 {
					r.newConnection()
				}
				resp, text := r.do(t, http.MethodPost, "/", "hello")
				require.Equal(t, "hello", text)
				nodes = append(nodes, resp.Header.Get("X-Node"))
			}
			require.Equal(t, []string{"0", "0", "1", "1", "0", "0"}, nodes)
			require.Empty(t, r.backends[0].last.Load().Header.Get("X-Forwarded-For"))
		})
	}
}

func TestRelayRedispatches(t *testing.T) {
	c := roundRobin(2)
	c.Retries = 1
	r := newRig(t, c, perConnection)
	r.refuse(0)
	resp, _ := r.do(t, http.MethodGet, "/", "")
	require.Equal(t, "1", resp.Header.Get("X-Node"))
	e := <-r.came
	require.Equal(t, RouteEvent{At: e.At, Node: 0, Failure: balancer.Refused, Redispatched: true}, e)
	r.refuse(1)
	r.newConnection()
	_, _, err := r.try(http.MethodGet, "/", "")
	require.Error(t, err)
	require.NoError(t, r.Drain(t.Context(), 0))
	require.NoError(t, r.Drain(t.Context(), 1))
}

func TestRelayCut(t *testing.T) {
	r := newRig(t, roundRobin(1), perConnection)
	r.do(t, http.MethodGet, "/", "")
	require.Equal(t, 1, r.InFlight(0), "kept open")
	require.Zero(t, r.Cut(0), "but idle")
	g := newGate()
	r.backends[0].gate.Store(g)
	failed := make(chan error, 1)
	go func() { _, _, err := r.try(http.MethodGet, "/", ""); failed <- err }()
	<-g.arrived
	require.Equal(t, 1, r.Cut(0))
	require.Error(t, <-failed)
	e := <-r.came
	require.Equal(t, RouteEvent{At: e.At, Failure: balancer.Reset}, e)
}

func TestRelayDrain(t *testing.T) {
	r := newRig(t, roundRobin(2), perConnection)
	r.do(t, http.MethodGet, "/", "")
	drained := make(chan error, 1)
	go func() { drained <- r.Drain(t.Context(), 0) }()
	require.Equal(t, balancer.Draining, (<-r.came).State)
	resp, _ := r.do(t, http.MethodGet, "/", "")
	require.Equal(t, "0", resp.Header.Get("X-Node"), "its connection goes on")
	require.Empty(t, drained)
	r.newConnection()
	require.NoError(t, <-drained)
	resp, _ = r.do(t, http.MethodGet, "/", "")
	require.Equal(t, "1", resp.Header.Get("X-Node"))
}

func TestRelayClosesIdleConnections(t *testing.T) {
	r := newRig(t, roundRobin(1), perConnection, func(o *Options) { o.KeepAlive = 30 * time.Millisecond })
	c, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	require.NoError(t, err)
	defer c.Close()
	_, err = c.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
	require.Empty(t, r.take(), "nobody failed")
}

func TestRelayClientThatLeavesIsNotAFailure(t *testing.T) {
	r := newRig(t, roundRobin(1), perConnection)
	g := newGate()
	r.backends[0].gate.Store(g)
	c, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	require.NoError(t, err)
	_, err = c.Write([]byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
	require.NoError(t, err)
	<-g.arrived
	c.Close()
	require.NoError(t, r.Drain(t.Context(), 0))
	require.Len(t, r.take(), 1, "the drain alone")
}

func TestRelayCloseEndsConnections(t *testing.T) {
	r := newRig(t, balancer.Config{Nodes: 2, Policy: balancer.SourceHash}, perConnection)
	r.do(t, http.MethodGet, "/", "")
	require.NoError(t, r.Close())
	require.Zero(t, r.InFlight(0)+r.InFlight(1))
	require.Empty(t, r.take())
}
