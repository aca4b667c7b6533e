package scenario

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

var errDuration = errors.New("not a duration with a unit")

// ParseDuration reads a duration as scenario files write it: 25s, 1m30s, 12h,
// 30d (a day is 24 hours), with a sign if need be. Only 0 needs no unit.
func ParseDuration(text string) (time.Duration, error) {
	unsigned := strings.TrimLeft(text, "+-")
	if len(text)-len(unsigned) > 1 || unsigned == "" {
		return 0, errDuration
	}
	days, rest, found := strings.Cut(unsigned, "d")
	if !found {
		days, rest = "0", unsigned
	} else if rest == "" {
		rest = "0"
	}
	n, err := strconv.ParseUint(days, 10, 16)
	if err != nil {
		return 0, errDuration
	}
	d, err := time.ParseDuration(rest)
	if err != nil || strings.HasPrefix(rest, "+") || strings.HasPrefix(rest, "-") {
		return 0, errDuration
	}
	if d > longest {
		return 0, errDuration
	}
	d += time.Duration(n) * day
	if strings.HasPrefix(text, "-") {
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
