package live

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/logoutlab/logoutlab/fakes/app"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/substrate"
)

// describe says what is up, how to log in, and what to do with it.
func (s *system) describe(took time.Duration) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s is up, after %.2f s, as session %s: durations are the scenario's own\n\n", s.Name, took.Seconds(), s.Session)
	fmt.Fprintf(&b, "front: %s\n\n", s.cluster.URL())
	s.table(&b)
	fmt.Fprintf(&b, "\nLog in as %s (or u2 with %s, and so on) and open a page:\n\n", app.UserName(1), app.Password(2))
	for _, line := range s.visit() {
		fmt.Fprintln(&b, "  "+line)
	}
	if s.Plan.Variant.Architecture.Hosts.Home != "" {
		fmt.Fprintf(&b, "\nOr in a browser, to which all names lead there:\n\n  %s\n", s.browse())
	}
	example := "node_kill: {node: app-1}"
	if v := s.Plan.Full(); len(v.Faults) > 0 {
		example = v.Faults[0].Text()
	}
	fmt.Fprintf(&b, "\nFrom another terminal (--session %s if several are up):\n\n", s.Session)
	fmt.Fprintf(&b, "  logoutlab inject '%s'\n  logoutlab down\n\n", example)
	return b.String()
}

// table lists the parts.
func (s *system) table(b *strings.Builder) {
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	contained := false
	for _, p := range s.places() {
		contained = contained || p.Container != ""
		fmt.Fprintln(t, strings.TrimRight("  "+strings.Join([]string{p.Part, p.Address, p.Container, p.Image}, "\t"), "\t"))
	}
	_ = t.Flush() // into memory
	if contained {
		b.WriteString("\nReach a part by its address from this machine, or with docker logs and docker exec by its container's name.\n")
	}
}

// visit is how a user logs in and opens a page with curl.
func (s *system) visit() []string {
	a, url := s.Plan.Variant.Architecture, s.cluster.URL()
	curl := "curl -s"
	if home := a.Hosts.Home; home != "" {
		curl, url = curl+s.toHosts(), home
	}
	if a.Balancer.Protocol == "h2c" {
		curl += " --http2-prior-knowledge"
	}
	if front, ok := s.cluster.(substrate.Announced); ok && front.ProxyProtocol() {
		curl += " --haproxy-protocol"
	}
	login := fmt.Sprintf("-d user=%s -d password=%s %s/login", app.UserName(1), app.Password(1), url)
	if a.Client.Kind == "browser" {
		return []string{
			fmt.Sprintf("%s -c cookies.txt -b cookies.txt -o /dev/null %s", curl, login),
			fmt.Sprintf("%s -c cookies.txt -b cookies.txt -i %s/page/1", curl, url),
		}
	}
	return []string{
		fmt.Sprintf(`TOKEN=$(%s -c cookies.txt %s | sed 's/.*"access_token":"\([^"]*\)".*/\1/')`, curl, login),
		fmt.Sprintf(`%s -b cookies.txt -i -H "Authorization: Bearer $TOKEN" %s/page/1`, curl, url),
	}
}

// Append takes what the system's parts say.
func (s *system) Append(e *history.Event) {
	if !s.Follow {
		return
	}
	switch e.Type {
	case history.Decision:
		word := "refuses"
		if e.Accept {
			word = "accepts"
		}
		s.tell(fmt.Sprintf("%9.3f s  %s %s a %s: %s\n", e.At.Seconds(), e.Node, word, e.Op, e.Reason))
	case history.Node:
		s.tell(fmt.Sprintf("%9.3f s  %s is %s\n", e.At.Seconds(), e.Node, e.State))
	case history.Fault:
		s.tell(fmt.Sprintf("%9.3f s  fault %s: %s\n", e.At.Seconds(), e.Fault, e.State))
	case history.Route:
		s.tell(fmt.Sprintf("%9.3f s  balancer: %s %s%s\n", e.At.Seconds(), e.Node, e.State, e.Err))
	}
}
