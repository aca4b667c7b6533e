package reports

import (
	"strconv"
	"strings"

	"github.com/logoutlab/logoutlab/harness/gate"
)

// gateView is the comparison with a baseline, in words.
type gateView struct {
	Summary string
	Rows    []gateRow
	Notes   []fact
	Power   []string
}

// gateRow is one change.
type gateRow struct {
	Class, Kind, Variant, What, Before, Now, P, Repeat string
}

func gateOf(c *gate.Comparison) *gateView {
	if c == nil {
		return nil
	}
	v := &gateView{Summary: c.Summary()}
	for _, x := range c.Changes {
		class := "fail"
		if x.Kind == gate.Better {
			class = "pass"
		}
		what := strings.ReplaceAll(x.Metric, "_", " ")
		if because := x.Cause + x.Mostly; because != "" {
			what += ": " + because
		}
		v.Rows = append(v.Rows, gateRow{
			Class: class, Kind: x.Kind, Variant: x.Scenario + "/" + x.Variant, What: what, Before: x.Before.String(), Now: x.Now.String(),
			P: strconv.FormatFloat(x.P, 'g', 2, 64), Repeat: x.Repeat,
		})
	}
	for _, s := range c.Systems {
		v.Notes = append(v.Notes, fact{s.Scenario + "/" + s.Variant, "another system than the baseline's: " + s.Differs})
	}
	for _, u := range c.Untested {
		v.Notes = append(v.Notes, fact{u.Scenario + "/" + u.Variant, "not compared: " + u.Why})
	}
	for _, p := range c.Power {
		v.Power = append(v.Power, p.String())
	}
	return v
}

// mdGate is the comparison with a baseline, if there was one.
func mdGate(b *strings.Builder, c *gate.Comparison) {
	v := gateOf(c)
	if v == nil {
		return
	}
	b.WriteString("\n**" + mdText(v.Summary) + "**\n\n")
	for i, row := range v.Rows {
		if i == 0 {
			b.WriteString("| Variant | Change | Users who had | Before | Now | p | Repeat |\n| --- | --- | --- | ---: | ---: | ---: | --- |\n")
		}
		b.WriteString("| " + strings.Join([]string{
			mdText(row.Variant), mdText(row.Kind), mdText(row.What), mdText(row.Before), mdText(row.Now), row.P, mdCode(strings.ReplaceAll(row.Repeat, "|", `\|`)),
		}, " | ") + " |\n")
	}
	for i, u := range v.Notes {
		if i == 0 {
			b.WriteString("\n")
		}
		b.WriteString("- " + mdText(u.Name) + ": " + mdText(u.Value) + "\n")
	}
}

// junitGate is a suite with a case for each variant that was compared.
func junitGate(suite Suite) []junitSuite {
	c := suite.Gate
	if c == nil {
		return nil
	}
	s := junitSuite{Name: "baseline", Timestamp: junitStamp(suite.Started), Properties: []junitProperty{{"baseline", c.File}, {"version", suite.Version}}}
	for _, p := range c.Power {
		one := junitCase{Name: p.Scenario + "/" + p.Variant, Classname: "baseline", Time: junitTime(0), Out: p.String()}
		s.Properties = append(s.Properties, junitProperty{"least " + one.Name, strconv.FormatFloat(p.Least, 'g', 3, 64)})
		for _, s := range c.Systems {
			if s.Scenario == p.Scenario && s.Variant == p.Variant {
				one.Out += "\n" + s.String()
			}
		}
		var lines []string
		for _, x := range c.Alarms() {
			if x.Scenario == p.Scenario && x.Variant == p.Variant {
				lines = append(lines, x.String(), "repeat: "+x.Repeat)
			}
		}
		if len(lines) > 0 {
			one.Failure = &junitProblem{Message: lines[0], Type: "baseline", Text: "\n" + strings.Join(lines, "\n") + "\n"}
		}
		s.Cases = append(s.Cases, one)
	}
	return []junitSuite{s}
}
