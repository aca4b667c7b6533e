package app

import (
	"errors"
	"io"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// talker sends requests over one connection, as long as it holds; none twice.
func talker(t *testing.T, p *Process, h2c bool) (post func() error) {
	t.Helper()
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetHTTP1(!h2c)
	transport.Protocols.SetUnencryptedHTTP2(h2c)
	t.Cleanup(transport.CloseIdleConnections)
	return func() error {
		req, err := http.NewRequest(http.MethodPost, "http://"+p.Addr(), nil)
		require.NoError(t, err)
		res, err := transport.RoundTrip(req)
		if err != nil {
			return err
		}
		_, err = io.ReadAll(res.Body)
		return errors.Join(err, res.Body.Close())
	}
}

// TestForgetIdle: a connection that was idle before too is reset with the next
// request, which does not arrive; the one after that has a new connection.
func TestForgetIdle(t *testing.T) {
	for _, h2c := range []bool{false, true} {
		h := held{make(chan struct{}, 1), make(chan struct{}, 1)}
		p := NewProcess("127.0.0.1:0", h2c)
		require.NoError(t, p.Start(h))
		t.Cleanup(p.Kill)
		post := talker(t, p, h2c)
		served := func() {
			t.Helper()
			h.answer <- struct{}{}
			require.NoError(t, post(), "h2c %v", h2c)
			<-h.arrived
			require.Eventually(t, func() bool { return idle(p) == 1 }, time.Second, time.Millisecond)
		}
		p.ForgetIdle(time.Hour)
		served()
		served()
		p.ForgetIdle(1)
		require.ErrorIs(t, post(), syscall.ECONNRESET, "h2c %v", h2c)
		require.Empty(t, h.arrived, "the process did not see it")
		p.ForgetIdle(time.Hour)
		served()

		p.Kill()
		require.NoError(t, p.Start(h))
		p.ForgetIdle(1)
		require.Error(t, post(), "of a process that is started anew too")
		p.ForgetIdle(0)
		served()
	}
}

// TestForgetIdleSparesWhatIsBusy: a request under way keeps a connection known,
// however long it takes.
func TestForgetIdleSparesWhatIsBusy(t *testing.T) {
	h := held{make(chan struct{}, 2), make(chan struct{}, 2)}
	p := NewProcess("127.0.0.1:0", true)
	require.NoError(t, p.Start(h))
	t.Cleanup(p.Kill)
	post := talker(t, p, true)
	out := make(chan error, 2)
	ask := func() {
		go func() { out <- post() }()
		<-h.arrived
	}
	ask()
	p.ForgetIdle(1)
	ask()
	h.answer <- struct{}{}
	h.answer <- struct{}{}
	require.NoError(t, <-out)
	require.NoError(t, <-out)
}
