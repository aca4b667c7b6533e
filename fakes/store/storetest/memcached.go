// Package storetest starts real session stores for tests.
package storetest

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"os/user"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Memcached is the host:port of a real memcached: the one that
// LOGOUTLAB_MEMCACHED names, or one of the test's own, which ends with it. The
// test is skipped where neither is to be had, or fails if
// LOGOUTLAB_MEMCACHED_SERVER=require.
func Memcached(t *testing.T) string {
	t.Helper()
	if address := os.Getenv("LOGOUTLAB_MEMCACHED"); address != "" {
		return address
	}
	binary, err := exec.LookPath("memcached")
	if err != nil {
		const missing = "no real memcached: set LOGOUTLAB_MEMCACHED to its host:port, or install memcached (apt package memcached)"
		if os.Getenv("LOGOUTLAB_MEMCACHED_SERVER") == "require" {
			t.Fatal(missing)
		}
		t.Log("NOT TESTED against a real memcached, only against the embedded one.")
		t.Skip(missing)
	}
	return serve(t, binary)
}

func serve(t *testing.T, binary string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().String()
	host, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	me, err := user.Current() // memcached does not run as root unless told to
	require.NoError(t, err)
	require.NoError(t, l.Close())

	cmd := exec.Command(binary, "-l", host, "-p", port, "-U", "0", "-u", me.Username)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("memcached said:\n%s", &said)
		}
	})
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	}, 10*time.Second, 20*time.Millisecond, "memcached did not come up on %s", address)
	return address
}
