package bulk_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/bulk"
	"github.com/logoutlab/logoutlab/harness/plan"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestRepeats: what comes of a day is the same on one core and on two, and the
// same as ever.
func TestRepeats(t *testing.T) {
	var got strings.Builder
	for _, d := range days {
		if d.users > million {
			continue
		}
		p := planOf(t, scenarioOf(d.architecture, dayLoad, dayFaults), plan.Options{Seed: 1, Users: 3000, Compress: 1})
		many := digest(t, p, 2)
		require.Equal(t, many, digest(t, p, 1), d.name)
		fmt.Fprintf(&got, "%s: %s\n", d.name, many[:16])
	}
	golden := filepath.Join("testdata", "digests.txt")
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got.String()), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), got.String(), "another result than before: if that is meant, run the test with -update and say why in the commit")
}

// digest is that of all that is said of a plan.
func digest(t *testing.T, p *plan.Plan, cores int) string {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
	played, err := bulk.Play(context.Background(), p, nil)
	require.NoError(t, err)
	text, err := json.Marshal([]any{played.Judgement, played.Receipts, played.Attribution})
	require.NoError(t, err)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// TestUserByUser: users who cannot meet come to the same one by one as all
// together.
func TestUserByUser(t *testing.T) {
	for _, d := range days {
		if !strings.HasPrefix(d.name, "user by user") {
			continue
		}
		p := planOf(t, scenarioOf(d.architecture, dayLoad, dayFaults), plan.Options{Seed: 2, Users: 5000, Compress: 1})
		together, err := bulk.JudgeTogether(context.Background(), p)
		require.NoError(t, err)
		apart, err := bulk.Judge(context.Background(), p)
		require.NoError(t, err)
		require.Equal(t, together, apart, d.name)
		require.NotEmpty(t, apart.Causes)
	}
}
