package result

import (
	"fmt"
	"math"
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// causeShare is the share of what an expectation counts that must have its
// cause.
const causeShare = 0.99

// check evaluates one expectation of a run with that balancer product.
func check(x history.Expectation, balancer string, r *Result, j *oracle.Judgement) Expectation {
	out := Expectation{Text: x.Metric + " " + x.Bound, Source: x.Source}
	if x.Cause != "" {
		out.Text += ", cause " + x.Cause
	}
	if x.Only != "" {
		out.Text += ", only with " + x.Only
	}
	if x.Except != "" {
		out.Text += ", except with " + x.Except
	}
	out.Elsewhere = !scenario.Expectation{Only: x.Only, Except: x.Except}.For(balancer)
	bound, err := scenario.ParseBound(x.Bound)
	if err != nil {
		out.Observed = "the bound cannot be read: " + err.Error()
		return out
	}
	if latency, is := latencies(r)[x.Metric]; is {
		if out.Unmeasured = j.Load == nil || r.HTTP.Requests == 0; out.Unmeasured {
			out.Observed = "no latencies: the run has no end"
			return out
		}
		out.Holds, out.Observed = bound.CheckSpan(time.Duration(latency * float64(time.Millisecond)))
		return out
	}
	if x.Metric == scenario.GhostSeconds {
		if out.Unmeasured = r.Ghosts.Logouts == 0; out.Unmeasured {
			out.Observed = "no credentials were used after their logout"
			return out
		}
		out.Holds, out.Observed = bound.CheckSpan(time.Duration(r.Ghosts.Mean * float64(time.Second)).Round(time.Millisecond))
		return out
	}
	count, of, known := measure(x.Metric, r, j)
	if !known {
		out.Unmeasured, out.Observed = true, "this version does not measure "+x.Metric
		return out
	}
	out.Holds, out.Observed = bound.Check(count, of)
	out.Unmeasured = of == 0
	if x.Cause == "" || out.Unmeasured {
		return out
	}
	because := causesOf(x.Metric, r)[x.Cause]
	out.Holds = out.Holds && count > 0 && float64(because) >= causeShare*float64(count)
	out.Observed += fmt.Sprintf(", %s of them %s", percent(because, count), x.Cause)
	return out
}

// latencies are the percentiles that an expectation can bound, in milliseconds.
func latencies(r *Result) map[string]float64 {
	l := r.HTTP.LatencyMS
	return map[string]float64{"latency_p50": l.P50, "latency_p95": l.P95, "latency_p99": l.P99}
}

// measure gives a metric's count and what it is a share of.
func measure(metric string, r *Result, j *oracle.Judgement) (count, of int, known bool) {
	v := r.Verdicts
	switch metric {
	case "spurious_logouts":
		return v.SpuriousLogout, j.ValidActions, true
	case "ghost_sessions":
		return v.GhostSession, j.UsesAfterLogout, true
	case "wrong_identity":
		return v.WrongIdentity, j.PageViews, true
	case "lockouts":
		return v.Lockout, j.Logins, true
	case "errors":
		return v.Error, r.Actions, true
	case "unknowns":
		return v.Unknown, r.Actions, true
	case "vegeta_success":
		return int(math.Round(r.HTTP.SuccessRatio * float64(r.HTTP.Requests))), r.HTTP.Requests, true
	}
	return 0, 0, false
}

// causesOf is how often each cause was told of what a metric counts; nil if it
// has no causes.
func causesOf(metric string, r *Result) map[string]int {
	switch metric {
	case "spurious_logouts":
		return r.Causes
	case "ghost_sessions":
		return r.GhostCauses
	case "wrong_identity":
		return r.IdentityCauses
	case "lockouts":
		return r.LockoutCauses
	}
	return nil
}
