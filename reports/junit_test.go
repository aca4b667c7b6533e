package reports

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// element is what the schema of the Jenkins xUnit plugin (junit-10.xsd) says of
// one element, as far as both of its forms that are in use agree.
type element struct {
	inside   []string // the elements that it may stand in; "": the root
	required []string // attributes
	optional []string
	text     bool // it may hold text
}

var junit10 = map[string]element{
	"testsuites": {inside: []string{""}, optional: []string{"name", "time", "tests", "failures", "errors"}},
	"testsuite":  {inside: []string{"testsuites"}, required: []string{"name", "tests", "failures", "errors"}, optional: []string{"time", "skipped", "timestamp"}},
	"properties": {inside: []string{"testsuite"}},
	"property":   {inside: []string{"properties"}, required: []string{"name", "value"}},
	"testcase":   {inside: []string{"testsuite"}, required: []string{"name"}, optional: []string{"time", "classname"}},
	"skipped":    {inside: []string{"testcase"}, optional: []string{"type", "message"}, text: true},
	"failure":    {inside: []string{"testcase"}, optional: []string{"type", "message"}, text: true},
	"error":      {inside: []string{"testcase"}, optional: []string{"type", "message"}, text: true},
	"system-out": {inside: []string{"testcase", "testsuite"}, text: true},
}

var junitSeconds = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)

func TestJUnitMeetsTheJenkinsSchema(t *testing.T) {
	held := sampleSuite()
	held.Gate = compared()
	missing := Suite{Runs: []Run{sampleBroken()}, NotRun: []NotRun{
		{Scenario: "a", Variant: "b", Why: "interrupted"}, {Scenario: "a", Variant: "c", Why: "no port", Failed: true, Repeat: "logoutlab run a/c"},
	}}
	for name, s := range map[string]Suite{
		"sample": sampleSuite(), "hostile": hostileSuite(t), "empty": {}, "held against a baseline": held, "not run": missing,
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			require.NoError(t, JUnit(&b, s))
			require.NoError(t, meets(b.Bytes()))
		})
	}
	require.Error(t, meets([]byte(`<testsuites><testsuite name="a" tests="1" failures="0" errors="0"><testcase name="b"><properties/></testcase></testsuite></testsuites>`)))
	require.Error(t, meets([]byte(`<testsuites><testsuite name="a" tests="1" failures="0"/></testsuites>`)))
	require.Error(t, meets([]byte(`<testsuites time="soon"/>`)))
}

// meets holds a document against [junit10].
func meets(doc []byte) error {
	d := xml.NewDecoder(bytes.NewReader(doc))
	within := []string{""}
	for {
		token, err := d.Token()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		here := within[len(within)-1]
		switch x := token.(type) {
		case xml.StartElement:
			if err := fits(x, here); err != nil {
				return err
			}
			within = append(within, x.Name.Local)
		case xml.EndElement:
			within = within[:len(within)-1]
		case xml.CharData:
			if !junit10[here].text && strings.TrimSpace(string(x)) != "" {
				return errors.New("text in " + here)
			}
		}
	}
}

func fits(x xml.StartElement, parent string) error {
	rule, known := junit10[x.Name.Local]
	if !known || !slices.Contains(rule.inside, parent) {
		return errors.New(x.Name.Local + " in " + parent)
	}
	var has []string
	for _, a := range x.Attr {
		name := a.Name.Local
		if !slices.Contains(rule.required, name) && !slices.Contains(rule.optional, name) || slices.Contains(has, name) {
			return errors.New(name + " of " + x.Name.Local)
		}
		if name == "time" && !junitSeconds.MatchString(a.Value) {
			return errors.New("time " + a.Value)
		}
		has = append(has, name)
	}
	for _, name := range rule.required {
		if !slices.Contains(has, name) {
			return errors.New(x.Name.Local + " without " + name)
		}
	}
	return nil
}
