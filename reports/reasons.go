package reports

import (
	"fmt"
	"strings"

	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/result"
)

// reason is why users were harmed, and what cures it.
type reason struct {
	Scenario, Variant, Href string
	Title                   string // the scenario's; the variant's, if the scenario has several reasons
	Cause, Class, Why       string
	Much                    []string
	Remedies                []remedy
}

// reasonsOf is a scenario's reasons: the first run of each main cause, the
// scenario's own bug before others.
func reasonsOf(s Suite, g group) []reason {
	first, found := culprit(g.Runs)
	if !found {
		return nil
	}
	var out []reason
	seen := map[string]bool{}
	for _, r := range append([]Run{first}, g.Runs...) {
		name, _ := worstCause(r)
		if harmed(r.Result) == 0 || seen[name] {
			continue
		}
		seen[name] = true
		why := reason{
			Scenario: g.Name, Variant: r.Result.Variant, Href: slug(g.Name, r.Result.Variant), Title: g.Title,
			Cause: name, Class: causeClass(name), Much: howMuch(overall(r.Result)), Remedies: s.remedies(r),
			Why: upper(whyHarmed(overall(r.Result))),
		}
		if len(out) > 0 && r.Header.Summary != "" {
			why.Title = r.Header.Summary
		}
		out = append(out, why)
	}
	return out
}

// whyHarmed says what most of the harm comes from: where there are several
// kinds of harm, of each by itself.
func whyHarmed(res *result.Result) string {
	kinds := []struct {
		name   string
		causes map[string]int
	}{
		{"logouts", res.Causes}, {"ghost sessions", res.GhostCauses},
		{"somebody else's data", res.IdentityCauses}, {"lockouts", res.LockoutCauses},
	}
	var names, whys []string
	for _, k := range kinds {
		cause, part := dominant(k.causes)
		switch {
		case cause == "":
			continue
		case part == 1:
			whys = append(whys, "because "+oracle.InWords(cause))
		default:
			whys = append(whys, fmt.Sprintf("%s because %s", percent(part), oracle.InWords(cause)))
		}
		names = append(names, k.name)
	}
	if len(whys) == 1 {
		return whys[0]
	}
	for i := range whys {
		whys[i] = names[i] + ": " + whys[i]
	}
	return strings.Join(whys, "; ")
}

// howMuch says how many were harmed.
func howMuch(res *result.Result) []string {
	var out []string
	say := func(n int, format string, args ...any) {
		if n > 0 {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	v, rates := res.Verdicts, res.Rates
	say(res.Users.Affected, "%s of %s harmed", count(res.Users.Affected), plural(res.Users.Total, "user", "users"))
	say(v.SpuriousLogout, "%s of %s ended at the login", rateText(rates.SpuriousLogout), plural(rates.SpuriousLogout.Of, "page view", "page views"))
	say(v.GhostSession, "%s of %s after a logout let in", rateText(rates.GhostSession), plural(rates.GhostSession.Of, "use", "uses"))
	say(v.WrongIdentity, "%s of %s showed somebody else's data", rateText(rates.WrongIdentity), plural(rates.WrongIdentity.Of, "page view", "page views"))
	say(v.Lockout, "%s with the right password got nobody in", plural(v.Lockout, "login", "logins"))
	return out
}

// line is a reason in one line.
func (r reason) line() string {
	text := strings.Join(r.Much, ", ")
	if r.Why != "" {
		text += ": " + strings.ToLower(r.Why[:1]) + r.Why[1:]
	}
	cures := remedyWords(r.Remedies)
	if cures == "" {
		cures = "no cure was run"
	}
	return text + "; " + cures
}
