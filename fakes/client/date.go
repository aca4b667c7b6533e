package client

import (
	"strings"
	"time"
)

// date collects the fields of a cookie date, in whatever order they stand.
type date struct {
	hour, minute, second         int
	day, month, year             int
	hasTime, hasDay, hasM, hasYr bool
}

// parseDate reads a cookie date (RFC 6265bis section 5.1.1), which is far
// laxer than any date format of HTTP.
func parseDate(s string) (time.Time, bool) {
	var d date
	for _, token := range strings.FieldsFunc(s, isDateDelimiter) {
		d.take(token)
	}
	if !d.hasTime || !d.hasDay || !d.hasM || !d.hasYr {
		return time.Time{}, false
	}
	switch {
	case d.year >= 70 && d.year <= 99:
		d.year += 1900
	case d.year <= 69:
		d.year += 2000
	}
	if d.year < 1601 || d.hour > 23 || d.minute > 59 || d.second > 59 {
		return time.Time{}, false
	}
	t := time.Date(d.year, time.Month(d.month), d.day, d.hour, d.minute, d.second, 0, time.UTC)
	return t, t.Day() == d.day // not 31 February
}

func isDateDelimiter(r rune) bool {
	return r == '\t' || r >= ' ' && r <= '/' || r >= ';' && r <= '@' || r >= '[' && r <= '`' || r >= '{' && r <= '~'
}

// take reads one token as the first field that it fits and that is missing.
func (d *date) take(token string) {
	if !d.hasTime && d.clock(token) {
		d.hasTime = true
		return
	}
	if n, rest, ok := number(token, 1, 2); ok && !d.hasDay && notDigit(rest) {
		d.day, d.hasDay = n, true
		return
	}
	if m := month(token); m > 0 && !d.hasM {
		d.month, d.hasM = m, true
		return
	}
	if n, rest, ok := number(token, 2, 4); ok && !d.hasYr && notDigit(rest) {
		d.year, d.hasYr = n, true
	}
}

// clock reads hours, minutes and seconds, each of one or two digits.
func (d *date) clock(token string) bool {
	h, rest, ok := number(token, 1, 2)
	if !ok || !strings.HasPrefix(rest, ":") {
		return false
	}
	m, rest, ok := number(rest[1:], 1, 2)
	if !ok || !strings.HasPrefix(rest, ":") {
		return false
	}
	s, rest, ok := number(rest[1:], 1, 2)
	if !ok || !notDigit(rest) {
		return false
	}
	d.hour, d.minute, d.second = h, m, s
	return true
}

// number reads between least and most digits at the start of s.
func number(s string, least, most int) (n int, rest string, ok bool) {
	i := 0
	for i < len(s) && i < most && !notDigit(s[i:]) {
		n = n*10 + int(s[i]-'0')
		i++
	}
	return n, s[i:], i >= least
}

func notDigit(s string) bool { return s == "" || s[0] < '0' || s[0] > '9' }

func month(token string) int {
	if len(token) < 3 {
		return 0
	}
	const names = "janfebmaraprmayjunjulaugsepoctnovdec"
	for i := 0; i < len(names); i += 3 {
		if strings.EqualFold(token[:3], names[i:i+3]) {
			return i/3 + 1
		}
	}
	return 0
}
