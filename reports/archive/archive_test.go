package archive_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/matrix"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/reports"
	"github.com/logoutlab/logoutlab/reports/archive"
)

const hostile = `"'></title><script>alert(1)</script><img src=x onerror=alert(1)>`

func hostileResult() *result.Result {
	return &result.Result{
		Schema: 1, Scenario: hostile, Variant: hostile, Substrate: hostile, Version: hostile, Outcome: hostile, Title: hostile,
		Rates: result.Rates{SpuriousLogout: result.Rate{Count: 9, Of: 1, Value: 1e300, Lo: -1e300, Hi: 1e300}},
	}
}

// tree makes a directory of runs: whole ones, one that was killed, damaged ones,
// and ways out of it.
func tree(t *testing.T) (*os.Root, string) {
	t.Helper()
	top := t.TempDir()
	put := func(name string, text []byte) {
		path := filepath.Join(top, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, text, 0o600))
	}
	var summary bytes.Buffer
	require.NoError(t, reports.Summary(&summary, reports.Suite{Version: hostile, Runs: []reports.Run{{Result: hostileResult()}}}))
	one, err := json.Marshal(hostileResult())
	require.NoError(t, err)
	put("runs/whole/summary.json", summary.Bytes())
	put("runs/whole/report.html", []byte("the report"))
	put("runs/whole/shop/a/result.json", one) // belongs to it
	put("runs/deep/er/summary.json", summary.Bytes())
	put("runs/killed/shop/broken/result.json", one)
	put("runs/damaged/summary.json", []byte(`{"schema": 1, "results": [null]}`))
	put("runs/damaged2/result.json", []byte(`{"schema": 1, "seed": "`+hostile))
	put("runs/later/summary.json", []byte(`{"schema": 2}`))
	put("runs/folder/summary.json/x", nil)
	var compared bytes.Buffer
	require.NoError(t, reports.MatrixJSON(&compared, &matrix.Matrix{Schema: matrix.Schema, Headline: hostile}))
	put("runs/whole/compare.json", compared.Bytes()) // run --compare
	put("runs/compared/compare.json", compared.Bytes())
	put("runs/compared/report.html", []byte("the comparison"))
	put("runs/compared/cells/node-kill/redis/result.json", one) // belongs to it
	put("runs/broken/compare.json", []byte("{"))
	put("runs/newer/compare.json", []byte(`{"schema": 2}`))
	put("runs/"+strings.ReplaceAll(hostile, "/", "")+"/summary.json", summary.Bytes())
	put("outside/report.html", []byte("a secret"))
	put("outside/summary.json", summary.Bytes())
	require.NoError(t, os.Symlink(filepath.Join(top, "outside"), filepath.Join(top, "runs", "link")))
	require.NoError(t, os.MkdirAll(filepath.Join(top, "runs", "linked"), 0o700))
	put("outside/compare.json", compared.Bytes())
	for _, name := range []string{"report.html", "summary.json", "compare.json"} {
		require.NoError(t, os.Symlink(filepath.Join(top, "outside", name), filepath.Join(top, "runs", "linked", name)))
	}
	root, err := os.OpenRoot(filepath.Join(top, "runs"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, root.Close()) })
	return root, top
}

func TestFind(t *testing.T) {
	root, _ := tree(t)
	all, err := archive.Find(root)
	require.NoError(t, err)
	found := map[string]string{}
	for _, k := range all.Runs {
		found[k.Path] = k.Problem
		require.Equal(t, k.Problem == "", k.Saved != nil, k.Path)
		require.Equal(t, k.Path == "whole", k.Report, k.Path)
	}
	for path, problem := range map[string]string{
		"whole": "", "deep/er": "", "killed/shop/broken": "", "damaged": "the file is damaged", "damaged2": "the file is damaged",
		"later": "accepted is 1", "folder": "is no file", "linked": "escapes", strings.ReplaceAll(hostile, "/", ""): "",
	} {
		got, listed := found[path]
		require.True(t, listed, path)
		require.Contains(t, got, problem, path)
	}
	require.Len(t, found, 9)
}

func TestFindComparisons(t *testing.T) {
	root, _ := tree(t)
	all, err := archive.Find(root)
	require.NoError(t, err)
	found := map[string]string{}
	for _, c := range all.Comparisons {
		found[c.Path] = c.Problem
		require.Equal(t, c.Problem == "", c.Matrix != nil, c.Path)
		require.Equal(t, c.Path == "whole" || c.Path == "compared", c.Report, c.Path)
		require.Equal(t, c.Path == "linked", c.Written.IsZero(), c.Path)
	}
	for path, problem := range map[string]string{
		"whole": "", "compared": "", "broken": "compare.json: unexpected end of JSON input: the file is damaged",
		"newer": "compare.json has the schema 2: accepted is 1", "linked": "escapes",
	} {
		got, listed := found[path]
		require.True(t, listed, path)
		require.Contains(t, got, problem, path)
	}
	require.Len(t, found, 5)
}

func serve(t *testing.T) *httptest.Server {
	t.Helper()
	root, _ := tree(t)
	s := httptest.NewUnstartedServer(nil)
	s.Config.Handler = archive.Handler(root, hostile, s.Listener.Addr())
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// get sends a request whose path and host are left as they are.
func get(t *testing.T, s *httptest.Server, method, path, host string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL, nil)
	require.NoError(t, err)
	r.URL.Opaque = path
	if host != "" {
		r.Host = host
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Contains(t, resp.Header.Get("Content-Security-Policy"), "default-src 'none'")
	source, err := reports.ScriptSource()
	require.NoError(t, err)
	require.NotContains(t, strings.Replace(resp.Header.Get("Content-Security-Policy"), "; script-src "+source, "", 1), "script-src")
	return resp, string(body)
}

func TestTheListRunsNothing(t *testing.T) {
	resp, page := get(t, serve(t), http.MethodGet, "/", "")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, "text/html; charset=utf-8", resp.Header.Get("Content-Type"))
	require.NotContains(t, resp.Header.Get("Content-Security-Policy"), "script-src")
	require.NotContains(t, page, "<script")
	require.NotContains(t, page, "<img")
	require.Contains(t, page, "&lt;script&gt;")
	require.Contains(t, page, `<a href="/report/whole">whole</a>`)
	require.Contains(t, page, `<a href="/report/whole#architectures">whole</a>`)
	require.Contains(t, page, `<a href="/report/compared#architectures">compared</a>`)
}

func TestOnlyReportsAreServed(t *testing.T) {
	s := serve(t)
	resp, body := get(t, s, http.MethodGet, "/report/whole", "")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, "the report", body)
	require.Contains(t, resp.Header.Get("Content-Security-Policy"), "; script-src 'sha256-", "a report's own script, and no other")
	resp, body = get(t, s, http.MethodGet, "/report/compared", "")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, "the comparison", body)
	for _, path := range []string{
		"/report/../../outside", "/report/..%2f..%2foutside", "/report/%2e%2e/%2e%2e/outside", "/report/link", "/report/linked", "/report//etc",
		"/report/whole/summary.json", "/report/whole/compare.json", "/report/deep/er", "/report/no", "/report/", "/report/whole%00", "/whole/summary.json", "/../outside/report.html", "/report/..",
	} {
		resp, body := get(t, s, http.MethodGet, path, "")
		require.NotEqual(t, http.StatusOK, resp.StatusCode, path)
		require.NotContains(t, body, "secret", path)
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
		resp, _ := get(t, s, method, "/", "")
		require.Equal(t, http.StatusMethodNotAllowed, resp.StatusCode, method)
	}
}

// A page of the internet whose name leads to 127.0.0.1 gets nothing (DNS
// rebinding).
func TestOtherHostsGetNothing(t *testing.T) {
	s := serve(t)
	_, port, _ := strings.Cut(s.Listener.Addr().String(), ":")
	for _, host := range []string{"evil.example", "evil.example:" + port, "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:" + port, "0.0.0.0:" + port} {
		for _, path := range []string{"/", "/report/whole"} {
			resp, body := get(t, s, http.MethodGet, path, host)
			require.Equal(t, http.StatusForbidden, resp.StatusCode, host)
			require.NotContains(t, body, "report")
		}
	}
	resp, _ := get(t, s, http.MethodGet, "/", "localhost:"+port)
	require.Equal(t, http.StatusOK, resp.StatusCode)
}
