package reports

import (
	"fmt"
	"slices"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/result"
)

// page is all that the template needs: every figure already in words.
type page struct {
	Title, Answer, State      string
	Version, Started, Command string
	Totals                    []fact
	Reasons                   []reason
	Compared                  []comparison
	Several                   bool   // variants, so that a reader may look for some
	Outcomes                  []chip // those that the variants have
	Seed                      string // of all runs; "" if they differ
	Groups                    []section
	Parts                     []partView
	NotRun                    []fact
	Gate                      *gateView       // nil: no baseline
	Comparison                *comparisonView // nil: no architectures were compared
}

// fact is a name and what it is.
type fact struct{ Name, Value string }

// chip is an outcome as the reader sees it.
type chip struct{ Class, Words string }

// section is a scenario.
type section struct {
	ID, Name, Title string
	About           []history.Topic // the scenario, explained
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
		Several: len(s.Runs) > 1,
		Seed:    commonSeed(s),
		Gate:    gateOf(s.Gate),
		Parts:   partsOf(s),
	}
	if s.Gate != nil && len(s.Gate.Alarms()) > 0 {
		p.State = outcomeClass(result.Fail)
	}
	for _, n := range s.NotRun {
		p.NotRun = append(p.NotRun, fact{n.Scenario + "/" + n.Variant, n.Why})
	}
	if s.Matrix != nil {
		p.Comparison = comparisonOf(s.Matrix)
	}
	ids := uniqueIDs{}
	groups := s.groups()
	for _, g := range groups {
		name := ids.of(g.Name)
		sec := section{ID: name, Name: g.Name, Title: g.Title, About: g.About, Open: len(groups) <= 2}
		c := comparison{Name: g.Name, Title: g.Title, Href: name}
		for i, r := range g.Runs {
			v := variantOf(s, r, ids.of(g.Name, r.Result.Variant))
			v.Open = !passed(r) || i == 0
			sec.add(v, !passed(r))
			c.Rows = append(c.Rows, rowView(r, v.ID, p.Seed == ""))
		}
		for _, c := range sec.Chips {
			if !slices.Contains(p.Outcomes, c) {
				p.Outcomes = append(p.Outcomes, c)
			}
		}
		p.Groups = append(p.Groups, sec)
		p.Compared = append(p.Compared, c)
		p.Reasons = append(p.Reasons, reasonsOf(s, g)...)
	}
	return p
}

// add adds a variant. A section opens for what is not as expected, and in a
// small report always.
func (s *section) add(v variantView, open bool) {
	s.Open = s.Open || open
	s.Chips = append(s.Chips, v.Chip)
	s.Variants = append(s.Variants, v)
}

// uniqueIDs makes ids for elements; the same variant may have run twice.
type uniqueIDs map[string]int

func (u uniqueIDs) of(parts ...string) string {
	id := slug(parts...)
	u[id]++
	if n := u[id]; n > 1 {
		return fmt.Sprintf("%s--%d", id, n)
	}
	return id
}

// commonSeed is the seed of all runs, or their range of seeds, if they share one.
func commonSeed(s Suite) string {
	if len(s.Runs) == 0 {
		return ""
	}
	seed := seedWords(s.Runs[0].Result)
	for _, r := range s.Runs {
		if seedWords(r.Result) != seed {
			return ""
		}
	}
	return seed
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

// hundredths is v in percent, to two decimals.
func hundredths(v float64) float64 { return float64(int(v*10000+0.5)) / 100 }
