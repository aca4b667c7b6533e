package scenario

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The regular expressions of numbers within limits, which a JSON Schema knows no
// other way of: it compares numbers, and these stand in texts. They use nothing
// that ECMA-262 and RE2 do not share.

// integersFrom is the form of whole numbers from lo to hi, with leading zeros or
// without.
func integersFrom(lo, hi int64) string {
	var all []string
	if lo == 0 {
		all = append(all, "0")
		lo = 1
	}
	for lo <= hi {
		size := int64(1) // of a block: all numbers with the same first digits
		for lo%(10*size) == 0 && lo+10*size-1 <= hi {
			size *= 10
		}
		first := lo / size
		last := min(first-first%10+9, (hi+1)/size-1)
		all = append(all, block(first, last, size))
		lo = (last + 1) * size
	}
	if len(all) == 1 {
		return "0*" + all[0]
	}
	return "0*(?:" + strings.Join(all, "|") + ")"
}

// block is the form of numbers from first*size to (last+1)*size-1; first and last
// differ in their last digit alone.
func block(first, last, size int64) string {
	form := ""
	if first >= 10 {
		form = strconv.FormatInt(first/10, 10)
	}
	if first == last {
		form += strconv.FormatInt(first%10, 10)
	} else {
		form += fmt.Sprintf("[%d-%d]", first%10, last%10)
	}
	switch digits := len(strconv.FormatInt(size, 10)) - 1; digits {
	case 0:
	case 1:
		form += "[0-9]"
	default:
		form += fmt.Sprintf("[0-9]{%d}", digits)
	}
	return form
}

// decimalsFrom is the form of decimal numbers of a unit that come to least..most.
// A limit that is no whole number of units is met to the next one.
func decimalsFrom(least, most, unit time.Duration) string {
	lo, hi := int64(least/unit), int64(most/unit)
	below := hi // whole numbers that any decimals can follow
	if most%unit == 0 {
		below--
	}
	parts := least > 0 && lo == 0 // of a unit, but not none
	from := lo
	if parts {
		from = 1
	}
	var all []string
	if from <= below {
		all = append(all, integersFrom(from, below)+`(?:\.[0-9]*)?`)
	}
	if most%unit == 0 && hi >= from {
		all = append(all, integersFrom(hi, hi)+nothingMore(unit))
	}
	switch {
	case parts && below >= 0:
		all = append(all, `0*\.[0-9]*[1-9][0-9]*`)
	case lo == 0 && below >= 0:
		all = append(all, `\.[0-9]+`)
	}
	if len(all) == 0 {
		return ""
	}
	return "(?:" + strings.Join(all, "|") + ")"
}

// nothingMore is the form of decimals that come to less than a nanosecond.
func nothingMore(unit time.Duration) string {
	zeros := len(strconv.FormatInt(int64(unit)-1, 10))
	if unit == time.Nanosecond {
		return `(?:\.[0-9]*)?`
	}
	return fmt.Sprintf(`(?:\.0*|\.0{%d}[0-9]*)?`, zeros)
}

// durationUnits are those of [durationPart].
var durationUnits = []struct {
	names string
	size  time.Duration
}{{"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}, {"ms", time.Millisecond}, {"(?:us|µs|μs)", time.Microsecond}, {"ns", time.Nanosecond}}

// durationsFrom is the form of durations of least..most, without a sign. Of one
// part (90m) it is exact; what several (1h30m) come to together it cannot tell, but
// for the days.
func durationsFrom(least, most time.Duration) string {
	var one []string
	for _, u := range durationUnits {
		if form := decimalsFrom(least, most, u.size); form != "" {
			one = append(one, form+u.names)
		}
	}
	fewest, days := int64((least+day-1)/day), int64(most/day)
	if fewest <= days {
		one = append(one, integersFrom(fewest, days)+"d")
	}
	const part = "(?:" + durationPart + ")"
	return strings.Join(one, "|") + "|" + integersFrom(0, days) + "d" + part + "+|" + part + "{2,}"
}

// noDuration is the form of durations of no length, without a sign.
func noDuration() string {
	var names []string
	for _, u := range durationUnits {
		names = append(names, u.names)
	}
	part := `(?:0+(?:\.0*)?|\.0+)(?:` + strings.Join(names, "|") + ")"
	return "0+d(?:" + part + ")*|(?:" + part + ")+"
}
