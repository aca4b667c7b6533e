package reports

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/result"
)

// Both reports tell of a hole, also where the run is as expected, and escape
// what they say.
func TestSecurity(t *testing.T) {
	suite := sampleSuite()
	with := *suite.Runs[0].Result
	with.Security = []result.Security{{Finding: "forged_token", Node: "app-2", Text: "app-2 let <somebody> in"}}
	suite.Runs[0].Result = &with
	var page, text bytes.Buffer
	require.NoError(t, HTML(&page, suite))
	require.NoError(t, Markdown(&text, suite))
	require.Contains(t, page.String(), "<b>Security:</b> app-2 let &lt;somebody&gt; in</p>")
	require.Contains(t, text.String(), "**Security**, key-mismatch/broken: app-2 let &lt;somebody&gt; in\n")
}
