package history

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/stretchr/testify/require"
)

// full is an event with every field set.
func full() Event {
	return Event{
		At: time.Second, Type: Response, User: 1, Action: 2, Kind: KindPage, Req: 3, Op: OpPage,
		Sent: 900 * time.Millisecond, Path: "/page/1?<&>", Status: 401, Err: ErrReset, Body: BodyLogin, Identity: 4,
		Location: "/login", Age: 5, Hit: true, Date: 1700000000, Set: []string{"sid"}, Clear: []string{"a\"b"}, Replay: 6,
		Shown: ShownLogin, LoggedOut: true, GaveUp: GaveUpRejected, Held: "abc",
		Node: "app-1", Boot: 7, Accept: true, Reason: ReasonExpired, Clock: 2 * time.Second, Session: "s", Token: "t",
		Kid: "k1", KeyFP: "fp", ExpIn: -time.Second, IatIn: -time.Minute, Leeway: time.Millisecond,
		Issued: "n", NewTok: "nt", NewRT: "nr", State: StateUp,
		Fault: "clock_skew", Index: 8, Params: Params{"node": "app-1", "offset": "25s", "a": "b"},
		Events: 9, Load: &Load{Hits: 9, SuccessRatio: 0.5, P50: 1, P95: 2, P99: 3, PlannedRate: 4, AchievedRate: 5, MaxLag: 6, Interrupted: true},
		Sum: 10,
	}
}

func write(t testing.TB, events ...Event) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "history.jsonl.gz")
	r, err := Create(path, Header{Scenario: "s", Users: 3})
	require.NoError(t, err)
	for i := range events {
		r.Append(&events[i])
	}
	require.NoError(t, r.Close())
	require.NoError(t, r.Close(), "closing twice is harmless")
	return path
}

func read(t testing.TB, path string) (*Reader, []Event, error) {
	t.Helper()
	r, err := Open(path)
	if err != nil {
		return nil, nil, err
	}
	var got []Event
	for e, err := range r.Events() {
		if err != nil {
			return r, got, err
		}
		got = append(got, e)
	}
	return r, got, nil
}

func TestRoundTrip(t *testing.T) {
	want := []Event{{At: 1, Type: Begin, User: 1}, full(), {At: 3, Type: End}}
	r, got, err := read(t, write(t, want...))
	require.NoError(t, err)
	require.NotZero(t, got[2].Sum)
	want[2].Events, want[2].Sum = 3, got[2].Sum
	require.Equal(t, want, got)
	require.True(t, r.Complete())
	require.Equal(t, Header{Schema: Schema, Kind: Kind, Scenario: "s", Users: 3}, r.Header())
}

func TestEqualEventsGiveEqualBytes(t *testing.T) {
	e := full()
	first, err := AppendLine(nil, &e)
	require.NoError(t, err)
	for range 50 {
		e := full()
		again, err := AppendLine(nil, &e)
		require.NoError(t, err)
		require.Equal(t, string(first), string(again))
	}
}

func TestCreateRefusesAnExistingFile(t *testing.T) {
	path := write(t)
	_, err := Create(path, Header{})
	require.ErrorIs(t, err, os.ErrExist)
}

func TestAppendKeepsOrderOfEachGoroutine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h")
	r, err := Create(path, Header{})
	require.NoError(t, err)
	const users, each = 8, 2000
	var wg sync.WaitGroup
	for u := range users {
		wg.Go(func() {
			for i := range each {
				r.Append(&Event{Type: Begin, User: u + 1, Action: i})
			}
		})
	}
	wg.Wait()
	require.NoError(t, r.Close())
	_, got, err := read(t, path)
	require.NoError(t, err)
	require.Len(t, got, users*each)
	next := map[int]int{}
	for _, e := range got {
		require.Equal(t, next[e.User], e.Action)
		next[e.User]++
	}
}

// A killed run leaves what was flushed: the file as it is 250 ms after the
// last event, without Close, reads fine and lacks only its end.
func TestKilledRunLeavesWholeMembers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "h")
		r, err := Create(path, Header{Scenario: "killed"})
		require.NoError(t, err)
		r.Append(&Event{Type: Begin, User: 1})
		time.Sleep(memberEvery + time.Millisecond) // the bubble's clock
		synctest.Wait()
		reader, got, err := read(t, path)
		require.NoError(t, err)
		require.Len(t, got, 1)
		require.False(t, reader.Complete())
		require.NoError(t, r.Close())
	})
}

// Of a run that can be repeated the file hangs on its events alone, not on how
// long a machine took between them; and it is whole as far as it goes.
func TestEqualEventsGiveEqualFiles(t *testing.T) {
	big := string(bytes.Repeat([]byte("x"), memberBytes/10))
	file := func(create func(string, Header) (*Recorder, error), pause time.Duration) (all []byte) {
		synctest.Test(t, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "h")
			r, err := create(path, Header{Scenario: "repeated"})
			require.NoError(t, err)
			for i := range 25 {
				r.Append(&Event{At: time.Duration(i), Type: Begin, User: 1, Path: big})
				time.Sleep(pause) // the bubble's clock
			}
			synctest.Wait()
			_, got, err := read(t, path)
			require.NoError(t, err)
			require.GreaterOrEqual(t, len(got), 20, "two members by size")
			r.Append(&Event{At: 25, Type: End})
			require.NoError(t, r.Close())
			all, err = os.ReadFile(path)
			require.NoError(t, err)
		})
		return all
	}
	require.Equal(t, file(CreateRepeatable, 0), file(CreateRepeatable, memberEvery))
	require.NotEqual(t, file(Create, 0), file(Create, memberEvery), "in real time members end by the clock, too")
}

// Cutting the file at any byte is either at a member's end (fewer events, no
// error) or tells of the cut.
func TestTruncated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h")
	data, ends := members(t, 4, 3)
	whole := map[int]int{}
	for i, end := range ends {
		whole[end] = i * 3
	}
	for n := ends[0] + 1; n < len(data); n++ {
		require.NoError(t, os.WriteFile(path, data[:n], 0o600))
		_, got, err := read(t, path)
		if want, ok := whole[n]; ok {
			require.NoError(t, err, "cut at %d", n)
			require.Len(t, got, want)
			continue
		}
		var cut *TruncatedError
		require.ErrorAs(t, err, &cut, "cut at %d", n)
		require.Equal(t, len(got), cut.Events)
		require.EqualValues(t, n, cut.Size)
		require.Contains(t, ends, int(cut.Offset))
		require.LessOrEqual(t, int(cut.Offset), n)
	}
}

// A run killed while it writes a member leaves a part of it, without its first
// byte: what was written before reads fine.
func TestKilledInMidWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h")
	data, ends := members(t, 3, 3)
	for n := ends[2] + 1; n < ends[3]; n++ {
		left := bytes.Clone(data[:n])
		left[ends[2]] = 0
		require.NoError(t, os.WriteFile(path, left, 0o600))
		r, got, err := read(t, path)
		require.NoError(t, err, "killed at %d", n)
		require.Len(t, got, 6)
		require.False(t, r.Complete())
	}
}

// The first byte of a member is the last that reaches the file.
func TestMemberIsFinishedByItsFirstByte(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "h"))
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	var m memberWriter
	require.NoError(t, m.zipped([]byte("one\n")))
	require.NoError(t, m.write(f))
	first := m.end
	require.NoError(t, m.zipped([]byte("two\n")))
	require.NoError(t, m.write(f))
	info, err := f.Stat()
	require.NoError(t, err)
	require.Equal(t, m.end, info.Size())
	for _, at := range []int64{0, first} {
		b := make([]byte, 1)
		_, err := f.ReadAt(b, at)
		require.NoError(t, err)
		require.Equal(t, byte(0x1f), b[0])
	}
}

// members makes a history of a header member and n members of k events, and
// tells where each ends.
func members(t testing.TB, n, k int) ([]byte, []int) {
	t.Helper()
	var out bytes.Buffer
	var ends []int
	head, err := appendHeader(nil, Header{Users: 1})
	require.NoError(t, err)
	put := func(raw []byte) {
		z := gzip.NewWriter(&out)
		_, err := z.Write(raw)
		require.NoError(t, err)
		require.NoError(t, z.Close())
		ends = append(ends, out.Len())
	}
	put(head)
	for i := range n {
		var raw []byte
		for j := range k {
			raw, err = AppendLine(raw, &Event{At: time.Duration(i*k + j), Type: Begin, User: 1, Kind: KindPage})
			require.NoError(t, err)
		}
		put(raw)
	}
	return out.Bytes(), ends
}

func TestDamagedMember(t *testing.T) {
	data, ends := members(t, 3, 3)
	data[ends[2]-6] ^= 0xff // the checksum of the third member
	path := filepath.Join(t.TempDir(), "h")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	_, got, err := read(t, path)
	var cut *TruncatedError
	require.ErrorAs(t, err, &cut)
	require.ErrorIs(t, err, gzip.ErrChecksum)
	require.EqualValues(t, ends[1], cut.Offset)
	require.Equal(t, cut.Events, len(got))
}

func TestForeign(t *testing.T) {
	zipped := func(s string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		fmt.Fprint(z, s)
		require.NoError(t, z.Close())
		return b.String()
	}
	for _, c := range []struct{ name, data, want string }{
		{"empty", "", "an empty file"},
		{"text", "hello", "plain text"},
		{"binary", "\x00\x01\x02", "not gzip"},
		{"zip", "PK\x03\x04", "a zip file"},
		{"raw", `{"schema":1}`, "uncompressed JSON"},
		{"no content", zipped(""), "without content"},
		{"gzip of text", zipped("hello\n"), "something else than JSON"},
		{"no newline", zipped("hello"), "first line is not a header"},
		{"no header", zipped(`{"at":1,"t":"begin"}` + "\n"), "without a history's header"},
		{"other kind", zipped(`{"schema":1,"kind":"x"}` + "\n"), `JSON of kind "x"`},
		{"other schema", zipped(`{"schema":7,"kind":"logoutlab-history"}` + "\n"), "a history of schema 7"},
		{"broken header", zipped(`{"schema":1,"kind":"logoutlab-history","users":"x"}` + "\n"), "header cannot be read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "h")
			require.NoError(t, os.WriteFile(path, []byte(c.data), 0o600))
			_, err := Open(path)
			var foreign *ForeignError
			require.ErrorAs(t, err, &foreign)
			require.ErrorContains(t, err, c.want)
		})
	}
	_, err := Open(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestBadLines(t *testing.T) {
	head, err := appendHeader(nil, Header{})
	require.NoError(t, err)
	for name, line := range map[string]string{
		"not JSON":   "nonsense\n",
		"no type":    "{}\n",
		"new type":   `{"t":"teleport","at":1}` + "\n",
		"wrong type": `{"t":"begin","at":"soon"}` + "\n",
		"no end":     `{"t":"begin"}`,
		"too long":   `{"t":"` + string(bytes.Repeat([]byte("x"), MaxLine)) + `"}` + "\n",
	} {
		r, err := fromLines(append(append(bytes.Clone(head), `{"t":"begin"}`+"\n"...), line...))
		require.NoError(t, err, name)
		n := 0
		for _, err = range r.Events() {
			n++
		}
		var bad *LineError
		require.ErrorAs(t, err, &bad, name)
		require.Equal(t, 3, bad.Line, name)
		require.Equal(t, 2, n, name)
	}
}

func TestRef(t *testing.T) {
	require.Empty(t, Ref(""))
	require.Empty(t, Ref64(0))
	require.Len(t, Ref("x"), 12)
	require.NotEqual(t, Ref("x"), Ref("y"))
	require.Equal(t, Ref("00000000deadbeef"), Ref64(0xdeadbeef))
}

func TestMemory(t *testing.T) {
	var m Memory
	m.Append(&Event{Type: Begin, User: 1})
	events := m.Events()
	m.Append(&Event{Type: Begin, User: 2})
	n := 0
	for e, err := range events {
		require.NoError(t, err)
		require.Equal(t, 1, e.User)
		n++
	}
	require.Equal(t, 1, n)
}
