package node

import (
	"context"
	"io"
	"net"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTunnel(t *testing.T) {
	echo, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer echo.Close()
	go func() {
		c, err := echo.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		said, _ := io.ReadAll(c)
		_, _ = c.Write(append([]byte("you said "), said...))
	}()
	s := httptest.NewServer(guard("secret", (&program{}).routes()))
	defer s.Close()

	c, err := NewClient("helper", s.URL, "secret").Dial(context.Background(), echo.Addr().String())
	require.NoError(t, err)
	defer c.Close()
	_, err = io.WriteString(c, "hello")
	require.NoError(t, err)
	require.NoError(t, c.(*tunnelled).Conn.(*net.TCPConn).CloseWrite())
	heard, err := io.ReadAll(c)
	require.NoError(t, err)
	require.Equal(t, "you said hello", string(heard))

	_, err = NewClient("helper", s.URL, "wrong").Dial(context.Background(), echo.Addr().String())
	require.ErrorContains(t, err, "401")
	_, err = NewClient("helper", s.URL, "secret").Dial(context.Background(), "127.0.0.1:1")
	require.ErrorContains(t, err, "502")
}
