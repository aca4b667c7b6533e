package images_test

import (
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/stretchr/testify/require"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
	"golang.org/x/sync/errgroup"

	"github.com/logoutlab/logoutlab/harness/substrate/container/containertest"
	"github.com/logoutlab/logoutlab/harness/substrate/container/images"
)

func TestMain(m *testing.M) {
	os.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true") // it would be pulled; the tests remove their containers
	os.Exit(m.Run())
}

const haproxyConfig = `
global
  log stdout format raw local0
defaults
  mode http
  timeout client 1s
frontend web
  bind :80
  http-request return status 200
`

const nginxConfig = `
user nginx;
error_log /dev/stderr notice;
include /etc/nginx/modules-enabled/*.conf;
events {}
stream { server { listen 82; proxy_pass 127.0.0.1:81; } }
http {
  proxy_cache_path /var/cache/nginx/pages keys_zone=pages:1m;
  upstream by_cookie { hash $cookie_s consistent; server 127.0.0.1:81; keepalive 4; }
  upstream least { least_conn; zone least 64k; server 127.0.0.1:81; }
  upstream any { random; server 127.0.0.1:81; }
  server {
    listen 80;
    listen 81 http2;
    location / { proxy_cache pages; proxy_pass http://by_cookie; }
    location /status { stub_status; }
  }
}
`

const vcl = `
vcl 4.1;
import std;
backend node { .host = "127.0.0.1"; }
sub vcl_recv { std.log("received"); return (synth(200)); }
`

func file(path, text string) testcontainers.ContainerFile {
	return testcontainers.ContainerFile{Reader: strings.NewReader(text), ContainerFilePath: path, FileMode: 0o644}
}

// TestImagesStart starts each image as a run does: with a command of its own and
// without its image's entry point mattering.
func TestImagesStart(t *testing.T) {
	for part, c := range map[string]struct {
		files  []testcontainers.ContainerFile
		cmd    []string
		proves wait.Strategy
	}{
		"haproxy": {
			files:  []testcontainers.ContainerFile{file("/usr/local/etc/haproxy/haproxy.cfg", haproxyConfig)},
			cmd:    []string{"haproxy", "-W", "-db", "-f", "/usr/local/etc/haproxy/haproxy.cfg"},
			proves: wait.ForLog("Loading success"),
		},
		"nginx": {
			files:  []testcontainers.ContainerFile{file("/etc/nginx/nginx.conf", nginxConfig)},
			cmd:    []string{"nginx", "-g", "daemon off;"},
			proves: wait.ForLog("start worker process"),
		},
		"varnish": {
			files:  []testcontainers.ContainerFile{file("/etc/varnish/default.vcl", vcl)},
			cmd:    []string{"varnishd", "-F", "-f", "/etc/varnish/default.vcl", "-a", ":80", "-s", "malloc,16m"},
			proves: wait.ForLog("Child launched OK"),
		},
		"redis": {
			cmd:    []string{"redis-server", "--protected-mode", "no", "--save", ""},
			proves: wait.ForLog("Ready to accept connections"),
		},
		"memcached": {
			cmd:    []string{"memcached", "-vv"},
			proves: wait.ForLog("server listening"),
		},
		"netadmin": {
			cmd:    []string{"sleep", "infinity"},
			proves: wait.ForExec([]string{"iptables", "-A", "INPUT", "-m", "statistic", "--mode", "random", "--probability", "0.1", "-j", "DROP"}),
		},
		"skew": {
			cmd:    []string{"sleep", "infinity"},
			proves: wait.ForExec([]string{"test", "-s", "/skew.so"}),
		},
	} {
		t.Run(part, func(t *testing.T) {
			t.Parallel()
			ref, err := images.Find(t.Context(), containertest.Require(t, part), part)
			require.NoError(t, err)
			started, err := testcontainers.Run(t.Context(), ref,
				testcontainers.WithFiles(c.files...), testcontainers.WithCmd(c.cmd...),
				testcontainers.WithTmpfs(map[string]string{"/var/lib/varnish": "exec,mode=1777"}),
				testcontainers.WithHostConfigModifier(func(host *container.HostConfig) { host.CapAdd = []string{"NET_ADMIN"} }),
				testcontainers.WithWaitStrategyAndDeadline(20*time.Second, c.proves))
			testcontainers.CleanupContainer(t, started, testcontainers.StopTimeout(0))
			require.NoError(t, err, logs(t, started))
		})
	}
}

func logs(t *testing.T, c testcontainers.Container) string {
	if c == nil {
		return ""
	}
	said, err := c.Logs(t.Context())
	if err != nil {
		return err.Error()
	}
	defer said.Close()
	text, err := io.ReadAll(said)
	require.NoError(t, err)
	return string(text)
}

func TestNode(t *testing.T) {
	cli := containertest.Require(t)
	var refs [3]string
	var group errgroup.Group
	for i := range refs {
		group.Go(func() (err error) {
			refs[i], err = images.Node(t.Context(), cli)
			return err
		})
	}
	require.NoError(t, group.Wait())
	require.Regexp(t, `^logoutlab/node:[0-9a-f]{12}$`, refs[0])
	require.Equal(t, [3]string{refs[0], refs[0], refs[0]}, refs)

	found, err := cli.ImageInspect(t.Context(), refs[0])
	require.NoError(t, err)
	require.Equal(t, []string{"/logoutlab", "node"}, found.Config.Entrypoint)
	require.Equal(t, "1", found.Config.Labels[images.NodeLabel])
	require.Len(t, found.RootFS.Layers, 1)

	started, err := testcontainers.Run(t.Context(), refs[0], testcontainers.WithEntrypoint("/logoutlab", "version"),
		testcontainers.WithWaitStrategy(wait.ForExit()))
	testcontainers.CleanupContainer(t, started, testcontainers.StopTimeout(0))
	require.NoError(t, err)
	require.Contains(t, logs(t, started), "logoutlab 0.")

	current, err := images.CurrentNode(t.Context(), cli)
	require.NoError(t, err)
	require.Contains(t, []string{"", refs[0]}, current, "nothing, where the go command built it")

	removed, err := images.PruneNodes(t.Context(), cli, time.Now().Add(-time.Hour), refs[0])
	require.NoError(t, err)
	require.NotContains(t, removed, refs[0])
}
