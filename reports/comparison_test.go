package reports

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/matrix"
	"github.com/logoutlab/logoutlab/harness/result"
)

// sampleMatrix is made by hand: two architectures under no fault and three more, one
// that one of them cannot have, and one that came to nothing.
func sampleMatrix() *matrix.Matrix {
	healed := 95.0
	cell := func(fault string, state matrix.State, logouts int, cause string) matrix.Cell {
		c := matrix.Cell{Fault: fault, State: state, Cause: cause, Seed: 7, Repeat: "logoutlab compare a --faults " + fault, Causes: map[string]int{}}
		c.SpuriousLogouts = matrix.PerMillion{Count: logouts, Of: 10_000, Value: 100 * float64(logouts), Lo: 90 * float64(logouts), Hi: 300 + 110*float64(logouts)}
		if cause != "" {
			c.CauseShare, c.Causes[cause] = 1, logouts
		}
		return c
	}
	kill := cell("node-kill", matrix.Measured, 120, "session_lost")
	kill.Changed, kill.Marks = 130, 400
	kill.Blast = matrix.Blast{Users: 80, Logins: 120, PeakLogins: 340, UsualLogins: 60, HealedS: &healed}
	cut := cell("connection-cut", matrix.Measured, 0, "")
	cut.Marks, cut.Ghosts = 12, result.Ghosts{Logouts: 50, Accepted: 40, Seconds: 6000, Mean: 120}
	cut.GhostCause = "revocation_missed"
	nothing := func(fault string, state matrix.State, why string) matrix.Cell {
		return matrix.Cell{Fault: fault, State: state, Why: why, Repeat: "logoutlab compare b --faults " + fault}
	}
	m := &matrix.Matrix{
		Schema: 1, Version: "0.1.0", Substrate: "sim", Seed: 7, Users: 400, DurationS: 1200, Repeat: "logoutlab compare a b",
		Faults: []matrix.Fault{{Name: "none", Title: "Nothing is injected"}, {Name: "node-kill", Title: "A node dies"}, {Name: "connection-cut", Title: "Connections are cut"}, {Name: "store-flush", Title: "The store forgets"}},
		Architectures: []matrix.Architecture{
			{Name: "sticky", Title: "Sticky", File: "culprits/node-kill/broken", LeftOut: []string{"node_kill"}, Score: matrix.Score{LoadBalance: 1.25, P99MS: 91},
				Cells: []matrix.Cell{cell("none", matrix.Measured, 0, ""), kill, cut, nothing("store-flush", matrix.CannotBe, "store_flush, but there is no shared store")}},
			{Name: "redis", Title: "Redis", File: "architectures/redis-sessions/fault-free", Score: matrix.Score{LoadBalance: 1, P99MS: 95, StoreShared: true, StoreCounted: true, StoreCommands: 1.76, StoreBytes: 99.2},
				Cells: []matrix.Cell{cell("none", matrix.Measured, 0, ""), nothing("node-kill", matrix.Unmet, "no traffic met the fault"), nothing("connection-cut", matrix.Unknown, "it was not run"), cell("store-flush", matrix.Measured, 50, "store_evicted")}},
		},
	}
	m.Settle()
	return m
}

func TestMatrixGolden(t *testing.T) {
	for name, write := range map[string]func(io.Writer, *matrix.Matrix) error{
		"compare.html": MatrixHTML, "compare.json": MatrixJSON, "compare.md": MatrixMarkdown,
		"compare.txt": func(w io.Writer, m *matrix.Matrix) error { MatrixText(w, m); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			require.NoError(t, write(&got, sampleMatrix()))
			file := filepath.Join("testdata", name)
			if *update {
				require.NoError(t, os.WriteFile(file, got.Bytes(), 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err, "run: go test ./reports -update")
			require.True(t, string(want) == got.String(), "%s is not as it was: run go test ./reports -update, and look at the difference", file)
		})
	}
}

func TestMatrixReadsBack(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, MatrixJSON(&b, sampleMatrix()))
	var back matrix.Matrix
	require.NoError(t, json.Unmarshal(b.Bytes(), &back))
	require.Equal(t, sampleMatrix(), &back)
}

// TestMatrixLoadsNothing: the page works from a mail.
func TestMatrixLoadsNothing(t *testing.T) {
	var page bytes.Buffer
	require.NoError(t, MatrixHTML(&page, sampleMatrix()))
	require.Empty(t, loading.FindString(unscripted(t, page.String())))
	for _, m := range refers.FindAllStringSubmatch(page.String(), -1) {
		require.True(t, strings.HasPrefix(m[1], "#"), m[0])
	}
}

// TestMatrixIsNeverOverwritten: nor is anything else of the user's.
func TestMatrixIsNeverOverwritten(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, WriteMatrix(dir, sampleMatrix()))
	require.ErrorIs(t, WriteMatrix(dir, sampleMatrix()), os.ErrExist)
}

func TestCellsInWords(t *testing.T) {
	m := sampleMatrix()
	var got []string
	for _, a := range m.Architectures {
		for _, c := range a.Cells {
			got = append(got, cellFigure(c))
		}
	}
	require.Equal(t, []string{"0 (<300)", "12,000", "0 (<300)", "n/a", "0 (<300)", "unmet", "unknown", "5,000"}, got)
}
