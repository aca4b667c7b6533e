package app

import (
	"context"
	"errors"
	"io"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// held is a handler that lets a request wait until it is told to answer.
type held struct{ arrived, answer chan struct{} }

func (h held) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.arrived <- struct{}{}
	select {
	case <-h.answer:
		_, _ = io.WriteString(w, "done")
	case <-r.Context().Done():
	}
}

func start(t *testing.T, h http.Handler) *Process {
	t.Helper()
	p := NewProcess("127.0.0.1:0", false)
	require.NoError(t, p.Start(h))
	t.Cleanup(p.Kill)
	return p
}

// ask sends a request in the background and returns where its outcome comes.
func ask(t *testing.T, p *Process) <-chan error {
	t.Helper()
	out := make(chan error, 1)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	go func() {
		req, err := http.NewRequest(http.MethodPost, "http://"+p.Addr(), nil) // a POST is never sent twice
		if err == nil {
			var res *http.Response
			if res, err = transport.RoundTrip(req); err == nil {
				_, err = io.ReadAll(res.Body)
				_ = res.Body.Close()
			}
		}
		out <- err
	}()
	return out
}

func TestKillCutsARequestUnderWay(t *testing.T) {
	h := held{make(chan struct{}, 1), make(chan struct{})}
	p := start(t, h)
	out := ask(t, p)
	<-h.arrived
	p.Kill()
	require.ErrorIs(t, <-out, syscall.ECONNRESET)
	p.Kill() // harmless
}

// TestKillInMidAnswer: over both protocols, and for an answer that has begun.
func TestKillInMidAnswer(t *testing.T) {
	for _, h2c := range []bool{false, true} {
		begun := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "half")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		})
		p := NewProcess("127.0.0.1:0", h2c)
		require.NoError(t, p.Start(begun))
		transport := &http.Transport{Protocols: new(http.Protocols)}
		transport.Protocols.SetHTTP1(!h2c)
		transport.Protocols.SetUnencryptedHTTP2(h2c)
		req, err := http.NewRequest(http.MethodGet, "http://"+p.Addr(), nil)
		require.NoError(t, err)
		res, err := transport.RoundTrip(req)
		require.NoError(t, err)
		half := make([]byte, 4)
		_, err = io.ReadFull(res.Body, half)
		require.NoError(t, err)
		p.Kill()
		_, err = io.ReadAll(res.Body)
		require.ErrorIs(t, err, syscall.ECONNRESET, "h2c: %v", h2c)
		require.NoError(t, res.Body.Close())
		transport.CloseIdleConnections()
	}
}

// TestCutResetsWhatCarriesARequest: over both protocols, and no idle
// connection.
func TestCutResetsWhatCarriesARequest(t *testing.T) {
	for _, h2c := range []bool{false, true} {
		h := held{make(chan struct{}, 1), make(chan struct{}, 1)}
		p := NewProcess("127.0.0.1:0", h2c)
		require.NoError(t, p.Start(h))
		t.Cleanup(p.Kill)
		transport := &http.Transport{Protocols: new(http.Protocols)}
		transport.Protocols.SetHTTP1(!h2c)
		transport.Protocols.SetUnencryptedHTTP2(h2c)
		t.Cleanup(transport.CloseIdleConnections)
		post := func() error {
			req, err := http.NewRequest(http.MethodPost, "http://"+p.Addr(), nil)
			require.NoError(t, err)
			res, err := transport.RoundTrip(req)
			if err != nil {
				return err
			}
			_, err = io.ReadAll(res.Body)
			return errors.Join(err, res.Body.Close())
		}
		h.answer <- struct{}{}
		require.NoError(t, post())
		<-h.arrived
		require.Eventually(t, func() bool { return idle(p) == 1 }, time.Second, time.Millisecond)
		require.Zero(t, p.Cut(), "h2c %v: idle", h2c)

		lost := make(chan error, 1)
		go func() { lost <- post() }()
		<-h.arrived
		require.Equal(t, 1, p.Cut(), "h2c %v", h2c)
		require.ErrorIs(t, <-lost, syscall.ECONNRESET, "h2c %v", h2c)
		require.Eventually(t, func() bool { return p.Cut() == 0 }, time.Second, time.Millisecond)

		h.answer <- struct{}{}
		require.NoError(t, post(), "h2c %v: the process is still there", h2c)
		<-h.arrived
	}
}

// idle counts connections that carry no request.
func idle(p *Process) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.conns {
		if s == http.StateIdle {
			n++
		}
	}
	return n
}

func TestKillAndStopOfWhatDoesNotRun(t *testing.T) {
	p := NewProcess("127.0.0.1:0", false)
	p.Kill()
	p.Stop(context.Background())
	require.NoError(t, p.Start(http.NotFoundHandler()))
	p.Stop(context.Background())
	p.Stop(context.Background())
	p.Kill()
}

func TestStopLetsARequestFinish(t *testing.T) {
	h := held{make(chan struct{}, 1), make(chan struct{})}
	p := start(t, h)
	out := ask(t, p)
	<-h.arrived
	stopped := make(chan struct{})
	go func() { p.Stop(context.Background()); close(stopped) }()
	select {
	case <-stopped:
		t.Fatal("stopped with a request under way")
	case h.answer <- struct{}{}:
	}
	require.NoError(t, <-out)
	<-stopped
}

func TestStopWithoutPatienceCuts(t *testing.T) {
	h := held{make(chan struct{}, 1), make(chan struct{})}
	p := start(t, h)
	out := ask(t, p)
	<-h.arrived
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	p.Stop(ctx)
	require.Error(t, <-out)
}

func TestProcessComesBackAtItsAddress(t *testing.T) {
	ok := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	p := start(t, ok)
	addr := p.Addr()
	require.Error(t, p.Start(ok), "it is running")
	p.Kill()
	require.Error(t, <-ask(t, p), "nobody listens")
	require.NoError(t, p.Start(ok))
	require.Equal(t, addr, p.Addr())
	require.NoError(t, <-ask(t, p))
}

func TestTakenAddressIsAnError(t *testing.T) {
	p := start(t, http.NotFoundHandler())
	require.Error(t, NewProcess(p.Addr(), false).Start(http.NotFoundHandler()))
}

func TestPauseEndsWithItsClient(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	require.NoError(t, err)
	require.False(t, pause(r, time.Hour))
	r, err = http.NewRequest(http.MethodGet, "/", nil)
	require.NoError(t, err)
	require.True(t, pause(r, time.Nanosecond))
}

// A paused process takes connections and requests, and answers them when it
// goes on; what was under way waits too. Ending it needs no resuming.
func TestPause(t *testing.T) {
	h := held{make(chan struct{}, 3), make(chan struct{}, 3)}
	p := start(t, h)
	before := ask(t, p)
	<-h.arrived
	p.Pause()
	h.answer <- struct{}{}
	during := ask(t, p)
	select {
	case err := <-before:
		t.Fatalf("a paused process answered: %v", err)
	case <-h.arrived:
		t.Fatal("a paused process took a request")
	case <-time.After(50 * time.Millisecond):
	}
	p.Resume()
	require.NoError(t, <-before)
	<-h.arrived
	h.answer <- struct{}{}
	require.NoError(t, <-during)

	p.Pause()
	cut := ask(t, p)
	time.Sleep(20 * time.Millisecond)
	p.Kill()
	require.Error(t, <-cut)
	require.NoError(t, p.Start(h))
	h.answer <- struct{}{}
	require.NoError(t, <-ask(t, p), "a new process is not paused")
}
