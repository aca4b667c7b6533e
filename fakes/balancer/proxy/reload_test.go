package proxy

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestReload: what is under way is finished, and a node that is down is found
// out anew.
func TestReload(t *testing.T) {
	r := newRig(t, roundRobin(2), func(o *Options) { o.KeepAlive = 0 })
	g := newGate()
	r.backends[0].gate.Store(g)
	slow := make(chan string)
	go func() {
		_, text, err := r.try(http.MethodPost, "/", "slow")
		if err != nil {
			text = err.Error()
		}
		slow <- text
	}()
	<-g.arrived
	r.Proxy.change(0, func() { r.core.Down(0) })
	r.Reload()
	r.backends[0].gate.Store(nil)
	resp, _ := r.do(t, http.MethodGet, "/", "")
	require.Equal(t, "0", resp.Header.Get("X-Node"), "the first of those that it believes to be up")
	close(g.open)
	require.Equal(t, "slow", <-slow)
}

func TestReloadClosesIdleConnections(t *testing.T) {
	r := newRig(t, roundRobin(1), func(o *Options) { o.KeepAlive = time.Minute })
	c, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	require.NoError(t, err)
	defer c.Close()
	_, err = io.WriteString(c, "GET / HTTP/1.1\r\nHost: test\r\n\r\n")
	require.NoError(t, err)
	in := bufio.NewReader(c)
	resp, err := http.ReadResponse(in, nil)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Eventually(t, func() bool {
		r.Reload() // again, if the server had not seen yet that it is idle
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		_, err := in.ReadByte()
		return errors.Is(err, io.EOF)
	}, 5*time.Second, time.Millisecond)
}
