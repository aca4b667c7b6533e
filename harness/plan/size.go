package plan

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// requests is how many requests the users' pages take, about; renewals and
// retries aside.
func requests(v *scenario.Variant) float64 {
	w := v.Workload
	if len(v.Script) > 0 {
		return float64(v.Architecture.Client.Requests) * float64(len(v.Script))
	}
	return float64(v.Architecture.Client.Requests) * float64(w.Users) * float64(w.Duration) / float64(w.Think)
}

// Requests is how many requests the users' pages take, about; renewals and
// retries aside.
func (p *Plan) Requests() float64 {
	v := p.Variant
	v.Workload = p.full
	return requests(&v)
}

// tooLarge refuses a run that the substrate could not hold, or that nobody
// would wait for, before anything of it is drawn.
func (p *Plan) tooLarge(o Options) scenario.Errors {
	v, w, l := &p.Variant, p.full, o.Limits
	planned, takes := p.Requests(), scale(w.Duration, p.Compress)
	share, bound, hint := 1.0, "", "lower --for"
	if most := float64(l.MaxRequests); most > 0 && max(planned, float64(w.Users)) > most {
		var why error
		if l.Larger != nil {
			why = l.Larger(p)
		}
		if l.Larger == nil || why != nil {
			share = most / max(planned, float64(w.Users))
			bound = fmt.Sprintf("; at most %s requests, and as many users, fit here", number(most))
			hint = "lower --users or --for"
		}
		if why != nil {
			bound += ": " + why.Error()
		}
	}
	if l.MaxTime > 0 && takes > l.MaxTime {
		share = min(share, float64(l.MaxTime)/float64(takes))
		bound += "; a run here takes at most " + scenario.FormatDuration(l.MaxTime)
		if o.Compress > 0 {
			hint += ", or raise --compress"
		}
	}
	if bound == "" {
		return nil
	}
	clock := "real time"
	if l.MaxTime == 0 {
		clock = "virtual time"
	}
	e := scenario.Error{
		File: p.Scenario.File, Hint: hint,
		Msg: fmt.Sprintf("variant %s plans about %s requests (users: %s) in %s of %s%s", v.Name,
			number(planned), number(float64(w.Users)), scenario.FormatDuration(takes.Truncate(time.Second)), clock, bound),
	}
	fits := scale(w.Duration, 1/share).Truncate(time.Second)
	if fits > 0 && (l.MaxRequests == 0 || w.Users <= l.MaxRequests) {
		e.Accepted = "--for up to " + scenario.FormatDuration(fits)
	}
	if at, ok := v.Position("workload.duration"); ok && o.For == 0 {
		e.Line, e.Col = at.Line, at.Col
	}
	return scenario.Errors{e}
}

// number prints a number, from a million on in millions.
func number(n float64) string {
	if n < 1e6 {
		return strconv.FormatFloat(math.Ceil(n), 'f', 0, 64)
	}
	return strconv.FormatFloat(math.Round(n/1e4)/100, 'f', -1, 64) + " million"
}
