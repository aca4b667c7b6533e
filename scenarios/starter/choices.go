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
	field    scenario.Field // that it sets; the zero Field: none
}

// Choices lists what there is to decide, in the order of asking. The error is a
// mistake in the catalogue.
func Choices() ([]Choice, error) {
	faults, err := scenarios.Faults()
	if err != nil {
		return nil, err
	}
	names := []string{scenario.NoFault}
	for _, f := range faults {
		names = append(names, f.Name)
	}
	all := []Choice{
		{Name: "nodes", Asks: "How many app nodes are there?", field: fieldOf("nodes")},
		{Name: "session", Asks: "Where are sessions?", Default: "redis", field: fieldOf("session.kind")},
		{Name: "balancer", Asks: "How does the balancer choose a node?", field: fieldOf("balancer.policy")},
		{Name: "stickiness", Asks: "By what does it keep users on their node?", field: fieldOf("balancer.stickiness")},
		{Name: "client", Asks: "What do users have?", Default: auto, field: fieldOf("client.kind")},
		{Name: "cache", Asks: "Is there a shared caching proxy in front?", Default: "no", Accepted: []string{"no", "yes"}, field: fieldOf("cache.enabled")},
		{Name: "fault", Asks: "What goes wrong?", Default: "node-kill", Accepted: names},
	}
	for i, c := range all {
		if c.Default == "" {
			all[i].Default = c.field.Default
		}
		if c.Accepted == nil {
			all[i].Accepted = c.field.Accepted
		}
		if c.Default == auto {
			all[i].Accepted = append([]string{auto}, c.field.Accepted...)
		}
	}
	return all, nil
}

// auto stands for the client that fits the sessions.
const auto = "auto"

// fieldOf describes a field of the file.
func fieldOf(path string) scenario.Field {
	all := scenario.Fields()
	return all[slices.IndexFunc(all, func(f scenario.Field) bool { return f.Path == path })]
}

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
