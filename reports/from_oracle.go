package reports

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/result"
)

const (
	maxBins     = 60 // of a chart
	sampleEach  = 4  // findings of each verdict and cause
	sampleTotal = 24
)

// NewRun gathers what a report says about one run.
func NewRun(h history.Header, res *result.Result, j *oracle.Judgement) Run {
	r := Run{
		Result: res, Header: h,
		Series: seriesOf(j),
		Causes: j.Sum().Causes(),
		Sample: sampleOf(j.Findings),
		Found:  len(j.Findings),
	}
	if j.Sums != nil {
		r.Found = j.Verdicts.Total() - j.Verdicts.OK
	}
	for _, s := range j.Stories {
		if told(s.Finding.Verdict) {
			r.Stories = append(r.Stories, storyOf(s, h))
		}
	}
	return r
}

// told tells whether a verdict is worth a diagram: errors and the unknown are
// in the sample.
func told(v oracle.Verdict) bool {
	return v != oracle.Unknown && v != oracle.Error && v != oracle.OK
}

// seriesOf counts the findings in bins of the chart, each of one or several of
// the judge's buckets.
func seriesOf(j *oracle.Judgement) Series {
	n := len(j.Series.Buckets)
	each := max((n+maxBins-1)/maxBins, 1)
	s := Series{Step: j.Series.Width * time.Duration(each), Bins: (n + each - 1) / each}
	if s.Step <= 0 {
		return Series{}
	}
	if j.Sums != nil {
		for i, b := range j.Series.Buckets {
			s.Logouts = added(s.Logouts, b.Spurious, i/each, s.Bins)
			s.Ghosts = added(s.Ghosts, b.Ghosts, i/each, s.Bins)
			s.Mixed = added(s.Mixed, b.Foreign, i/each, s.Bins)
		}
		return s
	}
	for _, f := range j.Findings {
		bin := min(max(int(f.At/s.Step), 0), s.Bins-1)
		switch f.Verdict {
		case oracle.SpuriousLogout:
			s.Logouts = tallied(s.Logouts, f.Cause, bin, s.Bins, 1)
		case oracle.GhostSession:
			s.Ghosts = tallied(s.Ghosts, f.Cause, bin, s.Bins, 1)
		case oracle.WrongIdentity:
			s.Mixed = tallied(s.Mixed, f.Cause, bin, s.Bins, 1)
		}
	}
	return s
}

// added adds the counts of one of the judge's buckets, which stand for findings
// that are not all there.
func added(stacks []Stack, counts map[string]int, bin, bins int) []Stack {
	for _, cause := range slices.Sorted(maps.Keys(counts)) {
		stacks = tallied(stacks, cause, bin, bins, counts[cause])
	}
	return stacks
}

func tallied(stacks []Stack, cause string, bin, bins, n int) []Stack {
	for i := range stacks {
		if stacks[i].Cause == cause {
			stacks[i].Counts[bin] += n
			return stacks
		}
	}
	counts := make([]int, bins)
	counts[bin] += n
	return append(stacks, Stack{Cause: cause, Counts: counts})
}

// sampleOf takes the first few findings of each verdict and cause.
func sampleOf(all []oracle.Finding) []Finding {
	taken := map[string]int{}
	var out []Finding
	for _, f := range all {
		kind := string(f.Verdict) + " " + f.Cause
		if taken[kind] == sampleEach || len(out) == sampleTotal {
			continue
		}
		taken[kind]++
		out = append(out, Finding{
			At: f.At, User: f.User, Verdict: string(f.Verdict), Cause: f.Cause,
			Node: f.Node, Evidence: strings.Join(f.Evidence, "; "),
		})
	}
	return out
}
