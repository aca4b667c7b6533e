package history

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// typical is the life of one page: begin, decision, response, action.
func typical(i int) Event {
	at := time.Duration(i) * 137 * time.Microsecond
	switch user, req := i%400+1, i/4; i % 4 {
	case 0:
		return Event{At: at, Type: Begin, User: user, Action: req, Kind: KindPage}
	case 1:
		return Event{At: at, Type: Decision, User: user, Req: req, Op: OpPage, Node: "app-2", Boot: 1, Accept: true, Reason: ReasonOK,
			Clock: at + 2*time.Microsecond, Session: Ref64(uint64(user)), Token: Ref64(uint64(req)), Kid: "k1", KeyFP: "c0ffee123456", ExpIn: 14 * time.Minute, IatIn: -time.Minute}
	case 2:
		return Event{At: at, Type: Response, User: user, Action: req, Req: req, Op: OpPage, Sent: at - 900*time.Microsecond, Path: "/page/7", Status: 200, Body: BodyPage, Identity: user, Date: 1700000000}
	default:
		return Event{At: at, Type: Action, User: user, Action: req, Kind: KindPage, Shown: ShownPage, Held: Ref64(uint64(user))}
	}
}

func sample(n int) []Event {
	out := make([]Event, n)
	for i := range out {
		out[i] = typical(i)
	}
	return out
}

func rate(b *testing.B, events int) {
	b.ReportMetric(float64(events)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkWrite writes a compressed history, Close and fsync included.
func BenchmarkWrite(b *testing.B) {
	events := sample(200_000)
	dir := b.TempDir()
	n := 0
	for b.Loop() {
		n++
		r, err := Create(filepath.Join(dir, time.Duration(n).String()), Header{})
		require.NoError(b, err)
		for i := range events {
			r.Append(&events[i])
		}
		require.NoError(b, r.Close())
	}
	rate(b, len(events))
}

// BenchmarkRead reads it back.
func BenchmarkRead(b *testing.B) {
	const n = 200_000
	path := write(b, sample(n)...)
	for b.Loop() {
		r, err := Open(path)
		require.NoError(b, err)
		got := 0
		for _, err := range r.Events() {
			require.NoError(b, err)
			got++
		}
		require.Equal(b, n, got)
	}
	rate(b, n)
}
