// Package containertest serves tests that need a Docker daemon: with none they
// are skipped, loudly, or fail where LOGOUTLAB_CONTAINERS=require says so.
package containertest

import (
	"os"
	"testing"

	"github.com/moby/moby/client"

	"github.com/logoutlab/logoutlab/harness/substrate/container/daemon"
	"github.com/logoutlab/logoutlab/harness/substrate/container/images"
)

// Require returns a client of the Docker daemon, which has the images of the
// parts (see images.Table). Without daemon or images it skips the test, or lets
// it fail if LOGOUTLAB_CONTAINERS=require.
func Require(t testing.TB, parts ...string) *client.Client {
	t.Helper()
	cli, err := daemon.Connect(t.Context())
	if err != nil {
		missing(t, err)
	}
	t.Cleanup(func() { _ = cli.Close() })
	for _, part := range parts {
		if _, err := images.Find(t.Context(), cli, part); err != nil {
			missing(t, err)
		}
	}
	return cli
}

func missing(t testing.TB, err error) {
	t.Helper()
	if os.Getenv("LOGOUTLAB_CONTAINERS") == "require" {
		t.Fatalf("LOGOUTLAB_CONTAINERS=require: %v", err)
	}
	t.Skipf("SKIPPED, needs containers: %v", err)
}
