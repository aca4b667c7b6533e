package starter

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// Write writes a scenario for the answers, by the names of their choices; what
// is missing is as by default, or as it goes with them. file is the name that it
// will have; head are further lines for the comment at its head. The error says
// which answers do not go together, or are not accepted.
func Write(file string, answers map[string]string, head ...string) ([]byte, error) {
	f, err := newForm()
	if err != nil {
		return nil, err
	}
	given := map[string]string{}
	for _, c := range f.choices {
		if answer, ok := answers[c.Name]; ok {
			if err := c.Check(answer); err != nil {
				return nil, fmt.Errorf("%s %q: %w", c.Name, answer, err)
			}
			given[c.Name] = answer
		}
	}
	for _, c := range f.choices {
		if _, ok := given[c.Name]; ok {
			continue
		}
		open, err := c.Beside(given)
		if err != nil {
			return nil, err
		}
		given[c.Name] = open.Default
	}
	text, err := f.draft(file, given, head).whole()
	if errors.As(err, new(scenario.Errors)) {
		return nil, f.together(given)
	}
	return text, err
}

// draft is a file in the making.
type draft struct {
	*form
	file  string
	given map[string]string
	head  []string
	b     strings.Builder
}

func (f *form) draft(file string, given map[string]string, head []string) *draft {
	return &draft{form: f, file: file, given: given, head: head}
}

// whole writes the file, with its fault. The error is a [scenario.Errors] if
// something does not go together.
func (d *draft) whole() ([]byte, error) {
	faults, err := d.check()
	if err != nil {
		return nil, err
	}
	text, _, err := d.render(faults)
	return text, err
}

// check is the fault of an architecture that can have it.
func (d *draft) check() ([]scenario.Fault, error) {
	_, s, err := d.render(nil)
	if err != nil || d.given["fault"] == scenario.NoFault {
		return nil, err
	}
	named := func(x scenario.FaultSet) bool { return x.Name == d.given["fault"] }
	v, err := d.faults[slices.IndexFunc(d.faults, named)].On(s.Variants[0])
	return v.Faults, err
}

// render writes the file and reads it again: the reader knows best what does not
// go together.
func (d *draft) render(faults []scenario.Fault) ([]byte, *scenario.Scenario, error) {
	d.b.Reset()
	d.write(faults)
	text := []byte(d.b.String())
	s, err := scenario.Parse(d.file, text)
	return text, s, err
}

func (d *draft) write(faults []scenario.Fault) {
	for _, line := range d.head {
		d.line(0, "# "+line)
	}
	d.line(0, "scenario: "+Name(d.file))
	d.line(0, "title: Our login")
	d.line(0, "")
	d.comment(0, "The system under test. `logoutlab list --fields` has all that can be said of it.")
	d.line(0, "architecture:")
	d.architecture()
	d.line(0, "")
	d.comment(0, "What users do. Durations are real ones: compressing them is logoutlab's business.")
	d.line(0, "workload:")
	for _, setting := range []string{"users: 200", "think: 20s", "duration: 20m", "logout_every: 10", "replays: 1"} {
		name, value, _ := strings.Cut(setting, ": ")
		d.field(1, "workload."+name, name, value)
	}
	d.line(0, "")
	d.comment(0, "The forms to run. A further one may have the architecture otherwise, as `with: {session.kind: redis}` says, and `faults: [same]`: so cures are tried.")
	d.line(0, "variants:")
	d.variant("undisturbed", "What the design does by itself", nil)
	if len(faults) > 0 {
		d.variant(d.given["fault"], "What goes wrong, and who must not notice", faults)
	}
}

func (d *draft) architecture() {
	session, stickiness := d.given["session"], d.given["stickiness"]
	d.field(1, "nodes", "nodes", d.given["nodes"])
	d.line(1, "balancer:")
	d.field(2, "balancer.policy", "policy", d.given["balancer"])
	d.field(2, "balancer.stickiness", "stickiness", stickiness)
	if stickiness == "app_cookie" {
		cookie := "sid"
		if session == "jwt" {
			cookie = "at"
		}
		d.field(2, "balancer.app_cookie", "app_cookie", cookie)
	}
	d.line(1, "session:")
	d.field(2, "session.kind", "kind", session)
	switch session {
	case "jwt":
		d.field(2, "session.access_ttl", "access_ttl", "5m")
		d.field(2, "session.refresh_ttl", "refresh_ttl", "30d")
		d.field(2, "session.leeway", "leeway", "0s")
		d.field(2, "session.revocation", "revocation", "shared_blacklist")
	default:
		d.field(2, "session.idle", "idle", "12h")
	}
	if d.given["fault"] == "store-failover" && (session == "redis" || session == "jwt") { // which a Redis can have
		d.field(2, "session.replica", "replica", "true")
	}
	if d.given["fault"] == "connection-cut" { // which meets a request under way only if that takes a while
		d.line(1, "app:")
		d.field(2, "app.work", "work", "300ms")
	}
	if client := d.given["client"]; client != auto {
		d.line(1, "client:")
		d.field(2, "client.kind", "kind", client)
	}
	if d.given["cache"] == "yes" {
		d.line(1, "cache:")
		d.field(2, "cache.enabled", "enabled", "true")
	}
}

func (d *draft) variant(name, title string, faults []scenario.Fault) {
	d.line(1, name+":")
	d.line(2, "title: "+title)
	if len(faults) > 0 {
		d.comment(2, "`logoutlab list --faults` has all of them. One that changes nothing makes the run unknown.")
		d.line(2, "faults:")
		for _, f := range faults {
			d.line(3, "- "+f.Entry())
		}
	}
	d.comment(2, `What must hold. For what may happen now and then: {spurious_logouts: "< 0.1%"}.`)
	d.line(2, "expect:")
	for _, metric := range []string{"spurious_logouts", "ghost_sessions", "wrong_identity"} {
		d.line(3, "- {"+metric+": 0}")
	}
}

// field writes a setting below what it means.
func (d *draft) field(depth int, path, name, value string) {
	f := d.fields[path]
	doc := f.Doc
	if f.Kind != scenario.Text {
		doc += " Accepted: " + f.Accepts() + "."
	}
	d.comment(depth, doc)
	d.line(depth, name+": "+value)
}

// commentWidth is where comments are broken.
const commentWidth = 100

// comment writes a text as lines that are not too long.
func (d *draft) comment(depth int, text string) {
	line := "#"
	for _, word := range strings.Fields(text) {
		if len(line)+1+len(word)+2*depth > commentWidth && line != "#" {
			d.line(depth, line)
			line = "#"
		}
		line += " " + word
	}
	d.line(depth, line)
}

func (d *draft) line(depth int, text string) {
	if text != "" {
		text = strings.Repeat("  ", depth) + text
	}
	d.b.WriteString(text + "\n")
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// Name is a scenario's name made of its file's.
func Name(file string) string {
	base := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	name := strings.Trim(notInNames.ReplaceAllString(strings.ToLower(base), "-"), "-")
	if len(name) > 60 {
		name = strings.Trim(name[:60], "-")
	}
	if name == "" || slices.Contains([]string{"true", "false", "null", "yes", "no"}, name) || strings.Trim(name, "0123456789-") == "" {
		return strings.Trim("scenario-"+name, "-")
	}
	return name
}
