package history

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/stretchr/testify/require"
)

// A history from which lines were taken, or to which some were added, is not
// judged as if it were whole. One without its end is that of a killed run.
func TestEndCountsTheEvents(t *testing.T) {
	head, err := appendHeader(nil, Header{})
	require.NoError(t, err)
	const begin, end, old = `{"t":"begin"}` + "\n", `{"t":"end","events":3}` + "\n", `{"t":"end"}` + "\n"
	for _, c := range []struct{ name, lines, want string }{
		{"whole", begin + begin + end, ""},
		{"killed", begin + begin, ""},
		{"uncounted", begin + old, ""},
		{"fewer", begin + end, "line 3: the end of the run counts 3 events, but 2 are here"},
		{"more", begin + begin + begin + end, "line 5: the end of the run counts 3 events, but 4 are here"},
		{"after the end", begin + begin + end + begin, "line 5: an event after the end of the run"},
		{"two ends", begin + begin + end + end, "line 5: an event after the end of the run"},
	} {
		r, err := fromLines(append(bytes.Clone(head), c.lines...))
		require.NoError(t, err, c.name)
		for _, err = range r.Events() {
		}
		if c.want == "" {
			require.NoError(t, err, c.name)
			continue
		}
		require.ErrorContains(t, err, c.want, c.name)
	}
}

func TestNothingIsRecordedAfterTheEnd(t *testing.T) {
	_, got, err := read(t, write(t, Event{Type: Begin, User: 1}, Event{Type: End}, Event{Type: Decision}))
	require.NoError(t, err)
	require.Len(t, got, 2)
	require.Equal(t, Event{Type: End, Events: 2, Sum: got[1].Sum}, got[1])
}

// What is changed anywhere in a history, header and end included, is noticed,
// though the lines are as many as before.
func TestEndSumsUpTheLines(t *testing.T) {
	f, err := os.Open(write(t, Event{Type: Begin, User: 1}, Event{Type: Action, User: 1}, Event{Type: End, Load: &Load{Hits: 7}}))
	require.NoError(t, err)
	defer f.Close() //nolint:errcheck // only read from
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	lines, err := io.ReadAll(z)
	require.NoError(t, err)
	const changed = "line 4: the sum of all lines is not the one that was written"
	for _, c := range []struct{ name, old, new, want string }{
		{"whole", "", "", ""},
		{"the header", `"users":3`, `"users":4`, changed},
		{"an event", `"begin","u":1`, `"begin","u":2`, changed},
		{"blanks", `"begin",`, `"begin", `, changed},
		{"the end", `"hits":7`, `"hits":8`, changed},
		{"the sum", `"sum":`, `"sum":-`, "line 4: "},
		{"after the sum", "}\n$", `,"at":5}` + "\n", changed},
		{"again after the sum", "}\n$", `,"load":{"hits":8}}` + "\n", changed},
	} {
		edited := strings.Replace(string(lines)+"$", c.old, c.new, 1)
		r, err := fromLines([]byte(strings.TrimSuffix(edited, "$")))
		require.NoError(t, err, c.name)
		err = nil
		for _, err = range r.Events() {
		}
		if c.want == "" {
			require.NoError(t, err, c.name)
			continue
		}
		require.ErrorContains(t, err, c.want, c.name)
	}
}
