package scenario

import "strings"

// topic is a part of an [About], and where its text goes.
type topic struct {
	field, asks string
	to          *string
}

func topics(a *About) []topic {
	return []topic{
		{"sees", "What the user sees", &a.Sees},
		{"why", "Why it happens", &a.Why},
		{"confirm", "How to confirm it in production", &a.Confirm},
		{"cures", "The cures and their price", &a.Cures},
	}
}

// about reads what a file says about itself.
func (r *reader) about(known map[string]entry, s *Scenario) {
	e, ok := known["about"]
	if !ok {
		return
	}
	var names []string
	all := topics(&s.About)
	for _, t := range all {
		names = append(names, t.field)
	}
	parts, ok := r.byKey(e.value, e.at, "about", names...)
	if !ok {
		return
	}
	for _, t := range all {
		r.text(parts, t.field, t.to)
		*t.to = strings.TrimSpace(*t.to)
	}
}
