package harness_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFromAnotherModule: a repository that requires this module compiles, runs
// its suite in it, and is told all about what fails.
func TestFromAnotherModule(t *testing.T) {
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	home := shop(t, root)
	cmd := exec.Command("go", "test", "-mod=mod", "-count=1", "-v", "./...")
	cmd.Dir = home
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "GOPROXY=off", "TMPDIR="+t.TempDir())
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit, "%s", out)

	said := string(out)
	for _, want := range []string{
		"--- PASS: TestCatalogue", "--- PASS: TestCheckout/shared-sessions", "--- FAIL: TestCheckout/not-yet-mended",
		"    shop_test.go:17: checkout/not-yet-mended is not as expected: expected spurious_logouts 0, observed ",
		"causes: spurious_logout session_not_on_node (",
		"repeat: logoutlab run " + home + "/testdata/checkout.yaml/not-yet-mended --substrate loopback --seed 1 --compress ",
	} {
		require.Contains(t, said, want)
	}
	require.NotContains(t, said, "goleak")
	named := reportLine.FindAllStringSubmatch(said, -1)
	require.Len(t, named, 1)
	require.FileExists(t, strings.TrimPrefix(named[0][1], "file://"))
}

// shop copies the other module, and gives it what this one requires.
func shop(t *testing.T, root string) string {
	t.Helper()
	home, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, os.CopyFS(home, os.DirFS(filepath.Join("testdata", "shop"))))
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	_, requires, found := strings.Cut(string(mod), "\n")
	require.True(t, found)
	own := "module example.com/shop\n" + requires +
		"\nrequire github.com/logoutlab/logoutlab v0.0.0\n\nreplace github.com/logoutlab/logoutlab => " + root + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(home, "go.mod"), []byte(own), 0o600))
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(home, "go.sum"), sum, 0o600))
	return home
}
