package proxy

import (
	"io"
	"net"
	"net/http"
	"slices"
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
	for name, h2c := range map[string]bool{"http1": false, "h2c": true} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, roundRobin(1), perConnection)
			if h2c {
				r.h2cFront()
			}
			r.do(t, http.MethodGet, "/", "")
			time.Sleep(10 * time.Millisecond) // a client over HTTP/2 may still have frames to send
			require.Equal(t, 1, r.InFlight(0), "kept open")
			require.Zero(t, r.Cut(0), "but idle")
			g := newGate()
			r.backends[0].gate.Store(g)
			failed := make(chan error, 3)
			for range cap(failed) {
				go func() { _, _, err := r.try(http.MethodGet, "/", ""); failed <- err }()
				<-g.arrived
			}
			require.Equal(t, map[bool]int{false: 3, true: 1}[h2c], r.InFlight(0))
			require.Equal(t, 3, r.Cut(0))
			for range cap(failed) {
				require.Error(t, <-failed)
			}
			e := <-r.came
			require.Equal(t, RouteEvent{At: e.At, Failure: balancer.Reset}, e)
		})
	}
}

// TestOwed: the streams of an HTTP/2 connection are counted, however its
// frames are cut into reads.
func TestOwed(t *testing.T) {
	frame := func(kind, flags, stream byte, payload string) []byte {
		return append([]byte{0, 0, byte(len(payload)), kind, flags, 0x80, 0, 0, stream}, payload...)
	}
	type part struct {
		client bool
		bytes  []byte
		want   int32
	}
	for _, step := range []int{1, 5, 1000} {
		c := &nodeConn{}
		o := owed{conn: c}
		o.asked(preface)
		for i, p := range []part{
			{true, frame(4, 0, 0, "settings"), 0},
			{false, frame(4, 1, 0, ""), 0},
			{true, frame(frameHeaders, flagEndStream, 1, "get"), 1},
			{true, frame(frameHeaders, 0, 3, "post"), 2},
			{true, frame(0, flagEndStream, 3, "body"), 2},
			{false, frame(frameHeaders, 0, 3, "ok"), 2},
			{false, frame(0, flagEndStream, 3, ""), 1},
			{true, frame(4, 1, 0, ""), 1},
			{false, frame(frameHeaders, flagEndStream, 1, "no content"), 0},
			{true, frame(8, 0, 0, "more"), 0},
			{true, frame(frameHeaders, 0, 5, "get"), 1},
			{true, frame(frameReset, 0, 5, "stop"), 0},
			{false, frame(frameReset, 0, 5, "stop"), 0},
		} {
			note := map[bool]func([]byte){true: o.asked, false: o.answered}[p.client]
			for b := range slices.Chunk(p.bytes, step) {
				note(b)
			}
			require.Equal(t, p.want, c.waiting.Load(), "frame %d in reads of %d", i, step)
		}
	}
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

func TestRelayWaitsForASlowAnswer(t *testing.T) {
	const idle = 20 * time.Millisecond
	r := newRig(t, roundRobin(1), perConnection, func(o *Options) { o.KeepAlive = idle })
	g := newGate()
	r.backends[0].gate.Store(g)
	go func() { <-g.arrived; time.Sleep(5 * idle); close(g.open) }()
	resp, _ := r.do(t, http.MethodGet, "/", "")
	require.Equal(t, http.StatusOK, resp.StatusCode)
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
