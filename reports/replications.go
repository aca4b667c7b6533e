package reports

import (
	"fmt"
	"maps"
	"strings"

	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/result"
)

// spreads is what a variant came to over several seeds.
type spreads struct {
	Seeds, Outcomes, Shown string
	Rates, Causes          []spreadRow
	Expectations           []tallyRow
	Repeat                 string
}

// spreadRow is one figure over the seeds.
type spreadRow struct{ Name, Class, Of, Seeds, Mean, Interval, SD, Min, Max, Pooled string }

// tallyRow is how an expectation came out over the seeds.
type tallyRow struct {
	Text, Words string
	Chip        chip
}

// spreadsOf is nil for a run with one seed.
func spreadsOf(res *result.Result) *spreads {
	all := res.Replications
	if all == nil {
		return nil
	}
	out := &spreads{Seeds: all.Seeds.String(), Outcomes: outcomesWords(all), Shown: fmt.Sprint(res.Seed), Repeat: all.Repeat}
	for _, s := range all.Rates {
		out.Rates = append(out.Rates, spreadRowOf(rateWords(s.Metric), s))
	}
	for _, s := range all.Causes {
		row := spreadRowOf(s.Cause, s)
		row.Class, row.Of = causeClass(s.Cause), "of "+rateWords(s.Metric)
		out.Causes = append(out.Causes, row)
	}
	for _, t := range all.Expectations {
		out.Expectations = append(out.Expectations, tallyRowOf(t))
	}
	return out
}

func spreadRowOf(name string, s result.Spread) spreadRow {
	row := spreadRow{
		Name: name, Seeds: count(s.Seeds), Mean: percent(s.Mean), Interval: "unknown", SD: "unknown",
		Min: fmt.Sprintf("%s (seed %d)", percent(s.Min.Value), s.Min.Seed), Max: fmt.Sprintf("%s (seed %d)", percent(s.Max.Value), s.Max.Seed),
		Pooled: fmt.Sprintf("%s of %s (95%s%%: %s)", count(s.Pooled.Count), count(s.Pooled.Of), nbsp, interval(s.Pooled)),
	}
	if s.Seeds > 1 {
		row.Interval, row.SD = interval(result.Rate{Lo: s.Lo, Hi: s.Hi}), percent(s.SD)
	}
	return row
}

func tallyRowOf(t result.Tally) tallyRow {
	if t.Elsewhere {
		return tallyRow{t.Text, "", chip{"calm", result.Expectation{Elsewhere: true}.Verb()}}
	}
	row := tallyRow{Text: t.Text, Chip: chip{string(result.Pass), "holds on " + plural(t.Holds, "seed", "seeds")}}
	var parts []string
	if t.Unmeasured > 0 {
		row.Chip.Class = string(result.Unknown)
		parts = append(parts, "not measured on "+plural(t.Unmeasured, "seed", "seeds"))
	}
	if t.Fails > 0 {
		row.Chip.Class = string(result.Fail)
		parts = append(parts, fmt.Sprintf("fails on %s", plural(t.Fails, "seed", "seeds")))
		if t.FirstFail != nil {
			parts = append(parts, fmt.Sprintf("first on seed %d: observed %s", *t.FirstFail, t.Observed))
		}
	}
	row.Words = strings.Join(parts, "; ")
	return row
}

// outcomesWords counts seeds by outcome.
func outcomesWords(all *result.Replications) string {
	o := all.Outcomes
	var parts []string
	add := func(n int, words string, first *uint64) {
		if n == 0 {
			return
		}
		text := plural(n, "seed", "seeds") + " " + words
		if first != nil {
			text += fmt.Sprintf(" (the first is %d)", *first)
		}
		parts = append(parts, text)
	}
	add(o.Pass, outcomeWords(result.Pass), nil)
	add(o.Fail, outcomeWords(result.Fail), all.FirstFail)
	add(o.Unknown, outcomeWords(result.Unknown), all.FirstUnknown)
	add(all.Missing(), "not run to the end", nil)
	return strings.Join(parts, ", ")
}

// rateWords is a metric as the reader sees it.
func rateWords(metric string) string {
	if metric == "vegeta_success" {
		return "success, as a plain load tool says"
	}
	return strings.ReplaceAll(metric, "_", " ")
}

// seedWords is the seed of a run, or the range of several.
func seedWords(res *result.Result) string {
	if all := res.Replications; all != nil {
		return all.Seeds.String()
	}
	return fmt.Sprint(res.Seed)
}

// overall is a result with the harm of all seeds: counts of all of them
// together, means as rates, and their intervals. Where all seeds have the same
// rate, such as none, the interval is the exact one of all together. What is
// not told over seeds stays that of the one run that stands for all.
func overall(res *result.Result) *result.Result {
	all := res.Replications
	if all == nil {
		return res
	}
	of := func(metric string) result.Rate {
		s, _ := all.Rate(metric)
		r := s.Pooled
		r.Value = s.Mean
		if s.SD > 0 {
			r.Lo, r.Hi = s.Lo, s.Hi
		}
		return r
	}
	out := *res
	out.Rates.SpuriousLogout, out.Rates.GhostSession, out.Rates.WrongIdentity = of("spurious_logouts"), of("ghost_sessions"), of("wrong_identity")
	errors := of("errors")
	out.Actions = errors.Of
	out.Verdicts = result.Verdicts{
		SpuriousLogout: out.Rates.SpuriousLogout.Count, GhostSession: out.Rates.GhostSession.Count,
		WrongIdentity: out.Rates.WrongIdentity.Count, Lockout: of("lockouts").Count, Error: errors.Count, Unknown: of("unknowns").Count,
	}
	users := of(result.UsersAffected)
	out.Users = result.Users{Total: users.Of, Affected: users.Count}
	success := of("vegeta_success")
	out.HTTP.Requests, out.HTTP.SuccessRatio = success.Of, success.Value
	out.Causes, out.GhostCauses = all.Pooled("spurious_logouts"), all.Pooled("ghost_sessions")
	out.IdentityCauses, out.LockoutCauses = all.Pooled("wrong_identity"), all.Pooled("lockouts")
	return &out
}

// overallRun is a run with the harm and the causes of all its seeds.
func overallRun(r Run) Run {
	if r.Result.Replications == nil {
		return r
	}
	r.Result = overall(r.Result)
	r.Causes = maps.Clone(r.Causes)
	if r.Causes == nil {
		r.Causes = map[oracle.Verdict]map[string]int{}
	}
	r.Causes[oracle.WrongIdentity], r.Causes[oracle.Lockout] = r.Result.IdentityCauses, r.Result.LockoutCauses
	return r
}

// mdSpreads is a table of each variant that ran with several seeds.
func mdSpreads(b *strings.Builder, suite Suite) {
	for _, r := range suite.Runs {
		s := spreadsOf(r.Result)
		if s == nil {
			continue
		}
		fmt.Fprintf(b, "\n#### %s over seeds %s\n\n%s.\n\n", mdText(r.Result.Scenario+"/"+r.Result.Variant), s.Seeds, mdText(s.Outcomes))
		b.WriteString("| Share | Seeds | Mean | 95 % interval of the mean | Standard deviation | Least | Most | All seeds together |\n")
		b.WriteString("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
		for _, row := range append(s.Rates, s.Causes...) {
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", mdText(strings.TrimSpace(row.Name+" "+row.Of)), row.Seeds, row.Mean, row.Interval, row.SD, row.Min, row.Max, row.Pooled)
		}
		b.WriteString("\nEach seed is one measurement (Student's t). Where all are alike, that interval is empty: go by the exact one of all seeds together.\n\n")
		for _, x := range s.Expectations {
			fmt.Fprintf(b, "- %s: %s\n", mdText(x.Text), mdText(strings.Trim(x.Chip.Words+"; "+x.Words, "; ")))
		}
		fmt.Fprintf(b, "\nRepeat: %s\n", mdCode(s.Repeat))
	}
}
