package node

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/fault"
)

// freeAddr is an address that nobody listens on.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// TestRelay: a program that passes connections on, and disturbs those of one
// link when it is told to.
func TestRelay(t *testing.T) {
	target, relay := start(t), start(t)
	require.NoError(t, target.PutState(ctx, stateOf(t, "nodes: 1, session: {kind: memory}")))
	at := strings.TrimPrefix(target.app(t), "http://")
	listen := []string{freeAddr(t), freeAddr(t)}
	require.NoError(t, relay.OpenLinks(ctx, []Link{{listen[0], at}, {listen[1], at}}))
	took := func(link int) time.Duration {
		began := time.Now()
		res, err := http.Get("http://" + listen[link] + "/healthz")
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, res.Body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		return time.Since(began)
	}
	defer http.DefaultClient.CloseIdleConnections()
	const delay = 100 * time.Millisecond
	require.NoError(t, relay.Disturb(ctx, 1, "x", fault.Disturbance{Delay: delay}))
	require.Less(t, took(0), delay)
	require.GreaterOrEqual(t, took(1), delay)
	require.NoError(t, relay.Calm(ctx, 1, "x"))
	require.Less(t, took(1), delay)

	require.ErrorContains(t, relay.Disturb(ctx, 2, "x", fault.Disturbance{Delay: delay}), "it has no link 2: it has 2")
	require.ErrorContains(t, relay.OpenLinks(ctx, nil), "409 Conflict")
	require.ErrorContains(t, relay.PutState(ctx, stateOf(t, "nodes: 1, session: {kind: memory}")), "409 Conflict")
	require.ErrorContains(t, start(t).OpenLinks(ctx, []Link{{listen[0], at}}), "address already in use")
}
