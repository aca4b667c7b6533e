package proxies

import (
	"cmp"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// SetUp makes a balancer's setup: the product's for the architecture, or with
// the configuration of the user's own that the architecture names, filled in by
// [Fill], in its place. The rest of the setup stays: HAProxy's runtime API is
// there too.
func SetUp(p Product, a scenario.Architecture, o Options) (Setup, error) {
	s, err := p.Setup(a, o)
	if own := a.Balancer.Config; err == nil && own.File != "" {
		err = s.replace(p.About().ConfigPath, own, o)
	}
	return s, err
}

func (s *Setup) replace(path string, own scenario.Config, o Options) error {
	filled, err := Fill(cmp.Or(own.Path, own.File), own.Text, o)
	if err != nil {
		return err
	}
	s.Files = slices.Clone(s.Files)
	for i := range s.Files {
		if s.Files[i].Path == path {
			s.Files[i].Text = filled
		}
	}
	return nil
}

// Config is the text of the configuration that a user's own would replace.
func (s Setup) Config(p Product) string {
	i := slices.IndexFunc(s.Files, func(f File) bool { return f.Path == p.About().ConfigPath })
	if i < 0 {
		return ""
	}
	return s.Files[i].Text
}

// Fill fills a user's own configuration in: a Go template with the fields of
// [Options]. name is the file's, for error messages, which begin with
// name:line:column as far as they are known. A server is
//
//	{{range .Servers}}server {{.Name}} {{.Address}} check
//	{{end}}
//
// and {{.Host}} and {{.Port}} are the parts of its address; {{.Listen}} is
// where clients come in, and {{.Port}} its port alone.
func Fill(name, text string, o Options) (string, error) {
	t, err := template.New(name).Option("missingkey=error").Parse(text)
	if err != nil {
		return "", fmt.Errorf("%s\n  a configuration of your own is a Go template: write {{range .Servers}}server {{.Name}} {{.Address}}{{end}} where your servers are", placed(err))
	}
	var out strings.Builder
	if err := t.Execute(&out, o); err != nil {
		return "", fmt.Errorf("%s\n  it may use .Listen, .Port, .Servers (.Name, .Address, .Host, .Port, .Down), .Upstream, .Control and .ProxyProtocol", placed(err))
	}
	return out.String(), uses(name, out.String(), o)
}

// place is how package text/template begins an error; its columns count from 0.
var place = regexp.MustCompile(`^template: (.*?):(\d+)(?::(\d+))?: `)

// placed is a template's error as editors read it: name:line:column.
func placed(err error) string {
	m := place.FindStringSubmatch(err.Error())
	if m == nil {
		return err.Error()
	}
	at := m[1] + ":" + m[2]
	if column, err := strconv.Atoi(m[3]); err == nil {
		at += ":" + strconv.Itoa(column+1)
	}
	return at + ": " + err.Error()[len(m[0]):]
}

// uses refuses a configuration that leaves a node out: its share of a run's
// figures would be missing without anybody noticing.
func uses(name, text string, o Options) error {
	var missing []string
	for _, s := range o.Servers {
		mentioned := regexp.MustCompile(regexp.QuoteMeta(s.Host()) + `(\D|$)`)
		if !mentioned.MatchString(text) {
			missing = append(missing, s.Name)
		}
	}
	if missing == nil {
		return nil
	}
	return fmt.Errorf("%s: never mentions the address of %s: replace your servers' lines by {{range .Servers}}server {{.Name}} {{.Address}}{{end}}, and what each has of its own after the address",
		name, strings.Join(missing, ", "))
}

// proxyHeader is how HAProxy and nginx say that a PROXY header begins each
// connection.
var proxyHeader = regexp.MustCompile(`(?m)^\s*(bind\s[^#\n]*\baccept-proxy\b|listen\s[^;#]*\bproxy_protocol\b)`)

// TakesProxyHeader tells whether a configuration wants clients' connections to
// begin with a PROXY header.
func TakesProxyHeader(config string) bool { return proxyHeader.MatchString(config) }

// Sample is options with addresses that stand for those of a real system.
func Sample(a scenario.Architecture) Options {
	o := Options{Listen: ":80", Upstream: "10.77.0.10:80"}
	for i := range a.Nodes {
		o.Servers = append(o.Servers, Server{Name: scenario.NodeName(i), Address: fmt.Sprintf("10.77.0.%d:8080", i+11)})
	}
	return o
}

// Port is the port of Listen alone, as nginx wants it.
func (o Options) Port() string { return strings.TrimPrefix(o.Listen, ":") }

// Host is the address without its port.
func (s Server) Host() string { return s.part(0) }

// Port is the address's port.
func (s Server) Port() string { return s.part(1) }

func (s Server) part(i int) string {
	host, port, err := net.SplitHostPort(s.Address)
	if err != nil {
		return s.Address
	}
	return [...]string{host, port}[i]
}
