package matrix

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// level is the confidence level of the intervals.
const level = 0.95

const million = 1e6

// Baseline is what an architecture's other cells are held against: what it comes
// to without faults. The zero value is that of an architecture of which that is
// not known.
type Baseline struct {
	known  bool
	causes map[string]int
	logins []int // by bucket
	p99    float64
}

// BaselineOf is taken from the run without faults.
func BaselineOf(j *oracle.Judgement) Baseline {
	b := Baseline{known: true, causes: j.Causes}
	for _, x := range j.Series.Buckets {
		b.logins = append(b.logins, x.Logins)
	}
	if j.Load != nil {
		b.p99 = j.Load.P99
	}
	return b
}

// loginsAt is how many logins there were in a bucket.
func (b Baseline) loginsAt(i int) int {
	if i < len(b.logins) {
		return b.logins[i]
	}
	return 0
}

// CellOf is what a run of one cell comes to. The cell without faults is held
// against nothing.
func CellOf(fault string, h history.Header, r *result.Result, j *oracle.Judgement, without Baseline) Cell {
	k := max(h.Compress, 1)
	c := Cell{
		Fault: fault, State: Measured, Seed: h.Seed,
		SpuriousLogouts: perMillion(j.Verdicts.SpuriousLogout, j.ValidActions),
		Errors:          perMillion(j.Valid.Error, j.ValidActions),
		Ghosts:          result.GhostsOf(j.Exposure, k),
		WrongIdentity:   j.Verdicts.WrongIdentity, Lockouts: j.Verdicts.Lockout,
		Causes: j.Causes, GhostCause: mostFrequent(j.GhostCauses),
		P99MS: r.HTTP.LatencyMS.P99,
	}
	if c.Cause = mostFrequent(j.Causes); c.Cause != "" {
		c.CauseShare = float64(j.Causes[c.Cause]) / float64(j.Verdicts.SpuriousLogout)
	}
	for _, f := range r.Faults {
		c.Changed += f.Receipt.DecisionsChanged
		c.Marks += f.Receipt.Marks
		c.Blast.SessionsEnded += f.Receipt.SessionsLost
	}
	if fault != None && without.known {
		c.P99AddedMS = c.P99MS - without.p99
		c.blast(h, j, without, k)
	}
	switch {
	case fault != None && c.Marks == 0:
		c.State, c.Why = Unmet, "no traffic met the fault: it left no mark"
	case r.Outcome == result.Unknown:
		c.State, c.Why = Unknown, r.Why
	}
	return c
}

// perMillion is a rate with its interval.
func perMillion(count, of int) PerMillion {
	p := PerMillion{Count: count, Of: of, Hi: million}
	if of == 0 {
		return p
	}
	p.Value = million * float64(count) / float64(of)
	lo, hi := scenario.Interval(count, of, level)
	p.Lo, p.Hi = million*lo, million*hi
	if count == 0 {
		p.Hi = million * scenario.AtMost(of, level)
	}
	return p
}

// mostFrequent is the cause with the highest count, the first by name of equal
// ones; "" if there is none.
func mostFrequent(causes map[string]int) string {
	best := ""
	for _, name := range slices.Sorted(maps.Keys(causes)) {
		if causes[name] > causes[best] {
			best = name
		}
	}
	return best
}

// blast finds what the fault took with it.
func (c *Cell) blast(h history.Header, j *oracle.Judgement, without Baseline, k float64) {
	since := slices.MinFunc(h.Faults, func(a, b history.PlannedFault) int { return cmp.Compare(a.At, b.At) }).At
	users := map[int]bool{}
	last := time.Duration(-1)
	for i := range j.Findings {
		x := &j.Findings[i]
		if x.Verdict != oracle.SpuriousLogout || x.At < since || without.causes[x.Cause] > 0 {
			continue
		}
		users[x.User] = true
		c.Blast.Logins++
		last = max(last, x.At)
	}
	width := j.Series.Width
	c.Blast.Users, c.Blast.SinceS = len(users), since.Seconds()*k
	if healed := max(0, (last-since).Seconds()*k); last < h.Planned-2*width {
		c.Blast.HealedS = &healed
	}
	c.storm(j.Series, without, since, k)
}

// storm finds when the logins exceed those without the fault most.
func (c *Cell) storm(s oracle.Series, without Baseline, since time.Duration, k float64) {
	if s.Width <= 0 {
		return
	}
	perMinute := 60 / (s.Width.Seconds() * k)
	most := math.MinInt
	for i := int(since / s.Width); i < len(s.Buckets); i++ {
		usual := without.loginsAt(i)
		if more := s.Buckets[i].Logins - usual; more > most {
			most = more
			c.Blast.PeakLogins, c.Blast.UsualLogins = float64(s.Buckets[i].Logins)*perMinute, float64(usual)*perMinute
		}
	}
}
