package workload

import (
	"bufio"
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestProxyHeader(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	c, err := Dialer(net.IPv4(127, 1, 2, 3), true)(context.Background(), "tcp", l.Addr().String())
	require.NoError(t, err)
	defer c.Close()
	s, err := l.Accept()
	require.NoError(t, err)
	defer s.Close()
	line, err := bufio.NewReader(s).ReadString('\n')
	require.NoError(t, err)
	_, from, _ := net.SplitHostPort(c.LocalAddr().String())
	_, to, _ := net.SplitHostPort(l.Addr().String())
	require.Equal(t, "PROXY TCP4 127.1.2.3 127.0.0.1 "+from+" "+to+"\r\n", line)
}
