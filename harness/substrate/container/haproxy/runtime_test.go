package haproxy_test

import (
	"bufio"
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/substrate/container/haproxy"
)

// fakeRuntime answers each command, one a connection, as the table says; what
// is not in it is never answered.
func fakeRuntime(t *testing.T, answers map[string]string) (*haproxy.Runtime, chan string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	asked := make(chan string, 10)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		var silent []net.Conn
		for {
			c, err := l.Accept()
			if err != nil {
				break
			}
			command, _ := bufio.NewReader(c).ReadString('\n')
			asked <- command
			if answer, ok := answers[command]; ok {
				_, _ = c.Write([]byte(answer))
				_ = c.Close()
			} else {
				silent = append(silent, c)
			}
		}
		for _, c := range silent {
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-ended })
	return &haproxy.Runtime{Addr: l.Addr().String(), Timeout: 100 * time.Millisecond}, asked
}

const showStat = "show stat -1 4 -1\n"

const twoBackends = `# pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,status,weight
nodes,app-1,0,0,2,5,,10,0,0,,0,,0,0,0,0,UP,1
nodes,app-2,0,0,0,5,,10,0,0,,0,,0,0,0,0,DOWN 1/2,1
api,app-1,0,0,1,5,,10,0,0,,0,,0,0,0,0,MAINT,1

`

func TestRuntimeStates(t *testing.T) {
	r, _ := fakeRuntime(t, map[string]string{showStat: twoBackends})
	states, err := r.States(context.Background())
	require.NoError(t, err)
	require.Equal(t, []haproxy.ServerState{
		{Backend: "nodes", Server: "app-1", Status: "UP", Sessions: 2},
		{Backend: "nodes", Server: "app-2", Status: "DOWN 1/2"},
		{Backend: "api", Server: "app-1", Status: "MAINT", Sessions: 1},
	}, states)
}

func TestRuntimeMeansAServerInEveryBackend(t *testing.T) {
	r, asked := fakeRuntime(t, map[string]string{
		showStat:                                 twoBackends,
		"shutdown sessions server nodes/app-1\n": "\n",
		"shutdown sessions server api/app-1\n":   "\n",
	})
	cut, err := r.Cut(context.Background(), "app-1")
	require.NoError(t, err)
	require.Equal(t, 3, cut)
	require.Len(t, asked, 3)
}

func TestRuntimeErrors(t *testing.T) {
	for _, tt := range []struct {
		answers map[string]string
		want    string
	}{
		{nil, "i/o timeout"},
		{map[string]string{showStat: "Unknown command\n"}, `not an answer to show stat: "Unknown command"`},
		{map[string]string{showStat: "# pxname,svname,scur,status\nnodes,app-1\n"}, "a line of 2 fields"},
		{map[string]string{showStat: "# pxname,svname,scur,status\nnodes,app-1,x,UP\n"}, `parsing "x"`},
		{map[string]string{showStat: "# pxname,svname,scur,status\n\"nodes,app-1,1,UP\n"}, "show stat"},
		{map[string]string{showStat: twoBackends, "set server nodes/app-2 state maint\n": "Permission denied\n"},
			"haproxy: set server nodes/app-2 state maint: Permission denied"},
	} {
		r, _ := fakeRuntime(t, tt.answers)
		require.ErrorContains(t, r.Drain(context.Background(), "app-2"), tt.want)
	}
	r, _ := fakeRuntime(t, nil)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, r.Drain(ctx, "app-2"), context.Canceled)
}
