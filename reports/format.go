package reports

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/logoutlab/logoutlab/harness/result"
)

// nbsp keeps a figure and its unit on one line.
const nbsp = "\u00a0"

// count writes n with thousands separators.
func count(n int) string {
	s := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// plural writes n and the noun that fits.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(n) + " " + many
}

// decimals says how many decimals of a percentage keep v from being shown as
// 0 % or 100 % when it is neither.
func decimals(v float64) int {
	rest := min(v, 1-v)
	if rest > 0 {
		rest += 1e-9 // 1 - 0.9999 is a little less than 0.0001
	}
	switch {
	case rest <= 0:
		return 0
	case rest >= 0.01:
		return 1
	case rest >= 0.001:
		return 2
	case rest >= 0.0001:
		return 3
	default:
		return 4
	}
}

func number(v float64) string {
	return strconv.FormatFloat(v*100, 'f', decimals(v), 64)
}

// Percent writes the share v (0 to 1) for a terminal. Never a rounded "0 %" or
// "100 %".
func Percent(v float64) string { return strings.ReplaceAll(percent(v), nbsp, " ") }

// percent writes the share v (0 to 1). Never a rounded "0 %" or "100 %".
func percent(v float64) string {
	switch {
	case math.IsNaN(v):
		return "not measured"
	case v > 0 && v < 0.0000005:
		return "<0.0001" + nbsp + "%"
	case v < 1 && v > 0.9999995:
		return ">99.9999" + nbsp + "%"
	}
	return number(v) + nbsp + "%"
}

// interval writes a rate's 95 % interval.
func interval(r result.Rate) string {
	return number(r.Lo) + "\u2013" + percent(r.Hi)
}

// rateText writes a rate with its interval, or says that there is none.
func rateText(r result.Rate) string {
	if r.Of == 0 {
		return "not measured"
	}
	return percent(r.Value) + " (95" + nbsp + "%: " + interval(r) + ")"
}

// share is part of whole, 0 if there is no whole.
func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// span writes a duration in the largest units that fit, without needless
// zeros: "450 ms", "2.5 s", "5 min", "1 h 30 min".
func span(d time.Duration) string {
	neg := ""
	if d < 0 {
		neg, d = "-", -d
	}
	return neg + positiveSpan(d)
}

func positiveSpan(d time.Duration) string {
	switch {
	case d == 0:
		return "0" + nbsp + "s"
	case d < time.Millisecond:
		return trim(float64(d)/float64(time.Microsecond)) + nbsp + "\u00b5s"
	case d < time.Second:
		return trim(float64(d)/float64(time.Millisecond)) + nbsp + "ms"
	case d < time.Minute:
		return trim(d.Seconds()) + nbsp + "s"
	case d < time.Hour:
		return pair(d, time.Minute, "min", time.Second, "s")
	case d < 48*time.Hour:
		return pair(d, time.Hour, "h", time.Minute, "min")
	default:
		return pair(d, 24*time.Hour, "d", time.Hour, "h")
	}
}

func pair(d, big time.Duration, bigName string, small time.Duration, smallName string) string {
	d = d.Round(small)
	s := fmt.Sprintf("%d%s%s", d/big, nbsp, bigName)
	if rest := d % big / small; rest != 0 {
		s += fmt.Sprintf(" %d%s%s", rest, nbsp, smallName)
	}
	return s
}

// trim writes v with three significant digits at most and no trailing zeros.
func trim(v float64) string {
	digits := 2
	if v >= 100 {
		digits = 0
	} else if v >= 10 {
		digits = 1
	}
	s := strconv.FormatFloat(v, 'f', digits, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// seconds turns a result's seconds into a duration.
func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// compression explains k.
func compression(k float64) string {
	if k <= 0 || k == 1 {
		return "none: the run takes as long as the scenario says"
	}
	short := time.Duration(float64(time.Minute) / k)
	return fmt.Sprintf("%s: 60%ss in the scenario = %s in this run", trim(k), nbsp, span(short))
}

// slug turns a name into something fit for an id attribute.
func slug(parts ...string) string {
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteString("--")
		}
		for _, r := range strings.ToLower(p) {
			if (r >= 'a' && r <= 'z') || (r >= '0' && r <= '9') || r == '-' {
				b.WriteRune(r)
			} else {
				b.WriteByte('_')
			}
		}
	}
	return b.String()
}
