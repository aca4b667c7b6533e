package reports

import (
	"cmp"
	"slices"
	"strings"
)

// cause is how a cause is written and coloured everywhere in a report.
type cause struct {
	name  string
	plain string // completes "... because"
	light string // on a light page, sRGB hex
	dark  string // on a dark page
}

// palette gives each family of causes a hue of the Okabe-Ito palette (chosen
// to be told apart with the common forms of colour blindness) and each member
// a lightness of its own, since causes of one family seldom share a chart. The
// tests hold every colour to a contrast of 3:1 (WCAG 2.2, 1.4.11) on its page
// and the first catalogue's causes to a distance under simulated deuteranopia.
func palette() []cause {
	return []cause{
		{"clock_skew", "a node's clock is off", "#0072b2", "#4aa8e0"},
		{"token_expired", "the token ran out and the client never renewed it", "#3b8fc4", "#8ecbf0"},
		{"refresh_race", "two requests used one refresh token at the same time", "#b0508a", "#e08fc0"},
		{"refresh_lost", "a renewal was lost on the network and the client gave up", "#7d2f5e", "#b56a98"},
		{"key_mismatch", "a node signs and verifies with another key", "#b87800", "#f0b429"},
		{"key_retired", "the key was rotated away while tokens signed with it were alive", "#8a5a00", "#c98f1d"},
		{"key_not_synced", "another region signs with a key not known here", "#6b4700", "#a8791f"},
		{"session_not_on_node", "the session is known to another node only", "#d55e00", "#ff8a3d"},
		{"session_lost", "the node that held the session died or restarted", "#8f2d00", "#d4673a"},
		{"store_down", "the session store did not answer", "#a83232", "#f27d7d"},
		{"store_evicted", "the session store threw the session out", "#7a1f1f", "#c95c5c"},
		{"connection_cut", "the request's connection was cut and nobody tried again", "#00805d", "#2fc79b"},
		{"drain_missing", "a node was stopped without letting its requests finish", "#005c43", "#1c9c76"},
		{"cached_401", "the caching proxy replayed a rejection", "#978d00", "#e6d833"},
		{"cached_other_user", "the caching proxy replayed another user's answer", "#5c5400", "#b3a81f"},
		{"revoked_elsewhere", "the session was revoked elsewhere", "#2f6f7a", "#6fc0cc"},
		{"revocation_missed", "a node did not learn of the logout", "#1f5a8a", "#6f9fe8"},
		{"lockout", "the user could not log back in", "#5b4bb5", "#a598f0"},
		{"cookie_not_sent.domain", "the cookie's Domain kept it back", "#6a3fc0", "#b79bff"},
		{"cookie_not_sent.path", "the cookie's Path kept it back", "#54309c", "#9f80ea"},
		{"cookie_not_sent.secure", "the cookie is Secure and the request was not", "#8250d8", "#cbb5ff"},
		{"cookie_not_sent.samesite", "the cookie's SameSite kept it back", "#41247a", "#8b6bd6"},
		{"cookie_rejected", "the browser refused the cookie", "#7a3a9c", "#c58ae6"},
		{"storage_evicted", "the phone threw the credentials away", "#4d5a73", "#9fb0cf"},
		{"overload", "the nodes had no capacity left", "#6b5344", "#c4a692"},
		{"unexplained", "the record does not say why (a defect of logoutlab: please report it)", "#3a3f4a", "#c9ced8"},
	}
}

// causeOf finds a cause; one that is not in the table is shown by its name, in
// the colour of the unexplained.
func causeOf(name string) (c cause, known bool) {
	all := palette()
	if i := slices.IndexFunc(all, func(c cause) bool { return c.name == name }); i >= 0 {
		return all[i], true
	}
	last := all[len(all)-1]
	last.name, last.plain = name, "of "+name
	return last, false
}

// causeClass is the CSS class that carries a cause's colour.
func causeClass(name string) string {
	if c, known := causeOf(name); known {
		return "c-" + slug(c.name)
	}
	return "c-unexplained"
}

// paletteCSS writes a rule for every cause in one of the two schemes.
func paletteCSS(dark bool) string {
	var b strings.Builder
	for _, c := range palette() {
		colour := c.light
		if dark {
			colour = c.dark
		}
		b.WriteString(".c-" + slug(c.name) + "{--c:" + colour + "}\n")
	}
	return b.String()
}

// tally is a name with its count.
type tally struct {
	Name  string
	Count int
}

// ranked lists counts from the largest, names in order among equals.
func ranked(counts map[string]int) []tally {
	out := make([]tally, 0, len(counts))
	for name, n := range counts {
		if n > 0 {
			out = append(out, tally{name, n})
		}
	}
	slices.SortFunc(out, func(a, b tally) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// dominant is the largest of counts and its share of all; "" if there is none.
func dominant(counts map[string]int) (name string, part float64) {
	all := ranked(counts)
	if len(all) == 0 {
		return "", 0
	}
	total := 0
	for _, t := range all {
		total += t.Count
	}
	return all[0].Name, share(all[0].Count, total)
}
