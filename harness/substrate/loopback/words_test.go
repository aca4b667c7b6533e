package loopback

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/balancer"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// TestWordsAgree: fakes and harness know nothing of each other, but write and
// read the same words.
func TestWordsAgree(t *testing.T) {
	src, err := os.ReadFile("../../history/event.go")
	require.NoError(t, err)
	var reasons []string
	for _, m := range regexp.MustCompile(`\tReason\w+ += "(\w+)"`).FindAllStringSubmatch(string(src), -1) {
		reasons = append(reasons, m[1])
	}
	var spoken []string
	for r := auth.Reason(0); r.String() != "invalid"; r++ {
		spoken = append(spoken, r.String())
	}
	require.NotEmpty(t, spoken)
	require.ElementsMatch(t, reasons, spoken)

	require.Equal(t, history.ErrRefused, string(balancer.Refused))
	require.Equal(t, history.ErrReset, string(balancer.Reset))
	require.Equal(t, history.ErrTimeout, string(balancer.Timeout))

	var policies []string
	for _, p := range balancer.Policies() {
		policies = append(policies, string(p))
	}
	require.ElementsMatch(t, accepted(t, "balancer.policy"), policies)
	require.ElementsMatch(t, accepted(t, "balancer.stickiness"),
		[]string{string(balancer.NoStickiness), string(balancer.LBCookie), string(balancer.AppCookie)})
	for _, word := range accepted(t, "app.rejects_with") {
		require.Contains(t, rejections, word)
	}
}

// accepted are the words that a scenario's field takes.
func accepted(t *testing.T, path string) []string {
	t.Helper()
	for _, f := range scenario.Fields() {
		if f.Path == path {
			return f.Accepted
		}
	}
	t.Fatalf("no field %s", path)
	return nil
}
