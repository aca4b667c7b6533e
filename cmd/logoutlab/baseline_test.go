package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/require"
)

// sharedSessions expects nothing that a Redis without sessions breaks: what
// fails is the comparison alone.
const sharedSessions = `scenario: shop
title: Sessions in a Redis of ours
architecture: {nodes: 2, session: {kind: redis}}
workload: {users: 40, think: 20s, duration: 2m}
variants:
  ours: {expect: [{errors: "< 100%"}]}
`

// TestWorseThanBaseline: over real HTTP, a Redis that has begun to lose sessions
// is told from one that does not, and that one from itself is not.
func TestWorseThanBaseline(t *testing.T) {
	if testing.Short() {
		t.Skip("42 runs on loopback")
	}
	theirs := miniredis.RunT(t)
	home := t.TempDir()
	file, stored := filepath.Join(home, "shop.yaml"), filepath.Join(home, "shop.json")
	require.NoError(t, os.WriteFile(file, []byte(sharedSessions), 0o600))
	run := func(out string, more ...string) (code int, said string) {
		var stdout, stderr bytes.Buffer
		args := append([]string{"run", file, "--substrate", "loopback", "--redis", "redis://" + theirs.Addr(),
			"--seeds", "1..14", "--parallel", "4", "--compress", "60", "--out", filepath.Join(home, out)}, more...)
		code = execute(context.Background(), args, &stdout, &stderr)
		t.Logf("%s%s", &stdout, &stderr)
		return code, stdout.String()
	}

	code, _ := run("before")
	require.Equal(t, 0, code)
	runs(t, 0, "baseline", stored, filepath.Join(home, "before"))
	code, said := run("same", "--baseline", stored)
	require.Equal(t, 0, code)
	require.Contains(t, said, ": nothing is worse in 1 compared")

	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(500 * time.Millisecond):
				theirs.FlushAll()
			}
		}
	}()
	code, said = run("worse", "--baseline", stored)
	close(stop)
	<-stopped
	require.Equal(t, 1, code)
	require.Contains(t, said, "shop/ours: new: spurious_logouts, mostly by ")
}
