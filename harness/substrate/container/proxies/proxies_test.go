package proxies_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
)

func TestSpan(t *testing.T) {
	for _, tt := range []struct {
		d             time.Duration
		span, seconds string
	}{
		{0, "0s", "0s"},
		{1, "1ms", "1s"},
		{250 * time.Millisecond, "250ms", "1s"},
		{1500 * time.Millisecond, "1500ms", "2s"},
		{90 * time.Second, "90s", "90s"},
		{2 * time.Minute, "2m", "2m"},
		{48 * time.Hour, "48h", "48h"},
	} {
		require.Equal(t, tt.span, proxies.Span(tt.d))
		require.Equal(t, tt.seconds, proxies.Seconds(tt.d))
	}
}

func options() proxies.Options {
	return proxies.Options{Listen: ":80", Servers: []proxies.Server{
		{Name: "app-1", Address: "10.77.0.11:8080"}, {Name: "app-2", Address: "10.77.0.12:8080"},
	}}
}

func TestFill(t *testing.T) {
	got, err := proxies.Fill("my.cfg", `bind {{.Listen}}
{{range .Servers}}server {{.Name}} {{.Host}} port {{.Port}} # {{.Address}}
{{end}}`, options())
	require.NoError(t, err)
	require.Equal(t, `bind :80
server app-1 10.77.0.11 port 8080 # 10.77.0.11:8080
server app-2 10.77.0.12 port 8080 # 10.77.0.12:8080
`, got)
}

func TestFillSaysWhatIsWrong(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"server web1 192.0.2.1:80", "my.cfg: never mentions the address of app-1, app-2: replace your servers' lines by {{range .Servers}}"},
		{"{{(index .Servers 1).Address}}", "my.cfg: never mentions the address of app-1: "},
		{"\n{{range .Servers}}", "my.cfg:2: unexpected EOF\n  a configuration of your own is a Go template"},
		{"\nx {{.Backends}}", `my.cfg:2:5: executing "my.cfg" at <.Backends>: can't evaluate field Backends in type proxies.Options`},
		{"{{.Backends}}", "\n  it may use .Listen, .Port, .Servers"},
	} {
		_, err := proxies.Fill("my.cfg", tt.text, options())
		require.ErrorContains(t, err, tt.want, tt.text)
	}
}

func TestTakesProxyHeader(t *testing.T) {
	for text, want := range map[string]bool{
		"frontend www\n    bind :80 accept-proxy\n": true,
		"bind :80\n":                                     false,
		"bind :80 # accept-proxy\n":                      false,
		"# bind :80 accept-proxy\n":                      false,
		"server {\n  listen 80 http2 proxy_protocol;\n}": true,
		"listen 80;\nproxy_protocol on;\n":               false,
		"real_ip_header proxy_protocol;\n":               false,
	} {
		require.Equal(t, want, proxies.TakesProxyHeader(text), text)
	}
}
