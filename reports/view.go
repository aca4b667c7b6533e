package reports

import (
	"github.com/logoutlab/logoutlab/harness/result"
)

// page is all that the template needs: every figure already in words.
type page struct {
	Title, Answer, State      string
	Version, Started, Command string
	Totals                    []fact
	Rows                      []overviewRow
	Groups                    []section
}

// fact is a name and what it is.
type fact struct{ Name, Value string }

// overviewRow is one variant in the table that opens the report.
type overviewRow struct {
	Scenario, Variant, Href string
	First                   bool // of its scenario
	Chip                    chip
	Rate, Interval          string
	Left, Fill, Whisker     float64 // percent of the bar: interval's start, value, interval's width
	Ghosts                  string
	HasGhosts               bool
	Cause, CauseClass, Part string
	Success                 string
	Seed                    uint64
}

// chip is an outcome as the reader sees it.
type chip struct{ Class, Words string }

// section is a scenario.
type section struct {
	ID, Name, Title string
	Open            bool
	Chips           []chip
	Variants        []variantView
}

func chipOf(o result.Outcome) chip { return chip{outcomeClass(o), outcomeWords(o)} }

func pageOf(s Suite) page {
	t := s.Totals()
	p := page{
		Title: s.Title, Answer: answer(s), Version: s.Version, Command: s.Command,
		Started: s.Started.UTC().Format("2 January 2006, 15:04 UTC"),
		State:   stateOf(t),
		Totals: []fact{
			{"as expected", count(t.Pass)},
			{"not as expected", count(t.Fail)},
			{"unknown", count(t.Unknown)},
		},
	}
	groups := s.groups()
	for _, g := range groups {
		p.Groups = append(p.Groups, sectionOf(g, len(groups) <= 2))
		for i, r := range g.Runs {
			p.Rows = append(p.Rows, rowView(r, i == 0))
		}
	}
	return p
}

// stateOf is the worst outcome.
func stateOf(t Totals) string {
	switch {
	case t.Fail > 0:
		return outcomeClass(result.Fail)
	case t.Unknown > 0 || t.Pass == 0:
		return outcomeClass(result.Unknown)
	default:
		return outcomeClass(result.Pass)
	}
}

func rowView(r Run, first bool) overviewRow {
	res := r.Result
	rate := res.Rates.SpuriousLogout
	row := overviewRow{
		Scenario: res.Scenario, Variant: res.Variant, First: first,
		Href:      slug(res.Scenario, res.Variant),
		Chip:      chipOf(res.Outcome),
		Rate:      "not measured",
		Ghosts:    count(res.Verdicts.GhostSession),
		HasGhosts: res.Verdicts.GhostSession > 0,
		Success:   "not measured",
		Seed:      res.Seed,
	}
	if rate.Of > 0 {
		row.Rate, row.Interval = percent(rate.Value), interval(rate)
		row.Fill, row.Left, row.Whisker = hundredths(rate.Value), hundredths(rate.Lo), hundredths(rate.Hi-rate.Lo)
	}
	if res.HTTP.Requests > 0 {
		row.Success = percent(res.HTTP.SuccessRatio)
	}
	if name, part := mainCause(res); name != "" {
		row.Cause, row.CauseClass, row.Part = name, causeClass(name), percent(part)
	}
	return row
}

// hundredths is v in percent, to two decimals.
func hundredths(v float64) float64 { return float64(int(v*10000+0.5)) / 100 }

// sectionOf opens what the reader came for: everything in a small report, and
// in a large one what is not as expected.
func sectionOf(g group, small bool) section {
	s := section{ID: slug(g.Name), Name: g.Name, Title: g.Title, Open: small}
	for i, r := range g.Runs {
		v := variantOf(r)
		v.Open = !passed(r) || i == 0
		s.Open = s.Open || !passed(r)
		s.Chips = append(s.Chips, v.Chip)
		s.Variants = append(s.Variants, v)
	}
	return s
}
