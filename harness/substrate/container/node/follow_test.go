package node

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
)

const (
	upLine   = `{"at":5,"t":"node","n":"app-1","boot":1,"state":"up"}`
	pageLine = `{"at":7,"t":"decision","r":3,"op":"page","n":"app-1","boot":1,"why":"ok","ok":true}`
)

func TestFollow(t *testing.T) {
	long := strings.Repeat("x", history.MaxLine+10)
	for name, c := range map[string]struct {
		output string
		events string // types and times
		other  []string
	}{
		"nothing":                    {"", "", nil},
		"events":                     {upLine + "\n" + pageLine + "\n", "node 5, decision 7", nil},
		"carriage returns":           {upLine + "\r\n" + pageLine + "\r\n\r\n", "node 5, decision 7", nil},
		"a last event cut short":     {upLine + "\n" + pageLine[:40], "node 5", nil},
		"a last event but newline":   {upLine + "\n" + pageLine, "node 5, decision 7", nil},
		"a panic between":            {upLine + "\npanic: oh\n\ngoroutine 1 [running]:\n" + pageLine + "\n", "node 5, decision 7", []string{"panic: oh", "goroutine 1 [running]:"}},
		"a last word cut short":      {upLine + "\nfatal err", "node 5", []string{"fatal err"}},
		"an event cut in the middle": {upLine[:20] + "\n" + pageLine + "\n", "decision 7", []string{upLine[:20]}},
		"somebody else's event":      {`{"at":1,"t":"fault","fault":"node_kill"}` + "\n", "", []string{`{"at":1,"t":"fault","fault":"node_kill"}`}},
		"other JSON":                 {`{"level":"info"}` + "\n[]\n", "", []string{`{"level":"info"}`, "[]"}},
		"a line without end":         {long + "\n" + upLine + "\n", "node 5", []string{long[:keptBytes]}},
	} {
		t.Run(name, func(t *testing.T) {
			var events []string
			other, err := Follow(iotest.OneByteReader(strings.NewReader(c.output)), func(e *history.Event) {
				events = append(events, fmt.Sprint(e.Type, " ", int(e.At)))
			})
			require.NoError(t, err)
			require.Equal(t, c.events, strings.Join(events, ", "))
			require.Equal(t, c.other, other)
		})
	}
}

func TestFollowKeepsTheLatestLines(t *testing.T) {
	var output strings.Builder
	for i := range 100 {
		fmt.Fprintln(&output, "line", i)
	}
	other, err := Follow(strings.NewReader(output.String()), func(*history.Event) {})
	require.NoError(t, err)
	require.Len(t, other, keptLines)
	require.Equal(t, "line 60", other[0])
	require.Equal(t, "line 99", other[keptLines-1])
}

func TestFollowTellsWhyReadingEnded(t *testing.T) {
	gone := errors.New("the daemon is gone")
	n := 0
	_, err := Follow(io.MultiReader(strings.NewReader(upLine+"\n"), iotest.ErrReader(gone)), func(*history.Event) { n++ })
	require.ErrorIs(t, err, gone)
	require.Equal(t, 1, n)
}

// FuzzFollow: whatever a container says, there is no panic, what is kept is
// bounded, and events are such as can be written again.
func FuzzFollow(f *testing.F) {
	f.Add([]byte(upLine + "\n" + pageLine + "\n"))
	f.Add([]byte("panic: oh\n{\"t\":\n"))
	f.Fuzz(func(t *testing.T, output []byte) {
		other, err := Follow(bytes.NewReader(output), func(e *history.Event) {
			_, err := history.AppendLine(nil, e)
			require.NoError(t, err)
		})
		require.NoError(t, err)
		require.LessOrEqual(t, len(other), keptLines)
		for _, line := range other {
			require.LessOrEqual(t, len(line), keptBytes)
		}
	})
}

// FuzzState: no panic, and what is a state can be written and read again.
func FuzzState(f *testing.F) {
	f.Add([]byte(`{"name":"app-1","boot":1,"epoch":"2026-01-01T00:00:00Z","compress":1,"keys":{"signer":{"kty":"oct","kid":"k1","k":"c2VjcmV0"}}}`))
	f.Add([]byte(`{"name":"a","boot":1,"epoch":"2026-01-01T00:00:00Z","compress":1e300,"architecture":{"Session":{"Kind":"jwt"}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := decode[State](bytes.NewReader(body))
		if err != nil || s.check() != nil {
			return
		}
		again, err := json.Marshal(s)
		require.NoError(t, err)
		_, err = decode[State](bytes.NewReader(again))
		require.NoError(t, err)
	})
}
