package reports

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/logoutlab/logoutlab/harness/result"
)

// Kept is a run that is kept in a directory: what its [SummaryFile] says.
type Kept struct {
	Path    string // of the directory, from where runs are looked for, with slashes
	Report  bool   // it has a [Page]
	Saved   *Saved // nil: it cannot be read
	Problem string // why it cannot be read
}

// Archive is what is kept below a directory.
type Archive struct {
	Runs        []Kept
	Comparisons []Compared
}

// Runs writes a page that lists kept runs and comparisons of architectures, newest
// first, with the spurious logouts of each variant from run to run. where names
// the place that they were found in; address gives a directory's report its
// address.
func Runs(w io.Writer, where string, all Archive, address func(path string) string) error {
	t, err := parse()
	if err != nil {
		return err
	}
	var page bytes.Buffer
	if err := t.ExecuteTemplate(&page, "runs", runsOf(where, all, address)); err != nil {
		return fmt.Errorf("writing the list of runs: %w", err)
	}
	_, err = w.Write(bytes.Map(printable, page.Bytes()))
	return err
}

// ReportAddress is the path of a run's report below a prefix, each part of it
// escaped, so that no name of a directory means anything else.
func ReportAddress(prefix, path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return prefix + strings.Join(parts, "/")
}

// runsPage is all that the template needs.
type runsPage struct {
	Where       string
	Runs        []keptRun
	Comparisons []keptComparison
	Trends      []trend
}

// keptRun is a row of the list.
type keptRun struct {
	Path, Href, Started, Version, Substrate, Problem string
	Chips                                            []chip
}

// trend is one variant from run to run, as a chart and a table. Runs stand at
// equal distances, in the order of their times.
type trend struct {
	ID, Title, Desc string
	Line, Spans     string // paths: through the rates, and their 95 % intervals
	Width           int
	Y, X            []tick
	Rows            []trendRow // newest first
}

// trendRow is one run of the variant.
type trendRow struct {
	Started, Rate, Seed, Version, Href string
	Chip                               chip
}

func runsOf(where string, kept Archive, address func(string) string) runsPage {
	all := slices.Clone(kept.Runs)
	slices.SortStableFunc(all, func(a, b Kept) int {
		return cmp.Or(b.started().Compare(a.started()), cmp.Compare(a.Path, b.Path))
	})
	p := runsPage{Where: where, Comparisons: comparisonsOf(kept.Comparisons, address)}
	for _, k := range all {
		row := keptRun{Path: k.Path, Problem: k.Problem}
		if k.Report {
			row.Href = address(k.Path)
		}
		if k.Saved != nil {
			row.Started, row.Version, row.Substrate = dateOf(k.Saved.Started), k.Saved.Version, substrates(k.Saved)
			row.Chips = outcomeChips(k.Saved)
		}
		p.Runs = append(p.Runs, row)
	}
	p.Trends = trendsOf(all, address)
	return p
}

// started is when it began, by the clock on the wall: a result of the simulator
// has the simulated one.
func (k Kept) started() time.Time {
	if k.Saved == nil {
		return time.Time{}
	}
	return k.Saved.Started
}

func dateOf(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

func substrates(s *Saved) string {
	var all []string
	for _, r := range s.Results {
		if !slices.Contains(all, r.Substrate) {
			all = append(all, r.Substrate)
		}
	}
	return strings.Join(all, ", ")
}

// outcomeChips counts a run's variants by outcome.
func outcomeChips(s *Saved) []chip {
	suite := Suite{NotRun: s.NotRun}
	for _, r := range s.Results {
		suite.Runs = append(suite.Runs, Run{Result: r})
	}
	t := suite.Totals()
	var out []chip
	for _, c := range []struct {
		n int
		o result.Outcome
	}{{t.Pass, result.Pass}, {t.Fail, result.Fail}, {t.Unknown, result.Unknown}} {
		if c.n > 0 {
			out = append(out, chip{outcomeClass(c.o), count(c.n) + " " + outcomeWords(c.o)})
		}
	}
	return out
}

// measured is one variant in one of the runs.
type measured struct {
	result *result.Result
	run    Kept
}

// trendsOf draws each variant of each scenario, by where it ran; runs come with
// the newest first.
func trendsOf(all []Kept, address func(string) string) []trend {
	by := map[string][]measured{}
	var names []string
	for _, k := range slices.Backward(all) {
		if k.Saved == nil {
			continue
		}
		for _, r := range k.Saved.Results {
			name := fmt.Sprintf("%s/%s on %s", r.Scenario, r.Variant, r.Substrate)
			if by[name] == nil {
				names = append(names, name)
			}
			by[name] = append(by[name], measured{overall(r), k})
		}
	}
	slices.Sort(names)
	ids := uniqueIDs{}
	var out []trend
	for _, name := range names {
		out = append(out, trendOf(ids.of("trend", name), name, by[name], address))
	}
	return out
}

// trendUnits is one run's width in the chart.
const trendUnits = 100

func trendOf(id, name string, all []measured, address func(string) string) trend {
	t := trend{ID: id, Title: name, Width: len(all) * trendUnits}
	top := 0.0
	for _, m := range all {
		if r := m.result.Rates.SpuriousLogout; r.Of > 0 {
			top = max(top, within1(r.Hi), within1(r.Value))
		}
	}
	top = niceShare(top)
	line := trendLine{top: top}
	for i, m := range all {
		line.add(i, m.result.Rates.SpuriousLogout)
		row := trendRow{
			Started: dateOf(m.run.started()), Rate: rateText(m.result.Rates.SpuriousLogout), Seed: seedWords(m.result),
			Version: m.result.Version, Chip: chipOf(m.result.Outcome),
		}
		if m.run.Report {
			row.Href = address(m.run.Path)
		}
		t.Rows = append(t.Rows, row)
	}
	t.Line, t.Spans = line.line.String(), line.spans.String()
	t.Y = []tick{{At: 0, Label: "0"}, {At: 50, Label: percent(top / 2)}, {At: 100, Label: percent(top)}}
	half := hundredths(0.5 / float64(len(all))) // of a run's width
	t.X = []tick{{At: half, Label: dateOf(all[0].run.started())}}
	if n := len(all); n > 1 {
		t.X = append(t.X, tick{At: 100 - half, Label: dateOf(all[n-1].run.started())})
	}
	slices.Reverse(t.Rows)
	t.Desc = fmt.Sprintf("spurious logouts in %s; the latest: %s", plural(len(all), "run", "runs"), t.Rows[0].Rate)
	return t
}

// trendLine draws rates from run to run. The line is broken where nothing was
// measured; a mark stands at every rate, so that one without neighbours shows.
type trendLine struct {
	line, spans strings.Builder
	top         float64
	drawn       bool // the run before has a rate
}

func (l *trendLine) add(i int, r result.Rate) {
	if r.Of <= 0 {
		l.drawn = false
		return
	}
	x, y := i*trendUnits+trendUnits/2, l.height(r.Value)
	step := "M"
	if l.drawn {
		step = "L"
	}
	fmt.Fprintf(&l.line, "%s%d %dh-3h6h-3", step, x, y)
	fmt.Fprintf(&l.spans, "M%d %dV%d", x, l.height(r.Lo), l.height(r.Hi))
	l.drawn = true
}

func (l *trendLine) height(v float64) int {
	return plotHeight - int(math.Round(within1(v)/l.top*plotHeight))
}

// within1 keeps what a file says is a share within 0 and 1.
func within1(v float64) float64 { return min(max(v, 0), 1) }

// niceShare is the axis's end: 1, 2, 4, 6 or 10 times a power of ten, at least v
// and at most 1.
func niceShare(v float64) float64 {
	const finest = 1e6
	return min(float64(niceTop(int(math.Ceil(max(v, 1e-4)*finest))))/finest, 1)
}
