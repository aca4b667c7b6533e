package reports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/client/browsertest"
)

// TestChromiumShowsReports: a browser opens each report without a message, an
// exception or a request, on a phone and on a desk, light and dark, nothing is
// wider than the window, and no rule of accessibility is broken, also with all
// details open. LOGOUTLAB_REPORT is one more report to open, and
// LOGOUTLAB_PICTURES a directory for pictures of what it shows.
func TestChromiumShowsReports(t *testing.T) {
	browsertest.Require(t)
	rules, err := os.ReadFile("testdata/rules.js")
	require.NoError(t, err)
	b := browsertest.Alone(t)
	t.Log(b.Version(t))
	var compared bytes.Buffer
	require.NoError(t, MatrixHTML(&compared, sampleMatrix()))
	pages := map[string]string{
		"sample": render(t, sampleSuite()), "hostile": render(t, hostileSuite(t)), "empty": render(t, Suite{Title: "nothing"}),
		"compare": compared.String(), "runs": runsPageOf(t, []Kept{keptSample(t, "a", sampleStart, 0.1), {Path: "b", Problem: "it cannot be read"}}, Compared{Path: "c", Report: true, Written: sampleStart, Matrix: sampleMatrix()}),
	}
	if file := os.Getenv("LOGOUTLAB_REPORT"); file != "" {
		real, err := os.ReadFile(file)
		require.NoError(t, err)
		pages["real"] = string(real)
	}
	for name, page := range pages {
		file := filepath.Join(t.TempDir(), name+".html")
		require.NoError(t, os.WriteFile(file, []byte(page), 0o644))
		for _, width := range []int64{390, 1440} {
			for _, dark := range []bool{false, true} {
				look := map[bool]string{false: "light", true: "dark"}[dark]
				t.Run(fmt.Sprintf("%s/%d/%s", name, width, look), func(t *testing.T) {
					b.Look(t, width, 900, dark)
					b.Open(t, "file://"+file)
					t.Logf("%d bytes, there after %s ms", len(page), b.Text(t, `String(Math.round(performance.getEntriesByType("navigation")[0].loadEventStart))`))
					if dir := os.Getenv("LOGOUTLAB_PICTURES"); dir != "" {
						b.Shoot(t, filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", name, width, look)))
					}
					requireRules(t, b, string(rules))
					b.Do(t, `for (const d of document.querySelectorAll("details")) d.open = true`)
					requireRules(t, b, string(rules))
					require.Empty(t, b.Heard())
				})
			}
		}
	}
}

// requireRules requires that the page that is open breaks no rule.
func requireRules(t *testing.T, b *browsertest.Browser, rules string) {
	t.Helper()
	var broken []string
	require.NoError(t, json.Unmarshal([]byte(b.Text(t, rules)), &broken))
	require.Empty(t, broken)
}

// TestChromiumFindsFaults: the rules find what breaks them, and the browser
// tells of what a report should not do.
func TestChromiumFindsFaults(t *testing.T) {
	browsertest.Require(t)
	rules, err := os.ReadFile("testdata/rules.js")
	require.NoError(t, err)
	b := browsertest.Alone(t)
	b.Look(t, 390, 900, false)
	file := filepath.Join(t.TempDir(), "bad.html")
	for rule, body := range map[string]string{
		"color-contrast":              `<p style="color: #999">pale</p>`,
		"overflow":                    `<div style="width: 500px">wide</div>`,
		"scrollable-region-focusable": `<div style="overflow: auto; width: 9rem"><div style="width: 90rem">wide</div></div>`,
		"link-name":                   `<a href="#m"></a>`,
		"link-in-text-block":          `<p>some text <a href="#m" style="color: #000; text-decoration: none">a link</a></p>`,
		"svg-img-alt":                 `<svg role="img" width="9" height="9"></svg>`,
		"heading-order":               `<h3>too deep</h3>`,
		"duplicate-id-aria":           `<p id="m">twice</p>`,
		"td-has-header":               `<table aria-label="t"><tr><td>cell</td></tr></table>`,
		"skip-link":                   `<p><a href="#nowhere">nowhere</a></p>`,
	} {
		t.Run(rule, func(t *testing.T) {
			require.NoError(t, os.WriteFile(file, []byte(`<!DOCTYPE html><html lang="en"><meta name="viewport" content="width=device-width"><title>t</title><a class="skip" href="#m">skip</a><main id="m"><h1>h</h1>`+body+`</main></html>`), 0o644))
			b.Open(t, "file://"+file)
			require.Contains(t, b.Text(t, string(rules)), `"`+rule+": ")
		})
	}
	require.Empty(t, b.Heard())
	require.NoError(t, os.WriteFile(file, []byte(`<img src="http://example.test/x.png"><script>console.error("a"); throw new Error("b")</script>`), 0o644))
	b.Open(t, "file://"+file)
	require.GreaterOrEqual(t, len(b.Heard()), 3)
}
