package history

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestErrorsOfAppendAreKept(t *testing.T) {
	r, err := Create(filepath.Join(t.TempDir(), "h"), Header{})
	require.NoError(t, err)
	r.Append(&Event{Type: Begin, Path: string(make([]byte, MaxLine))})
	require.ErrorIs(t, r.Err(), ErrLongLine)
	require.ErrorIs(t, r.Close(), ErrLongLine)
}

// A disk that fails must not hang the callers.
func TestFailingDisk(t *testing.T) {
	r, err := Create(filepath.Join(t.TempDir(), "h"), Header{})
	require.NoError(t, err)
	require.NoError(t, r.file.Close())
	big := Event{Type: Begin, Path: string(bytes.Repeat([]byte("x"), memberBytes))}
	for range 3 * queueLength {
		r.Append(&big)
	}
	require.Error(t, r.Close())
	require.True(t, errors.Is(r.Err(), os.ErrClosed))
}

// What a full disk does not take can still be read, from the first event to the
// last, with the sum of all.
func TestFullDiskLosesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h")
	r, err := Create(path, Header{})
	require.NoError(t, err)
	want := fill(r, 3)
	r.mu.Lock()
	r.flush()
	r.mu.Unlock()
	require.Eventually(t, func() bool { info, err := os.Stat(path); return err == nil && info.Size() > 0 }, 30*time.Second, time.Millisecond)
	require.NoError(t, r.file.Close()) // from here on the disk takes nothing
	want = append(want, fill(r, 3)...)
	r.Append(&Event{At: time.Hour, Type: End, Load: &Load{Hits: 6}})
	require.ErrorContains(t, r.Close(), "writing "+path)

	in, err := r.Reader()
	require.NoError(t, err)
	var got []Event
	for e, err := range in.Events() {
		require.NoError(t, err)
		got = append(got, e)
	}
	require.True(t, in.Complete())
	require.Equal(t, want, got[:len(got)-1])
}

// fill appends n events.
func fill(r *Recorder, n int) []Event {
	var out []Event
	for i := range n {
		e := Event{At: time.Duration(i), Type: Begin, Kind: KindPage, User: 1, Action: i + 1}
		r.Append(&e)
		out = append(out, e)
	}
	return out
}
