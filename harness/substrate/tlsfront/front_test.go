package tlsfront_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/substrate/tlsfront"
)

func TestFront(t *testing.T) {
	var remote string
	system := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		remote, _, _ = net.SplitHostPort(r.RemoteAddr)
		_, _ = io.WriteString(w, r.Host)
	}))
	defer system.Close()
	front, err := tlsfront.Open([]string{"www.example.test"}, func(ctx context.Context, from net.IP) (net.Conn, error) {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: from}}
		return d.DialContext(ctx, "tcp", system.Listener.Addr().String())
	})
	require.NoError(t, err)
	get := func(url string) (string, error) {
		tr := &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 1, 2, 3)}}
				return d.DialContext(ctx, "tcp", front.Addr())
			},
			TLSClientConfig: &tls.Config{RootCAs: front.Roots()},
		}
		defer tr.CloseIdleConnections()
		res, err := (&http.Client{Transport: tr}).Get(url)
		if err != nil {
			return "", err
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		return string(text), err
	}
	host, err := get("https://www.example.test/x")
	require.NoError(t, err)
	require.Equal(t, "www.example.test", host)
	require.Equal(t, "127.1.2.3", remote, "the system sees who comes")
	_, err = get("https://app.example.test/x")
	require.ErrorContains(t, err, "certificate")
	require.NoError(t, front.Close())
	_, err = get("https://www.example.test/x")
	require.Error(t, err)
}

func TestCloseEndsConnections(t *testing.T) {
	system, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer system.Close()
	front, err := tlsfront.Open([]string{"a.test"}, func(context.Context, net.IP) (net.Conn, error) {
		return net.Dial("tcp", system.Addr().String())
	})
	require.NoError(t, err)
	c, err := tls.Dial("tcp", front.Addr(), &tls.Config{RootCAs: front.Roots(), ServerName: "a.test"})
	require.NoError(t, err)
	defer c.Close()
	up, err := system.Accept()
	require.NoError(t, err)
	defer up.Close()
	require.NoError(t, front.Close())
	_, err = c.Read(make([]byte, 1))
	require.Error(t, err)
}
