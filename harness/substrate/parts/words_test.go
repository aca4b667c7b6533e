package parts

import (
	"maps"
	"os"
	"regexp"
	"slices"
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
	const events, core = "../../history/event.go", "../../../fakes/balancer/"
	reasons := words(t, events, `Reason\w+ +`)
	var spoken []string
	for r := auth.Reason(0); r.String() != "invalid"; r++ {
		spoken = append(spoken, r.String())
	}
	require.NotEmpty(t, spoken)
	require.ElementsMatch(t, reasons, spoken)

	require.ElementsMatch(t, words(t, core+"balancer.go", `\w+ +Failure `), []string{history.ErrRefused, history.ErrReset, history.ErrTimeout})
	require.ElementsMatch(t, words(t, core+"node.go", `\w+ +State `), []string{history.StateUp, history.StateDown, history.StateDraining})

	var policies []string
	for _, p := range balancer.Policies() {
		policies = append(policies, string(p))
	}
	require.ElementsMatch(t, accepted(t, "balancer.policy"), policies)
	require.ElementsMatch(t, accepted(t, "balancer.stickiness"), words(t, core+"config.go", `\w+ +Stickiness `))
	require.ElementsMatch(t, accepted(t, "app.rejects_with"), slices.Collect(maps.Keys(rejections)))
	require.ElementsMatch(t, accepted(t, "session.alg"), words(t, "../../../fakes/auth/jose/key.go", `[HRE]S256 +`))
}

// TestEveryRevocationIsMapped: no word of a scenario falls through to nothing.
func TestEveryRevocationIsMapped(t *testing.T) {
	for _, word := range accepted(t, "session.revocation") {
		conf := AuthConfig(scenario.Architecture{Session: scenario.Session{Kind: "jwt", Revocation: word}})
		require.Equal(t, word == "none", conf.Revocation == auth.RevokeNothing, word)
	}
}

// words are the values of the string constants in a file whose declarations
// match.
func words(t *testing.T, file, declaration string) []string {
	t.Helper()
	src, err := os.ReadFile(file)
	require.NoError(t, err)
	var found []string
	for _, m := range regexp.MustCompile(`(?m)^\t`+declaration+`= "(\w+)"`).FindAllStringSubmatch(string(src), -1) {
		found = append(found, m[1])
	}
	require.NotEmpty(t, found, "%s: nothing is declared like %s", file, declaration)
	return found
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
