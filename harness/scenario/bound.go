package scenario

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Bound is what an expectation asks of a count or a share. The zero Bound
// asks for a count of 0.
type Bound struct {
	op     operator
	unit   unit
	lo, hi int64 // in millionths, of one or of a percent, or nanoseconds; hi only for between
	level  int64 // of confidence, in millionths of a percent; 0: the observed figure itself is asked for
}

// unit is what a bound counts in.
type unit uint8

const (
	inCounts unit = iota
	inShares      // percentages
	inTime
)

type operator uint8

const (
	equal operator = iota
	above
	atLeast
	below
	atMost
	between
	about
)

// micro is the precision of bounds: six decimals, exactly.
const micro = 1_000_000

// How many digits a figure has at most, and the least level of confidence, in
// percent.
const (
	mostDigits     = 12
	mostSpanDigits = 6
	mostDecimals   = 6
	leastLevel     = 50
)

// aboutLevel is the confidence level of `~`: wide enough that a true figure
// fails one run in a thousand.
const aboutLevel = 0.999

// boundForms is what a bound can look like, for error texts.
const boundForms = `0, "> 1%", ">= 100", "< 5", "<= 0.1%", "= 12", "40%..60%", "~ 80%", "< 0.1% at 95%"`

// spanForms is what the bound of a latency, or of ghost_seconds, can look like.
const spanForms = `"< 250ms", "<= 1.5s", "> 10ms", "10ms..50ms"`

// ParseBound reads a bound: a number or a percentage with one of the
// operators =, >, >=, <, <= (none is =), a range `lo..hi` (inclusive), or
// `~ share`, which holds if the exact 99.9 % binomial interval of the observed
// share contains it. A share with <, <=, > or >= may end in `at 95%`: then all of
// the exact interval of that level must be there, not only the observed share.
// Latencies and ghost_seconds have durations (250ms, 60s). A bound that nothing
// observed could decide (`>= 0`) is an error.
func ParseBound(s string) (Bound, error) {
	s, at, sure := strings.Cut(s, " at ")
	op, rest := cutOperator(strings.TrimSpace(s))
	if sure {
		return parseSure(op, rest, at)
	}
	if lo, hi, found := strings.Cut(rest, ".."); found && op == equal {
		return parseRange(lo, hi)
	}
	v, in, err := parseFigure(rest)
	if err != nil {
		return Bound{}, err
	}
	if op == about && in != inShares {
		return Bound{}, fmt.Errorf("~ needs a percentage, as in ~ 80%%")
	}
	return Bound{op: op, unit: in, lo: v}.decides()
}

// parseSure reads the bound of a share with its level of confidence.
func parseSure(op operator, figure, at string) (Bound, error) {
	v, in, err := parseFigure(figure)
	if err != nil {
		return Bound{}, err
	}
	level, percent, err := parseFigure(at)
	switch {
	case err != nil:
		return Bound{}, err
	case in != inShares || op == equal || op == about:
		return Bound{}, fmt.Errorf("only a percentage with <, <=, > or >= can be asked for at a level of confidence, as in < 0.1%% at 95%%")
	case percent != inShares || level < leastLevel*micro || level >= 100*micro:
		return Bound{}, fmt.Errorf("%s is no level of confidence: accepted are percentages from %d%% to below 100%%", strings.TrimSpace(at), leastLevel)
	}
	return Bound{op: op, unit: inShares, lo: v, level: level}.decides()
}

// decides refuses a bound that holds, or fails, whatever is observed.
func (b Bound) decides() (Bound, error) {
	all := b.unit == inShares && b.lo == 100*micro
	switch {
	case b.op == atLeast && b.lo == 0, b.op == atMost && all,
		b.op == between && b.unit == inShares && b.lo == 0 && b.hi == 100*micro:
		return Bound{}, fmt.Errorf("%q holds whatever is observed", b)
	case b.op == below && b.lo == 0, b.op == above && all:
		return Bound{}, fmt.Errorf("%q can never hold", b)
	}
	return b, nil
}

func cutOperator(s string) (operator, string) {
	for _, o := range []operator{atLeast, atMost, above, below, equal, about} {
		if rest, ok := strings.CutPrefix(s, o.sign()); ok {
			return o, rest
		}
	}
	return equal, s
}

func (o operator) sign() string {
	return [...]string{equal: "=", above: ">", atLeast: ">=", below: "<", atMost: "<=", between: "..", about: "~"}[o]
}

func parseRange(lo, hi string) (Bound, error) {
	a, unitA, err := parseFigure(lo)
	if err != nil {
		return Bound{}, err
	}
	b, unitB, err := parseFigure(hi)
	if err != nil {
		return Bound{}, err
	}
	if unitA != unitB {
		return Bound{}, fmt.Errorf("a range needs two percentages, two counts or two durations")
	}
	if a > b {
		return Bound{}, fmt.Errorf("the range ends before it begins")
	}
	return Bound{op: between, unit: unitA, lo: a, hi: b}.decides()
}

// parseFigure reads a plain decimal number, a percentage of at most 100, or a
// duration in ms or s.
func parseFigure(s string) (v int64, in unit, err error) {
	s = strings.TrimSpace(s)
	number, in, scale := s, inCounts, int64(micro)
	for _, u := range []struct {
		name  string
		in    unit
		scale int64
	}{{"%", inShares, micro}, {"ms", inTime, int64(time.Millisecond)}, {"s", inTime, int64(time.Second)}} {
		if rest, ok := strings.CutSuffix(s, u.name); ok {
			number, in, scale = strings.TrimSpace(rest), u.in, u.scale
			break
		}
	}
	whole, decimals, dotted := strings.Cut(number, ".")
	if !digits(whole) || dotted && !digits(decimals) {
		return 0, in, fmt.Errorf("%q is not a number, a percentage or a duration in ms or s", s)
	}
	if most := map[bool]int{false: mostDigits, true: mostSpanDigits}[in == inTime]; len(whole) > most || len(decimals) > mostDecimals {
		return 0, in, fmt.Errorf("%s has more than %d digits, or more than %d decimals", s, most, mostDecimals)
	}
	v, err = strconv.ParseInt(whole+decimals+strings.Repeat("0", 6-len(decimals)), 10, 64)
	if err != nil {
		return 0, in, fmt.Errorf("%q is not a number, a percentage or a duration in ms or s", s)
	}
	if in == inShares && v > 100*micro {
		return 0, in, fmt.Errorf("%s is more than all", s)
	}
	if in == inCounts && v%micro != 0 {
		return 0, in, fmt.Errorf("%s is not a whole number; a share needs a %% sign", s)
	}
	return v * (scale / micro), in, nil
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// String writes the bound as [ParseBound] reads it.
func (b Bound) String() string {
	switch {
	case b.op == equal:
		return b.figure(b.lo)
	case b.op == between:
		return b.figure(b.lo) + ".." + b.figure(b.hi)
	case b.level > 0:
		return b.op.sign() + " " + b.figure(b.lo) + " at " + b.figure(b.level)
	default:
		return b.op.sign() + " " + b.figure(b.lo)
	}
}

func (b Bound) figure(v int64) string {
	if b.unit == inTime {
		return milliseconds(v)
	}
	s := strconv.FormatInt(v/micro, 10)
	if frac := v % micro; frac != 0 {
		s += "." + strings.TrimRight(fmt.Sprintf("%06d", frac), "0")
	}
	if b.unit == inShares {
		s += "%"
	}
	return s
}

// Share says whether the bound is on a share (a percentage) and not a count.
func (b Bound) Share() bool { return b.unit == inShares }

// Span says whether the bound is on a duration.
func (b Bound) Span() bool { return b.unit == inTime }

// none says whether only a count of 0 meets the bound.
func (b Bound) none() bool {
	switch b.op {
	case equal, atMost, about: // the interval of a share above 0 never begins at 0
		return b.lo == 0
	case below:
		return b.unit == inCounts && b.lo <= micro
	case between:
		return b.hi == 0
	default:
		return false
	}
}

// Check says whether count of `of` meets the bound, and what was observed, in
// words. No bound holds where of is 0: nothing was measured.
func (b Bound) Check(count, of int) (holds bool, observed string) {
	if of <= 0 {
		return false, "nothing (0 of 0)"
	}
	if b.unit != inShares {
		return b.compare(float64(count), 1), fmt.Sprintf("%d of %d", count, of)
	}
	observed = fmt.Sprintf("%s of %d (%d)", percent(count, of), of, count)
	if b.level > 0 {
		level := float64(b.level) / (100 * micro)
		lo, hi := Interval(count, of, level)
		observed += fmt.Sprintf(", %s interval %.3g%%..%.3g%%", b.figure(b.level), 100*lo, 100*hi)
		if b.op == below || b.op == atMost {
			return b.compare(100*hi, 1), observed
		}
		return b.compare(100*lo, 1), observed
	}
	if b.op != about {
		return b.compare(100*float64(count), float64(of)), observed
	}
	lo, hi := Interval(count, of, aboutLevel)
	target := float64(b.lo) / (100 * micro)
	observed += fmt.Sprintf(", 99.9 %% interval %.2f%%..%.2f%%", 100*lo, 100*hi)
	return lo <= target && target <= hi, observed
}

// CheckSpan says whether a duration meets the bound, and what was observed.
func (b Bound) CheckSpan(d time.Duration) (holds bool, observed string) {
	return b.compare(float64(d)/micro, 1), milliseconds(int64(d))
}

// milliseconds writes a duration as bounds have it.
func milliseconds(ns int64) string {
	return strconv.FormatFloat(float64(ns)/float64(time.Millisecond), 'f', -1, 64) + "ms"
}

// compare compares count/of with the bound. Both sides are multiplied out, so
// that whole numbers below 2^53 are compared exactly.
func (b Bound) compare(count, of float64) bool {
	observed, lo, hi := count*micro, float64(b.lo)*of, float64(b.hi)*of
	switch b.op {
	case above:
		return observed > lo
	case atLeast:
		return observed >= lo
	case below:
		return observed < lo
	case atMost:
		return observed <= lo
	case between:
		return lo <= observed && observed <= hi
	default:
		return observed == lo
	}
}

// percent prints a share with two decimals, but never rounds a share that is
// not 0 or 1 to 0 % or 100 %.
func percent(count, of int) string {
	p := 100 * float64(count) / float64(of)
	if count > 0 && count < of {
		p = math.Min(math.Max(p, 0.01), 99.99)
	}
	return strconv.FormatFloat(p, 'f', 2, 64) + "%"
}
