package container_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/container"
	"github.com/logoutlab/logoutlab/harness/substrate/container/containertest"
)

// ownPlan is a variant of testdata/own, with configurations of a user's own.
func ownPlan(t *testing.T, on *container.Substrate, variant string) *plan.Plan {
	t.Helper()
	const file = "testdata/own/checkout.yaml"
	source, err := os.ReadFile(file)
	require.NoError(t, err)
	s, err := scenario.Parse(file, source)
	require.NoError(t, err)
	require.NoError(t, s.ReadConfigs())
	p, err := plan.Build(s, variant, plan.Options{Seed: 1, For: 4 * time.Second, Limits: on.Limits()})
	require.NoError(t, err)
	require.EqualValues(t, 1, p.Compress, "the configuration's own durations stay as they are")
	require.NoError(t, on.Check(p.Variant))
	return p
}

// nginxConfig is one that nginx takes.
const nginxConfig = `events {}
http {
    upstream shop {
{{- range .Servers}}
        server {{.Address}};
{{- end}}
    }
    server {
        listen {{.Port}}{{if .ProxyProtocol}} proxy_protocol{{end}};
        location / { proxy_pass http://shop; }
    }
}
`

// A file that is for another product is refused before anything starts.
func TestConfigOfAnotherProduct(t *testing.T) {
	p := ownPlan(t, &container.Substrate{}, "fixed")
	require.ErrorContains(t, (&container.Substrate{Balancer: "nginx"}).Check(p.Variant), "a configuration of haproxy, not of nginx: choose it by --balancer haproxy")
	p.Variant.Architecture.Balancer.Config.Text = nginxConfig
	require.ErrorContains(t, (&container.Substrate{}).Check(p.Variant), "a configuration of nginx, not of haproxy")
}

func runOwn(t *testing.T, on *container.Substrate, variant string) (*run.Judged, error) {
	t.Helper()
	return run.Run(context.Background(), run.Options{Plan: ownPlan(t, on, variant), Substrate: on, Dir: t.TempDir(), Version: "test"})
}

// A wrong cookie line in a user's haproxy.cfg is found out, with its cause, and
// the corrected file passes.
func TestWrongCookieLine(t *testing.T) {
	containertest.Require(t, "haproxy")
	for variant, want := range map[string]result.Outcome{"broken": result.Fail, "one-value-twice": result.Fail, "fixed": result.Pass} {
		t.Run(variant, func(t *testing.T) {
			j, err := runOwn(t, &container.Substrate{}, variant)
			require.NoError(t, err)
			require.Equal(t, want, j.Result.Outcome, j.Result.Why)
			require.Equal(t, j.Result.Verdicts.SpuriousLogout, j.Result.Causes["session_not_on_node"])
			balancer := j.Header.Parts[0]
			require.True(t, strings.HasPrefix(balancer.Config, "haproxy"))
			require.Len(t, balancer.ConfigSHA256, 64)
			require.Contains(t, j.Header.Facts["balancer"], balancer.Config)
		})
	}
}

// What the product says about a configuration is the user's to read, at once.
func TestRefusedConfig(t *testing.T) {
	containertest.Require(t, "nginx")
	on := &container.Substrate{Balancer: "nginx"}
	p := ownPlan(t, &container.Substrate{}, "fixed")
	p.Variant.Architecture.Balancer.Config.Text = nginxConfig + "colour blue;\n"
	require.NoError(t, on.Check(p.Variant), "only nginx itself knows its directives")
	_, err := run.Run(context.Background(), run.Options{Plan: p, Substrate: on, Dir: t.TempDir(), Version: "test"})
	var refused *substrate.RefusedError
	require.ErrorAs(t, err, &refused)
	require.ErrorContains(t, err, "testdata/own/haproxy-fixed.cfg: nginx does not work with it")
	require.ErrorContains(t, err, "[emerg]")
}

func TestConfigsThatFaultsCannotReach(t *testing.T) {
	for _, tt := range []struct{ product, text, faults, want string }{
		{"haproxy", "{{range .Servers}}server web {{.Address}}\n{{end}}", "", "own.cfg: no server is called app-1: name them {{.Name}}"},
		{"haproxy", "{{range .Servers}}server {{.Name}} {{.Address}}\n{{end}}", "", ""},
		{"nginx", "{{range .Servers}}server {{.Address}};\n{{end}}", "", ""},
		{"nginx", "{{range .Servers}}server {{.Address}};\n{{end}}", "node_stop: {node: app-1, drain: true}", "own.cfg: cannot drain a node: add {{if .Down}} down{{end}}"},
		{"nginx", "{{range .Servers}}server {{.Address}}{{if .Down}} down{{end}};\n{{end}}", "node_stop: {node: app-1, drain: true}", ""},
		{"nginx", "{{range .Servers}}server 192.0.2.1;\n{{end}}", "", "own.cfg: never mentions the address of app-1, app-2, app-3"},
	} {
		dir := t.TempDir()
		file := filepath.Join(dir, "s.yaml")
		require.NoError(t, os.WriteFile(filepath.Join(dir, "own.cfg"), []byte(tt.text), 0o600))
		faults := ""
		if tt.faults != "" {
			faults = "faults: [{" + tt.faults + ", at: 1s}], "
		}
		s, err := scenario.Parse(file, []byte("scenario: own\narchitecture: {session: {kind: redis}, balancer: {config: own.cfg, drain: 1s}}\n"+
			"variants: {broken: {"+faults+"expect: [{spurious_logouts: 0}]}}\n"))
		require.NoError(t, err)
		require.NoError(t, s.ReadConfigs())
		err = (&container.Substrate{Balancer: tt.product}).Check(s.Variants[0])
		if tt.want == "" {
			require.NoError(t, err, tt.text)
			continue
		}
		require.ErrorContains(t, err, tt.want, tt.text)
		require.ErrorContains(t, err, dir)
	}
}
