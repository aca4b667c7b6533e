package proxy

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/balancer"
)

// rude answers the first request on its first connection and closes each
// further one after reading the request. With last set it stops listening
// before it does so.
type rude struct {
	net.Listener
	copies atomic.Int64
	conns  atomic.Int64
	last   bool
	ended  chan struct{}
}

func newRude(t *testing.T, last bool) *rude {
	s := &rude{Listener: listen(t, "127.0.0.1:0"), last: last, ended: make(chan struct{})}
	go s.serve()
	t.Cleanup(func() { s.Close(); <-s.ended })
	return s
}

func (s *rude) serve() {
	defer close(s.ended)
	for {
		c, err := s.Accept()
		if err != nil {
			return
		}
		s.talk(c, s.conns.Add(1) == 1)
	}
}

func (s *rude) talk(c net.Conn, polite bool) {
	defer c.Close()
	in := bufio.NewReader(c)
	for {
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		s.copies.Add(1)
		if !polite || req.URL.Path != "/first" {
			if s.last {
				s.Close()
			}
			return
		}
		if _, err := c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")); err != nil {
			return
		}
	}
}

func (s *rude) get(t *testing.T, rt http.RoundTripper, path string) error {
	req, err := http.NewRequest(http.MethodGet, "http://"+s.Addr().String()+path, nil)
	require.NoError(t, err)
	resp, err := rt.RoundTrip(req)
	if err == nil {
		resp.Body.Close()
	}
	return err
}

func TestPlainTransportReplays(t *testing.T) { // what NoReplay is there for
	s, rt := newRude(t, false), &http.Transport{}
	defer rt.CloseIdleConnections()
	require.NoError(t, s.get(t, rt, "/first"))
	require.Error(t, s.get(t, rt, "/second"))
	require.Equal(t, int64(1+2), s.copies.Load())
}

func TestNoReplaySendsOneCopy(t *testing.T) {
	for name, last := range map[string]bool{"server stays": false, "server stops listening": true} {
		t.Run(name, func(t *testing.T) {
			s, rt := newRude(t, last), &NoReplay{&http.Transport{}}
			defer rt.CloseIdleConnections()
			require.NoError(t, s.get(t, rt, "/first"))
			err := s.get(t, rt, "/second")
			var failure *AttemptError
			require.ErrorAs(t, err, &failure)
			require.Equal(t, balancer.Reset, failure.Failure, "%v", err)
			s.Close()
			<-s.ended
			require.Equal(t, int64(1+1), s.copies.Load())
		})
	}
}

func TestNoReplayOnH2C(t *testing.T) {
	b := newBackend(t, 0)
	rt := &NoReplay{&http.Transport{Protocols: protocols(false, true)}}
	client := http.Client{Transport: rt}
	defer client.CloseIdleConnections()
	resp, err := client.Get("http://" + b.addr)
	require.NoError(t, err)
	resp.Body.Close()
	b.dying.Store(true)
	_, err = client.Get("http://" + b.addr) //nolint:bodyclose // it fails
	var failure *AttemptError
	require.ErrorAs(t, err, &failure)
	require.Equal(t, balancer.Reset, failure.Failure)
	require.Equal(t, int64(1+1), b.seen.Load())
}

func TestNoReplayClassifies(t *testing.T) {
	gone := listen(t, "127.0.0.1:0")
	gone.Close()
	rt := &NoReplay{&http.Transport{}}
	req, err := http.NewRequest(http.MethodGet, "http://"+gone.Addr().String(), nil)
	require.NoError(t, err)

	_, err = (&http.Client{Transport: rt}).Do(req) //nolint:bodyclose // it fails
	var failure *AttemptError
	require.ErrorAs(t, err, &failure)
	require.Equal(t, balancer.Refused, failure.Failure)
	require.False(t, failure.Timeout())

	b := newBackend(t, 0)
	b.gate.Store(newGate())
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	_, err = rt.RoundTrip(request(t, ctx, b)) //nolint:bodyclose // it fails
	require.ErrorAs(t, err, &failure)
	require.Equal(t, balancer.Timeout, failure.Failure)
	var urlError error = &url.Error{Err: err}
	require.True(t, urlError.(net.Error).Timeout())

	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	_, err = rt.RoundTrip(request(t, ctx, b)) //nolint:bodyclose // it fails
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, errors.As(err, new(*AttemptError)), "the caller's own doing")
}

func request(t *testing.T, ctx context.Context, b *backend) *http.Request {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.addr, nil)
	require.NoError(t, err)
	return req
}

// TestNothingSentIsNoReplay: a connection may turn out to be used up before
// anything was written to it, as HTTP/2 ones that carry one request often do.
func TestNothingSentIsNoReplay(t *testing.T) {
	b := newBackend(t, 0)
	rt := &NoReplay{&http.Transport{Protocols: protocols(false, true), DisableKeepAlives: true}}
	defer rt.CloseIdleConnections()
	const each, workers = 100, 16
	failed := make(chan error, each*workers)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for range each {
				resp, err := rt.RoundTrip(request(t, t.Context(), b))
				if err != nil {
					failed <- err
					continue
				}
				resp.Body.Close()
			}
		})
	}
	all.Wait()
	close(failed)
	for err := range failed {
		require.NoError(t, err)
	}
	require.Equal(t, int64(each*workers), b.seen.Load(), "once each")
}
