package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/logoutlab/logoutlab/harness/result"
)

// The charts are drawn here and in html/template rather than by a chart
// library: bands behind bars, colours that follow the reader's light or dark
// scheme through CSS variables, and text that stays readable on a phone need
// markup that the libraries do not give. A chart is an SVG of shapes alone,
// stretched to the page's width, with HTML around it for every word.
//
// Tried in November 2026, at 340 x 260 pixels: both write colours into the style of
// every element, set no class, title or description, and scale text with the
// picture. go-analyze/charts v0.5.26 has no logarithmic axis, its points have no x
// of their own, and of five causes' names it kept three (bars: 3.5 KB). gonum/plot
// v0.17.0 has the axes, panics at a 0 on one, and takes 10 KB for ten points (ours:
// 2 KB).

// timeline is counts over time, stacked by cause, with the faults behind.
type timeline struct {
	ID, Title, Short string
	Desc             string // Short and the causes, for those who do not see the chart
	Width            int    // of the viewBox; the height is plotHeight
	Bins             int    // bars, of equal width
	From, To         string // the time that is covered
	Bars             []bars
	Bands            []band
	Y, X             []tick
	Legend           []key
	Causes           []string
	Rows             []timeRow
	Quiet            bool // nothing to draw but the faults
	Clocks           bool // the ticks have two clocks: the scenario's, and the run's
}

// bars is all the bars of one cause, as one path.
type bars struct{ Class, Path string }

// band is a fault's time, in percent of the plot's width.
type band struct {
	Left, Width float64
	Name, Label string // Label is empty where there are too many
	Flip        bool   // the label stands left of the band's end
	Row         int
}

// key is one line of a legend.
type key struct{ Class, Name, Count string }

// timeRow is one row of the table behind a timeline.
type timeRow struct {
	Bin    int
	Span   string
	Counts []int
}

const (
	plotHeight = 1000 // units of the viewBox
	barUnits   = 10   // one bin's width
	bandLabels = 5    // more faults than this are labelled in their table only
)

// timelinesOf is the logouts over time, and what else there was. Without any
// logouts the faults alone are drawn, or that nothing happened.
func timelinesOf(r Run, id string) []*timeline {
	var out []*timeline
	add := func(kind string, stacks []Stack, title, noun string, always bool) {
		if !always && len(stacks) == 0 {
			return
		}
		if t := timelineOf(r, stacks, id+"--"+kind, title, noun); t != nil {
			out = append(out, t)
		}
	}
	alone := len(r.Series.Ghosts)+len(r.Series.Mixed) == 0
	add("logouts", r.Series.Logouts, "Spurious logouts over time", "spurious logouts", alone || len(r.Result.Faults) > 0)
	add("ghosts", r.Series.Ghosts, "Ghost sessions over time", "ghost sessions", false)
	add("mixed", r.Series.Mixed, "Pages of somebody else's over time", "pages of somebody else's", false)
	return out
}

// timelineOf draws stacks; nil if the run has no bins at all.
func timelineOf(r Run, stacks []Stack, id, title, noun string) *timeline {
	bins, step := r.Series.Bins, r.Series.Step
	if bins == 0 || step <= 0 {
		return nil
	}
	stacks = sorted(stacks)
	whole := time.Duration(bins) * step
	k := scale(r.Result.Compress)
	t := &timeline{
		ID: id, Title: title, Width: bins * barUnits,
		Bins: bins, From: k.span(0), To: k.span(whole),
		Bands:  bandsOf(r.Result.Faults, whole),
		X:      timeTicks(whole, k),
		Clocks: !k.one(),
	}
	top := niceTop(tallest(stacks, bins))
	total := 0
	base := make([]int, bins)
	for _, s := range stacks {
		sum := total
		total += sumOf(s.Counts)
		class := causeClass(s.Cause)
		t.Causes = append(t.Causes, s.Cause)
		t.Legend = append(t.Legend, key{class, s.Cause, count(total - sum)})
		t.Bars = append(t.Bars, bars{class, stackPath(s.Counts, base, top)})
	}
	t.Quiet = total == 0
	if !t.Quiet {
		t.Y = countTicks(top)
		t.Rows = timeRows(stacks, bins, step, k)
	}
	t.describe(total, noun, k.both(whole))
	return t
}

// sorted puts the largest stack at the bottom, where it is easiest to read,
// and leaves out empty ones.
func sorted(stacks []Stack) []Stack {
	out := slices.DeleteFunc(slices.Clone(stacks), func(s Stack) bool { return sumOf(s.Counts) == 0 })
	slices.SortStableFunc(out, func(a, b Stack) int {
		return cmp.Or(cmp.Compare(sumOf(b.Counts), sumOf(a.Counts)), cmp.Compare(a.Cause, b.Cause))
	})
	return out
}

func sumOf(counts []int) int {
	n := 0
	for _, c := range counts {
		n += c
	}
	return n
}

func tallest(stacks []Stack, bins int) int {
	most := 0
	for i := range bins {
		n := 0
		for _, s := range stacks {
			n += at(s.Counts, i)
		}
		most = max(most, n)
	}
	return most
}

func at(counts []int, i int) int {
	if i < len(counts) {
		return counts[i]
	}
	return 0
}

// stackPath draws counts on top of base, and raises base by them.
func stackPath(counts, base []int, top int) string {
	var b strings.Builder
	for i := range base {
		n := at(counts, i)
		if n == 0 {
			continue
		}
		y := plotHeight - base[i]*plotHeight/top
		h := n * plotHeight / top
		fmt.Fprintf(&b, "M%d %dh%dv-%dh-%dz", i*barUnits+1, y, barUnits-2, h, barUnits-2)
		base[i] += n
	}
	return b.String()
}

// bandsOf places the faults; one without an end lasts until the run's.
func bandsOf(faults []result.Fault, whole time.Duration) []band {
	var out []band
	for i, f := range faults {
		from := min(max(seconds(f.AtS), 0), whole)
		to := whole
		if f.ForS > 0 {
			to = min(from+seconds(f.ForS), whole)
		}
		b := band{Left: part(from, whole), Width: max(part(to-from, whole), 0.4), Name: f.Name, Row: i}
		b.Left = min(b.Left, 100-b.Width)
		b.Flip = b.Left > 55
		if i < bandLabels {
			b.Label = f.Name
		}
		out = append(out, b)
	}
	return out
}

// part is d in percent of whole, to two decimals.
func part(d, whole time.Duration) float64 {
	return float64(int(float64(d)/float64(whole)*10000+0.5)) / 100
}

// timeRows is the table behind the chart; empty bins are left out.
func timeRows(stacks []Stack, bins int, step time.Duration, k scale) []timeRow {
	var out []timeRow
	for i := range bins {
		row := timeRow{Bin: i, Span: fmt.Sprintf("%s to %s", k.span(time.Duration(i)*step), k.span(time.Duration(i+1)*step))}
		any := 0
		for _, s := range stacks {
			n := at(s.Counts, i)
			row.Counts = append(row.Counts, n)
			any += n
		}
		if any > 0 {
			out = append(out, row)
		}
	}
	return out
}

// describe puts the chart in words.
func (t *timeline) describe(total int, noun, whole string) {
	if total == 0 {
		t.Short = fmt.Sprintf("no %s in %s", noun, whole)
		t.Desc = t.Short
		return
	}
	t.Short = fmt.Sprintf("%s in %s", count(total), whole)
	var by []string
	for _, k := range t.Legend {
		by = append(by, k.Name+" "+k.Count)
	}
	t.Desc = fmt.Sprintf("%s, by cause: %s", t.Short, strings.Join(by, ", "))
}
