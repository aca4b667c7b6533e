package result

import (
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// level is the confidence level of the intervals.
const level = 0.95

// New makes the result of a judged history. There is one receipt for each
// planned fault of h, in the same order.
func New(h history.Header, j *oracle.Judgement, receipts []Receipt, changedBy func(req int) (fault int, ok bool)) *Result {
	return Of(h, j, receipts, Attribution(h.Faults, j.Findings, changedBy))
}

// Of is [New] for a run whose spurious logouts are attributed already: by the
// injected fault's name, then by the cause that was told.
func Of(h history.Header, j *oracle.Judgement, receipts []Receipt, attributed map[string]map[string]int) *Result {
	r := &Result{
		Schema: Schema, Version: h.Version, Scenario: h.Scenario, Variant: h.Variant, Title: h.Title,
		Substrate: h.Substrate, Seed: h.Seed, PlanDigest: h.PlanHash, Compress: h.Compress, Started: h.Started,
		DurationS: j.Last.Seconds(), Actions: j.Actions, Requests: j.Requests, Verdicts: Verdicts(j.Verdicts),
		Rates: Rates{
			SpuriousLogout: Spurious(j),
			OK:             rate(j.Valid.OK, j.ValidActions),
			Error:          rate(j.Valid.Error, j.ValidActions),
			GhostSession:   rate(j.Verdicts.GhostSession, j.UsesAfterLogout),
			WrongIdentity:  rate(j.Verdicts.WrongIdentity, j.PageViews),
		},
		Causes: j.Causes, GhostCauses: j.GhostCauses, IdentityCauses: j.IdentityCauses, LockoutCauses: j.LockoutCauses,
		Ghosts: GhostsOf(j.Exposure, max(1, h.Compress)),
		Users:  Users{Total: h.Users, Affected: max(j.Harmed, len(j.Affected))},
		HTTP:   plainView(j),
		Parts:  h.Parts,
		Repeat: h.Repeat,
		Engine: h.Engine, HistoryOf: h.Kept,
	}
	if j.Load != nil {
		r.Load = Load{
			PlannedRate: j.Load.PlannedRate, AchievedRate: j.Load.AchievedRate, MaxLagMS: millis(j.Load.MaxLag),
			Behind: !j.Load.Interrupted && len(behind(h, j.Load)) > 0,
		}
	}
	if j.Load != nil && j.Load.Store != nil && j.Actions > 0 {
		u, actions := j.Load.Store, float64(j.Actions)
		r.Store = &Store{Commands: u.Commands, CommandsPerAction: float64(u.Commands) / actions, BytesPerAction: float64(u.Bytes) / actions}
	}
	for _, n := range j.Nodes {
		r.Nodes = append(r.Nodes, Node(n))
	}
	for i, f := range h.Faults {
		r.Faults = append(r.Faults, Fault{
			Name: f.Name, AtS: f.At.Seconds(), ForS: f.For.Seconds(), Receipt: receipts[i], Vacuous: receipts[i].Vacuous(),
		})
	}
	r.Attribution = attributed
	for _, x := range h.Expect {
		r.Expectations = append(r.Expectations, check(x, h.Product("balancer"), r, j))
	}
	r.Outcome, r.Why = outcome(h, j, r)
	r.Headline = headline(j, r)
	r.Security = security(j)
	return r
}

// Spurious is the rate of spurious logouts.
func Spurious(j *oracle.Judgement) Rate { return rate(j.Verdicts.SpuriousLogout, j.ValidActions) }

func rate(count, of int) Rate {
	r := Rate{Count: count, Of: of}
	r.Lo, r.Hi = scenario.Interval(count, of, level)
	if of > 0 {
		r.Value = float64(count) / float64(of)
	}
	return r
}

// plainView is the load tool's own account. Of a killed run there is none:
// then the clients' answers are counted, without latencies.
func plainView(j *oracle.Judgement) HTTP {
	if l := j.Load; l != nil {
		return HTTP{Requests: l.Hits, SuccessRatio: l.SuccessRatio, LatencyMS: LatencyMS{l.P50, l.P95, l.P99}}
	}
	out := HTTP{Requests: j.Requests}
	if j.Requests > 0 {
		out.SuccessRatio = float64(j.Successes) / float64(j.Requests)
	}
	return out
}

// Attribution sets the causes told from evidence beside what was injected: the
// fault that changed what came of the deciding request, by its receipt; where
// none did, as when a cache repeats an old answer, the latest fault before the
// logout, whose effects may outlast it.
func Attribution(faults []history.PlannedFault, findings []oracle.Finding, changedBy func(req int) (fault int, ok bool)) map[string]map[string]int {
	out := map[string]map[string]int{}
	for _, x := range findings {
		if x.Verdict != oracle.SpuriousLogout {
			continue
		}
		injected := "none"
		if i := Latest(faults, x.At); i >= 0 {
			injected = faults[i].Name
		}
		if i, ok := changedBy(x.Req); ok {
			injected = faults[i].Name
		}
		if out[injected] == nil {
			out[injected] = map[string]int{}
		}
		out[injected][x.Cause]++
	}
	return out
}

// Latest is the index of the last fault to begin before a moment, -1 if none
// did.
func Latest(faults []history.PlannedFault, t time.Duration) int {
	index, at := -1, time.Duration(-1)
	for i, f := range faults {
		if f.At <= t && f.At >= at {
			index, at = i, f.At
		}
	}
	return index
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
