package archive_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/client/browsertest"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/reports"
	"github.com/logoutlab/logoutlab/reports/archive"
)

// TestChromiumServed: a report that is served runs its own script, and no other
// that somebody has put into the file, whatever the file's own policy was.
func TestChromiumServed(t *testing.T) {
	browsertest.Require(t)
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "one"), 0o700))
	page, err := os.Create(filepath.Join(dir, "one", reports.Page))
	require.NoError(t, err)
	run := func(variant string) reports.Run {
		return reports.Run{
			Result: &result.Result{Scenario: "s", Variant: variant, Faults: []result.Fault{{Name: "node_kill", AtS: 1}}},
			Series: reports.Series{Step: time.Second, Bins: 2, Logouts: []reports.Stack{{Cause: "session_lost", Counts: []int{0, 7}}}},
		}
	}
	_, err = page.WriteString("<script>window.ran = true</script>")
	require.NoError(t, err)
	require.NoError(t, reports.HTML(page, reports.Suite{Runs: []reports.Run{run("a"), run("b")}}))
	require.NoError(t, page.Close())
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	defer root.Close() //nolint:errcheck // only read from
	plain, secure := httptest.NewUnstartedServer(nil), httptest.NewTLSServer(nil)
	defer secure.Close()
	plain.Config.Handler = archive.Handler(root, "here", plain.Listener.Addr())
	plain.Start()
	defer plain.Close()

	b := browsertest.Start(t, browsertest.Hosts{HTTP: plain.Listener.Addr().String(), HTTPS: secure.Listener.Addr().String(), Certificate: secure.Certificate()})
	b.Open(t, plain.URL+"/report/one")
	require.Equal(t, "undefined", b.Text(t, "String(window.ran)"))
	b.PointAt(t, "[role=slider] svg", 0.75, 0.5)
	b.Until(t, `document.querySelector(".readout").textContent`, func(got string) bool {
		return got == "1\u00a0s to 2\u00a0s: session_lost 7; faults meanwhile: node_kill"
	})
}
