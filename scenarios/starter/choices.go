package starter

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/scenarios"
)

// Choice is one thing to decide about an architecture.
type Choice struct {
	Name     string   // of the flag, such as "session"
	Asks     string   // the question
	Accepted []string // the words; none: a whole number
	Default  string
	Settled  bool           // other answers leave nothing to decide: the default it is
	field    scenario.Field // that it sets; the zero Field: none
	many     bool           // it matters only where there is more than one node
	of       *form
}

// Choices lists what there is to decide, in the order of asking. The error is a
// mistake in the catalogue.
func Choices() ([]Choice, error) {
	f, err := newForm()
	if err != nil {
		return nil, err
	}
	return f.choices, nil
}

// form is all that there is to choose from.
type form struct {
	choices []Choice
	faults  []scenario.FaultSet
	fields  map[string]scenario.Field // by path
}

func newForm() (*form, error) {
	faults, err := scenarios.Faults()
	if err != nil {
		return nil, err
	}
	f := &form{faults: faults, fields: map[string]scenario.Field{}}
	names := []string{scenario.NoFault}
	for _, s := range faults {
		names = append(names, s.Name)
	}
	for _, x := range scenario.Fields() {
		f.fields[x.Path] = x
	}
	f.choices = []Choice{
		{Name: "nodes", Asks: "How many app nodes are there?", field: f.fields["nodes"]},
		{Name: "session", Asks: "Where are sessions?", Default: "redis", field: f.fields["session.kind"]},
		{Name: "client", Asks: "What do users have?", Default: auto, field: f.fields["client.kind"]},
		{Name: "balancer", Asks: "How does the balancer choose a node?", field: f.fields["balancer.policy"], many: true},
		{Name: "stickiness", Asks: "By what does it keep users on their node?", field: f.fields["balancer.stickiness"], many: true},
		{Name: "cache", Asks: "Is there a shared caching proxy in front?", Default: "no", Accepted: []string{"no", "yes"}, field: f.fields["cache.enabled"]},
		{Name: "fault", Asks: "What goes wrong?", Default: "node-kill", Accepted: names},
	}
	for i := range f.choices {
		c := &f.choices[i]
		c.of = f
		if c.Default == "" {
			c.Default = c.field.Default
		}
		if c.Accepted == nil {
			c.Accepted = c.field.Accepted
		}
		if c.Default == auto {
			c.Accepted = append([]string{auto}, c.field.Accepted...)
		}
	}
	return f, nil
}

// auto stands for the client that fits the sessions.
const auto = "auto"

// Check says what is accepted if an answer is not.
func (c Choice) Check(answer string) error {
	if len(c.Accepted) > 0 {
		if slices.Contains(c.Accepted, answer) {
			return nil
		}
		return fmt.Errorf("accepted are %s", strings.Join(c.Accepted, ", "))
	}
	if n, err := strconv.Atoi(answer); err != nil || int64(n) < c.field.Min || int64(n) > c.field.Max {
		return fmt.Errorf("accepted are whole numbers from %d to %d", c.field.Min, c.field.Max)
	}
	return nil
}
