package scenario

import (
	"cmp"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

var (
	errDuration = errors.New("not a duration with a unit")
	errTooLong  = errors.New("longer than " + FormatDuration(longest))
)

// durationPart is a part of what [time.ParseDuration] reads.
const durationPart = `(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:h|m|s|ms|us|µs|μs|ns)`

// durationForm is a duration: a sign, days, and its other parts.
var durationForm = regexp.MustCompile(`^([-+]?)(?:([0-9]+)d)?((?:` + durationPart + `)*)$`)

// ParseDuration reads a duration as scenario files write it: 25s, 1m30s, 12h,
// 30d (a day is 24 hours), with a sign if need be. Only 0 needs no unit.
func ParseDuration(text string) (time.Duration, error) {
	if text == "0" {
		return 0, nil
	}
	m := durationForm.FindStringSubmatch(text)
	if m == nil || m[2]+m[3] == "" {
		return 0, errDuration
	}
	days, badDays := strconv.ParseUint(cmp.Or(m[2], "0"), 10, 16)
	d, badRest := time.ParseDuration(cmp.Or(m[3], "0"))
	if badDays != nil || badRest != nil || d > longest || d+time.Duration(days)*day > longest {
		return 0, errTooLong
	}
	d += time.Duration(days) * day
	if m[1] == "-" {
		d = -d
	}
	return d, nil
}

// FormatDuration writes a duration as [ParseDuration] reads it, without parts
// that are zero: 30d, 12h, 1m30s, 0s.
func FormatDuration(d time.Duration) string {
	if d < 0 {
		return "-" + FormatDuration(-d)
	}
	var b strings.Builder
	if days := d / day; days > 0 {
		b.WriteString(strconv.Itoa(int(days)) + "d")
		d %= day
	}
	if d == 0 && b.Len() > 0 {
		return b.String()
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return b.String() + text
}
