package reports

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"
)

var tapLine = regexp.MustCompile(`^(not )?ok ([0-9]+) - ((?:[^#\\]|\\#|\\\\)*?)( # SKIP .*)?$`)

// readTAP reads what TAP writes, as a strict consumer would: nothing but the
// version, the plan, test points and a YAML block below each that is not skipped.
func readTAP(t *testing.T, text string) (points [][]string, blocks []map[string]any) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	require.Equal(t, "TAP version 14", lines[0])
	require.Regexp(t, `^1\.\.[0-9]+$`, lines[1])
	for i := 2; i < len(lines); i++ {
		point := tapLine.FindStringSubmatch(lines[i])
		require.NotNil(t, point, lines[i])
		points = append(points, point)
		var block map[string]any
		if point[4] == "" {
			i++
			require.Equal(t, "  ---", lines[i])
			var inside []string
			for i++; lines[i] != "  ..."; i++ {
				require.True(t, strings.HasPrefix(lines[i], "  "), lines[i])
				inside = append(inside, lines[i][2:])
			}
			require.NoError(t, yaml.Unmarshal([]byte(strings.Join(inside, "\n")), &block), lines[i])
		}
		blocks = append(blocks, block)
	}
	return points, blocks
}

func TestTAP(t *testing.T) {
	suite := sampleSuite()
	suite.Gate = compared()
	suite.NotRun = []NotRun{
		{Scenario: "a", Variant: "b", Why: "interrupted", Repeat: "logoutlab run a/b"},
		{Scenario: "a", Variant: "c", Why: "nginx cannot # do it", Excluded: true},
	}
	var b bytes.Buffer
	require.NoError(t, TAP(&b, suite))
	points, blocks := readTAP(t, b.String())
	require.Contains(t, b.String(), "\n1..9\n")
	var all []string
	for i, p := range points {
		require.Equal(t, trim(float64(i+1)), p[2])
		all = append(all, p[1]+p[3]+p[4])
	}
	require.Equal(t, []string{
		"key-mismatch/broken", "key-mismatch/shared-key", "not key-mismatch/jwks", "local-blacklist/broken", "not clock-skew/broken",
		"not a/b", `a/c # SKIP nginx cannot \# do it`, "not baseline: shop/one", "baseline: shop/two",
	}, all)
	jwks := blocks[2]
	require.Equal(t, "expected spurious_logouts 0, observed 3 of 4,000", jwks["message"])
	require.Equal(t, "fail", jwks["outcome"])
	require.Equal(t, "7", jwks["seed"])
	require.Equal(t, "4000", jwks["N"])
	require.Equal(t, []any{"spurious_logouts 0", "ghost_sessions 0"}, jwks["bound"])
	require.Equal(t, "key_retired", jwks["cause"])
	require.Equal(t, "logoutlab run culprits/key-mismatch/jwks --seed 7", jwks["repeat"])
	require.Equal(t, "unknown", blocks[5]["outcome"])
}

func TestTAPOfHostileText(t *testing.T) {
	s := hostileSuite(t)
	var b bytes.Buffer
	require.NoError(t, TAP(&b, s))
	points, blocks := readTAP(t, b.String())
	require.Len(t, points, len(s.Runs))
	for i, p := range points {
		require.Equal(t, "not ", p[1], "an outcome that nobody knows is not ok")
		require.Contains(t, blocks[i]["message"], "<script>")
	}
	require.NoError(t, TAP(io.Discard, Suite{}))
}
