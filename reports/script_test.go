package reports

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// scripted is a page's script, with its tags.
func scripted(t *testing.T) string {
	t.Helper()
	script, err := scriptElement()
	require.NoError(t, err)
	return "<script>" + script + "</script>"
}

// unscripted is a page without its own script, which it has exactly once.
func unscripted(t *testing.T, page string) string {
	t.Helper()
	require.Equal(t, 1, strings.Count(page, scripted(t)))
	return strings.Replace(page, scripted(t), "", 1)
}

// TestPolicyAllowsThisScriptAlone: the hash is taken here of what stands in the
// page, and the policy before whatever it is to govern.
func TestPolicyAllowsThisScriptAlone(t *testing.T) {
	var compared bytes.Buffer
	require.NoError(t, MatrixHTML(&compared, sampleMatrix()))
	for name, page := range map[string]string{"report": render(t, sampleSuite()), "hostile": render(t, hostileSuite(t)), "compare": compared.String()} {
		t.Run(name, func(t *testing.T) {
			found := regexp.MustCompile(`(?s)<script>(.*?)</script>`).FindAllStringSubmatch(page, -1)
			require.Len(t, found, 1)
			sum := sha256.Sum256([]byte(found[0][1]))
			source := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
			said, err := ScriptSource()
			require.NoError(t, err)
			require.Equal(t, source, said)
			policy := `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src ` + source + `; base-uri 'none'; form-action 'none'" />`
			require.Equal(t, 1, strings.Count(page, policy))
			require.Less(t, strings.Index(page, policy), strings.Index(page, "<title>"))
			require.Less(t, strings.Index(page, policy), strings.Index(page, "<style>"))
		})
	}
}

// forbidden is what turns text into elements or code, or asks for more of it.
var forbidden = regexp.MustCompile(`\b(innerHTML|outerHTML|insertAdjacentHTML|setHTML\w*|createContextualFragment|DOMParser|srcdoc|document\s*\.\s*write\w*|eval|Function|setTimeout|setInterval|import|fetch|XMLHttpRequest|WebSocket|sendBeacon|javascript:|on\w+\s*=)`)

func TestScriptHandlesTextAlone(t *testing.T) {
	script, err := os.ReadFile("templates/script.js")
	require.NoError(t, err)
	require.Empty(t, forbidden.FindString(string(script)))
	require.NotRegexp(t, "(?i)</script|<!--|]]>", string(script))
	for _, bad := range []string{"a.innerHTML = b", "a.insertAdjacentHTML(b)", "eval(b)", "document.write(b)", "new Function(b)", `setTimeout("b")`, "a.onclick = b", "location = 'javascript:b'"} {
		require.NotEmpty(t, forbidden.FindString(bad), bad)
	}
}

// TestTimelineTellsItsBins: a bin of the chart is a row of the table behind it.
func TestTimelineTellsItsBins(t *testing.T) {
	page := render(t, Suite{Runs: []Run{sampleBroken()}})
	require.Contains(t, page, `data-bins="40" data-from="0`+nbsp+`s" data-to="30`+nbsp+`min"`)
	require.Contains(t, page, `<rect class="band" data-fault="key_mismatch" x="16.67%" width="50%"`)
	require.Contains(t, page, `<tr data-bin="11"><th scope="row">8`+nbsp+`min 15`+nbsp+`s to 9`+nbsp+`min</th><td class="num">31</td><td class="num">1</td></tr>`)
	require.Equal(t, 20, strings.Count(page, "<tr data-bin="))
}

// TestFiltersAreForSeveral: one variant is not looked for, and outcomes that no
// variant has are not offered.
func TestFiltersAreForSeveral(t *testing.T) {
	const bar, box = `data-filter="variants"`, `name="outcome"`
	one := render(t, Suite{Runs: []Run{sampleBroken()}})
	require.NotContains(t, one, bar)
	two := render(t, Suite{Runs: []Run{sampleBroken(), sampleCured()}})
	require.Contains(t, two, bar)
	require.NotContains(t, two, box)
	all := render(t, sampleSuite())
	require.Equal(t, 3, strings.Count(all, box))
	require.Equal(t, strings.Count(all, `class="filter"`), strings.Count(all, `hidden="hidden"`), "without its script a page has no filter")
}
