package wire

import (
	"bufio"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/logoutlab/logoutlab/harness/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo is a server that answers each line with itself.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = io.Copy(c, c)
			}()
		}
	}()
	return l.Addr().String()
}

func open(t *testing.T) *Link {
	t.Helper()
	l, err := Open("127.0.0.1:0", echo(t))
	require.NoError(t, err)
	t.Cleanup(l.Close)
	return l
}

// user is a connection that asks one thing after the other.
type user struct {
	net.Conn
	in *bufio.Reader
}

func connect(t *testing.T, l *Link) user {
	t.Helper()
	c, err := net.Dial("tcp", l.Addr())
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return user{c, bufio.NewReader(c)}
}

func (u user) ask() (took time.Duration, err error) {
	began := time.Now()
	if _, err = io.WriteString(u, "hello\n"); err == nil {
		_, err = u.in.ReadString('\n')
	}
	return time.Since(began), err
}

func TestLatency(t *testing.T) {
	l := open(t)
	before := connect(t, l)
	_, err := before.ask()
	require.NoError(t, err)
	const delay = 60 * time.Millisecond
	require.NoError(t, l.Disturb("1", fault.Disturbance{Delay: delay}))
	require.NoError(t, l.Disturb("2", fault.Disturbance{Delay: delay}), "one upon the other")
	for _, u := range []user{before, connect(t, l)} {
		took, err := u.ask()
		require.NoError(t, err)
		require.GreaterOrEqual(t, took, 2*delay)
	}
	require.NoError(t, l.Calm("1"))
	require.NoError(t, l.Calm("2"))
	require.NoError(t, l.Calm("2"), "again")
	for _, u := range []user{before, connect(t, l)} {
		took, err := u.ask()
		require.NoError(t, err)
		require.Less(t, took, delay)
	}
}

func TestReset(t *testing.T) {
	l := open(t)
	before := connect(t, l)
	_, err := before.ask()
	require.NoError(t, err)
	require.NoError(t, l.Disturb("1", fault.Disturbance{ResetPercent: 100}))
	_, err = before.ask()
	require.Error(t, err)
	_, err = connect(t, l).ask()
	require.ErrorIs(t, err, syscall.ECONNRESET)
	require.NoError(t, l.Calm("1"))
	_, err = connect(t, l).ask()
	require.NoError(t, err)
}

// TestLossOfSome: a share of what is sent is lost, whether each send has a
// connection of its own, or all go over one for as long as it holds, which was
// open before; and the same ones for the same seed.
func TestLossOfSome(t *testing.T) {
	for name, kept := range map[string]bool{"new connections": false, "a kept connection": true} {
		t.Run(name, func(t *testing.T) {
			lost := func(seed uint64) (which []int) {
				l := open(t)
				u := connect(t, l)
				_, err := u.ask()
				require.NoError(t, err)
				require.NoError(t, l.Disturb("1", fault.Disturbance{ResetPercent: 20, Seed: seed}))
				for i := range 200 {
					if !kept {
						u = connect(t, l)
					}
					if _, err := u.ask(); err != nil {
						which = append(which, i)
						u = connect(t, l)
					}
				}
				require.NoError(t, l.Calm("1"))
				return which
			}
			which := lost(1)
			require.InDelta(t, 40, len(which), 28) // 5 standard deviations
			require.Equal(t, which, lost(1))
			require.NotEqual(t, which, lost(2))
		})
	}
}

// TestLossWhileMuchIsSent: whoever is sending when the connection ends is told,
// and nothing of it stays behind.
func TestLossWhileMuchIsSent(t *testing.T) {
	l := open(t)
	u := connect(t, l)
	require.NoError(t, l.Disturb("1", fault.Disturbance{ResetPercent: 100}))
	piece := make([]byte, 1<<20)
	require.Eventually(t, func() bool {
		_, err := u.Write(piece)
		return err != nil
	}, 10*time.Second, time.Millisecond)
}

func TestPortInUse(t *testing.T) {
	l := open(t)
	_, err := Open(l.Addr(), "127.0.0.1:1")
	require.ErrorContains(t, err, "address already in use")
}
