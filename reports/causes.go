package reports

import (
	"cmp"
	"slices"
	"strings"
)

// cause is how a cause is coloured everywhere in a report.
type cause struct {
	name  string
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
		{"clock_skew", "#0072b2", "#4aa8e0"},
		{"token_expired", "#3b8fc4", "#8ecbf0"},
		{"session_expired", "#2a52c8", "#5b84ff"},
		{"refresh_race", "#b0508a", "#e08fc0"},
		{"refresh_lost", "#7d2f5e", "#b56a98"},
		{"key_mismatch", "#b87800", "#f0b429"},
		{"key_retired", "#8a5a00", "#c98f1d"},
		{"key_not_synced", "#6b4700", "#a8791f"},
		{"session_not_on_node", "#d55e00", "#ff8a3d"},
		{"session_lost", "#8f2d00", "#d4673a"},
		{"store_down", "#a83232", "#f27d7d"},
		{"store_evicted", "#7a1f1f", "#c95c5c"},
		{"connection_cut", "#00805d", "#2fc79b"},
		{"drain_missing", "#005c43", "#1c9c76"},
		{"cached_401", "#978d00", "#e6d833"},
		{"cached_other_user", "#5c5400", "#b3a81f"},
		{"forged_token", "#a3174f", "#ff7aa8"},
		{"revoked_elsewhere", "#2f6f7a", "#6fc0cc"},
		{"revocation_missed", "#1f5a8a", "#6f9fe8"},
		{"lockout", "#5b4bb5", "#a598f0"},
		{"cookie_not_sent.domain", "#6a3fc0", "#b79bff"},
		{"cookie_not_sent.path", "#54309c", "#9f80ea"},
		{"cookie_not_sent.secure", "#8250d8", "#cbb5ff"},
		{"cookie_not_sent.samesite", "#41247a", "#8b6bd6"},
		{"cookie_rejected", "#7a3a9c", "#c58ae6"},
		{"cookie_shadowed", "#5d2f7a", "#a86fd0"},
		{"credential_malformed", "#8e1fd0", "#bd5cff"},
		{"storage_evicted", "#4d5a73", "#9fb0cf"},
		{"node_misconfigured", "#8c6d1f", "#d9c27a"},
		{"overload", "#6b5344", "#c4a692"},
		{"unexplained", "#3a3f4a", "#c9ced8"},
	}
}

// causeOf finds a cause; one that is not in the table has the colour of the
// unexplained.
func causeOf(name string) (c cause, known bool) {
	all := palette()
	if i := slices.IndexFunc(all, func(c cause) bool { return c.name == name }); i >= 0 {
		return all[i], true
	}
	last := all[len(all)-1]
	last.name = name
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
