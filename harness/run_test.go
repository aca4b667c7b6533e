package harness_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/logoutlab/logoutlab/harness"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/substrate/loopback"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// small takes about a second. Each variant ends otherwise.
const small = `
scenario: small
architecture:
  nodes: 4
  balancer: {policy: random}
  session: {kind: memory}
workload: {users: 60, think: 20s, duration: 60s}
variants:
  broken: {expect: [{spurious_logouts: "> 50%", cause: session_not_on_node}]}
  failing: {expect: [{spurious_logouts: 0}]}
  unknown:
    faults: [{connection_cut: {node: app-1}, at: 59990ms}]
    expect: [{spurious_logouts: "> 50%"}]
  fixed:
    with: {session.kind: redis}
    expect: [{spurious_logouts: 0}]
`

// test is a test whose end is looked at.
type test struct {
	logged, failed, fatal []string
	cleanups              []func()
}

var (
	_ harness.TB = (*test)(nil)
	_ harness.TB = testing.TB(nil)
)

func (t *test) Helper()                      {}
func (t *test) Cleanup(f func())             { t.cleanups = append(t.cleanups, f) }
func (t *test) Failed() bool                 { return len(t.failed)+len(t.fatal) > 0 }
func (t *test) Logf(text string, a ...any)   { t.logged = append(t.logged, fmt.Sprintf(text, a...)) }
func (t *test) Errorf(text string, a ...any) { t.failed = append(t.failed, fmt.Sprintf(text, a...)) }
func (t *test) Fatalf(text string, a ...any) { t.fatal = append(t.fatal, fmt.Sprintf(text, a...)) }
func (t *test) end() {
	for _, f := range t.cleanups {
		f()
	}
}

var reportLine = regexp.MustCompile(`(?m)^ +report: (file://.*)$`)

// report is the report that a message names.
func report(t *testing.T, text string) string {
	t.Helper()
	found := reportLine.FindStringSubmatch(text)
	require.NotNil(t, found, text)
	u, err := url.Parse(found[1])
	require.NoError(t, err)
	return filepath.FromSlash(u.Path)
}

func TestPass(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	one := &test{}
	r := harness.RunYAML(one, small, "broken", harness.Seed(7), harness.RetrySlow(5))
	require.False(t, one.Failed(), "%+v", one)
	require.Equal(t, result.Pass, r.Outcome)
	require.EqualValues(t, 7, r.Seed)
	require.NotContains(t, one.logged[0], "report:", "it will be gone")
	left := func() []os.DirEntry {
		list, err := os.ReadDir(os.TempDir())
		require.NoError(t, err)
		return list
	}
	require.Len(t, left(), 1)
	one.end()
	require.Empty(t, left())
}

// TestFailure: the message has all that is needed to look into it, and what it
// names is there when the test is over.
func TestFailure(t *testing.T) {
	one := &test{}
	r := harness.RunYAML(one, small, "failing", harness.Users(40), harness.For(30*time.Second), harness.Compress(20), harness.RetrySlow(5))
	require.Equal(t, result.Fail, r.Outcome, "%+v", one)
	require.Empty(t, one.fatal)
	require.Len(t, one.failed, 1)
	one.end()

	said := one.failed[0]
	require.Contains(t, said, "small/failing is not as expected: expected spurious_logouts 0, observed ")
	require.Contains(t, said, fmt.Sprintf("\n  causes: spurious_logout session_not_on_node (%d)\n", r.Causes["session_not_on_node"]))
	require.Contains(t, said, "\n  seed:   1\n")
	page := report(t, said)
	require.FileExists(t, page)
	dir := filepath.Dir(page)
	defer os.RemoveAll(dir) //nolint:errcheck // the system does it later
	require.FileExists(t, filepath.Join(dir, "small", "failing", "history.jsonl.gz"))
	require.FileExists(t, filepath.Join(dir, "small", "failing", "result.json"))

	file := filepath.Join(dir, "scenario.yaml")
	require.Contains(t, said, "\n  repeat: logoutlab run "+file+"/failing --substrate loopback --seed 1 --compress 20 --users 40 --for 30s\n")
	require.Contains(t, harness.Variants(t, file), "failing")
}

func TestUnknownFails(t *testing.T) {
	one := &test{}
	r := harness.RunYAML(one, small, "unknown", harness.Out(t.TempDir()))
	require.Equal(t, result.Unknown, r.Outcome)
	require.Len(t, one.failed, 1)
	require.Contains(t, one.failed[0], "small/unknown is unknown, nothing is proven: the fault connection_cut at 59.99s left no mark")
}

// TestOutKeepsEveryRun, also those that passed.
func TestOutKeepsEveryRun(t *testing.T) {
	file, out := filepath.Join(t.TempDir(), "small.yaml"), t.TempDir()
	require.NoError(t, os.WriteFile(file, []byte(small), 0o600))
	for range 2 {
		one := &test{}
		harness.Run(one, file+"/fixed", harness.Out(out), harness.RetrySlow(5))
		require.False(t, one.Failed(), "%+v", one)
		require.Contains(t, one.logged[0], "repeat: logoutlab run "+file+"/fixed ")
		one.end()
		require.FileExists(t, report(t, one.logged[0]))
	}
	pages, err := filepath.Glob(filepath.Join(out, "*", "report.html"))
	require.NoError(t, err)
	require.Len(t, pages, 2)
}

// TestSlowMachine: what cannot be done in time is tried again, and no pass.
func TestSlowMachine(t *testing.T) {
	const crowd = `
scenario: crowd
architecture: {nodes: 1, session: {kind: memory}, app: {work: 200ms}}
workload: {users: 30, think: 60ms, duration: 1s}
variants:
  fixed: {expect: [{spurious_logouts: 0}]}
`
	one, out := &test{}, t.TempDir()
	r := harness.RunYAML(one, crowd, "fixed", harness.Compress(1), harness.Out(out))
	require.True(t, r.Load.Behind)
	require.Contains(t, one.failed[0], "use fewer users")
	tries, err := filepath.Glob(filepath.Join(out, "*", "crowd", "fixed", "result*.json"))
	require.NoError(t, err)
	require.Len(t, tries, 2)
}

// TestFatal: without a run the test ends, and nothing is left.
func TestFatal(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for name, c := range map[string]struct {
		run  func(*test) *result.Result
		want string
	}{
		"mistake": {func(t *test) *result.Result {
			return harness.RunYAML(t, strings.Replace(small, "nodes: 4", "nodes: 0", 1), "fixed")
		}, "scenario.yaml:4:10: nodes is 0 (accepted: 1..64)"},
		"variant":  {func(t *test) *result.Result { return harness.RunYAML(t, small, "mended") }, "accepted: broken, failing, unknown, fixed"},
		"which":    {func(t *test) *result.Result { return harness.Run(t, "node-kill") }, "name one, such as node-kill/broken (accepted: broken, redis, health-flap, health-flap-redis)"},
		"no such":  {func(t *test) *result.Result { return harness.Run(t, "node-kil/broken") }, "did you mean culprits/node-kill?"},
		"variants": {func(t *test) *result.Result { harness.Variants(t, "node-kil"); return nil }, "did you mean culprits/node-kill?"},
		"option":   {func(t *test) *result.Result { return harness.RunYAML(t, small, "fixed", harness.Users(-1)) }, "--users -1"},
	} {
		t.Run(name, func(t *testing.T) {
			one := &test{}
			require.Nil(t, c.run(one))
			require.Len(t, one.fatal, 1)
			require.Contains(t, one.fatal[0], c.want)
			require.Empty(t, one.failed)
			left, err := os.ReadDir(os.TempDir())
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

func TestInfrastructureFailure(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	one := &test{}
	require.Nil(t, harness.RunYAML(one, small, "fixed", harness.On(&loopback.Substrate{Redis: "redis://127.0.0.1:1"})))
	require.Len(t, one.fatal, 1)
	require.Contains(t, one.fatal[0], "small/fixed: start the session store: the Redis at 127.0.0.1:1 does not answer")
	one.end()
	dir := regexp.MustCompile(`recorded is in (.*)\)`).FindStringSubmatch(one.fatal[0])
	require.NotNil(t, dir, one.fatal[0])
	require.FileExists(t, filepath.Join(dir[1], "small", "fixed", "history.jsonl.gz"))
}
