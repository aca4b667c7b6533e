package app

import (
	"context"
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
