package gate

import (
	"fmt"
	"strconv"
)

// String is the change in a line.
func (c Change) String() string {
	what := c.Metric
	if c.Cause != "" {
		what += " by " + c.Cause
	}
	if c.Mostly != "" {
		what += ", mostly by " + c.Mostly
	}
	return fmt.Sprintf("%s/%s: %s: %s: %s, and %s before (p = %.2g; %s)", c.Scenario, c.Variant, c.Kind, what, c.Now, c.Before, c.P, c.counted())
}

// counted says what was the unit of the test.
func (c Change) counted() string {
	switch {
	case c.Unit == bySeed:
		return fmt.Sprintf("%d pairs of runs", c.Seeds)
	case c.Seeds == 1:
		return "one pair of runs, users taken as independent"
	}
	return fmt.Sprintf("%d pairs of runs, users taken as independent", c.Seeds)
}

// String is "40 of 400 users (10 %)".
func (h Hit) String() string {
	return fmt.Sprintf("%d of %d users (%s)", h.Users, h.Of, percent(h.Value))
}

// String says how a system differs.
func (s System) String() string {
	return fmt.Sprintf("%s/%s is another system than the baseline's: %s", s.Scenario, s.Variant, s.Differs)
}

// String says what a comparison can see.
func (p Power) String() string {
	name := p.Scenario + "/" + p.Variant
	if p.Least >= 1 {
		return name + ": these runs would see no new harm at all: give --seeds 1..20"
	}
	text := fmt.Sprintf("%s: these runs would see a new harm to %s of the users or more", name, percent(p.Least))
	if p.Least > small {
		text += ", and a smaller one may go unseen: --seeds 1..20 of 400 users see 1 %"
	}
	return text
}

// small is the share of users that a comparison should see.
const small = 0.01

// Summary is what came of the comparison, in a line.
func (c *Comparison) Summary() string {
	alarms := len(c.Alarms())
	text := fmt.Sprintf("against %s: ", c.File)
	switch {
	case c.Compared == 0:
		return text + "nothing could be compared"
	case c.Blind():
		return text + "too few runs to tell anything: give --seeds 1..20, for the baseline as well"
	case alarms == 0:
		text += "nothing is worse"
	case alarms == 1:
		text += "1 change for the worse"
	default:
		text += fmt.Sprintf("%d changes for the worse", alarms)
	}
	if better := len(c.Changes) - alarms; better > 0 {
		text += fmt.Sprintf(", %d for the better", better)
	}
	return text + fmt.Sprintf(" in %d compared (an unchanged system raises an alarm in %s of comparisons at most)", c.Compared, percent(c.Level))
}

// Lines tell all of the comparison, for a terminal: the summary, what changed
// and the command that shows it, what was not compared, and what could not have
// been seen.
func (c *Comparison) Lines() []string {
	lines := []string{c.Summary()}
	for _, s := range c.Systems {
		lines = append(lines, "  "+s.String())
	}
	for _, x := range c.Changes {
		lines = append(lines, "  "+x.String(), "    "+x.Repeat)
	}
	for _, u := range c.Untested {
		lines = append(lines, fmt.Sprintf("  %s/%s: not compared: %s", u.Scenario, u.Variant, u.Why))
	}
	for _, p := range c.Power {
		if p.Least > small {
			lines = append(lines, "  "+p.String())
		}
	}
	return lines
}

// percent has two digits.
func percent(v float64) string {
	if v >= 0.1 {
		return strconv.FormatFloat(100*v, 'f', 1, 64) + " %"
	}
	return strconv.FormatFloat(100*v, 'g', 2, 64) + " %"
}
