package scenario

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Bound is what an expectation asks of a count or a share. The zero Bound
// asks for a count of 0.
type Bound struct {
	op     operator
	share  bool  // a percentage, not a count
	lo, hi int64 // in millionths, of one or of a percent; hi only for between
}

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

// aboutLevel is the confidence level of `~`: wide enough that a true figure
// fails one run in a thousand.
const aboutLevel = 0.999

// boundForms is what a bound can look like, for error texts.
const boundForms = `0, "> 1%", ">= 100", "< 5", "<= 0.1%", "= 12", "40%..60%", "~ 80%"`

// ParseBound reads a bound: a number or a percentage with one of the
// operators =, >, >=, <, <= (none is =), a range `lo..hi` (inclusive), or
// `~ share`, which holds if the exact 99.9 % binomial interval of the observed
// share contains it. A bound that nothing observed could decide (`>= 0`) is
// an error.
func ParseBound(s string) (Bound, error) {
	op, rest := cutOperator(strings.TrimSpace(s))
	if lo, hi, found := strings.Cut(rest, ".."); found && op == equal {
		return parseRange(lo, hi)
	}
	v, share, err := parseFigure(rest)
	if err != nil {
		return Bound{}, err
	}
	if op == about && !share {
		return Bound{}, fmt.Errorf("~ needs a percentage, as in ~ 80%%")
	}
	return Bound{op: op, share: share, lo: v}.decides()
}

// decides refuses a bound that holds, or fails, whatever is observed.
func (b Bound) decides() (Bound, error) {
	all := b.share && b.lo == 100*micro
	switch {
	case b.op == atLeast && b.lo == 0, b.op == atMost && all,
		b.op == between && b.share && b.lo == 0 && b.hi == 100*micro:
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
	a, shareA, err := parseFigure(lo)
	if err != nil {
		return Bound{}, err
	}
	b, shareB, err := parseFigure(hi)
	if err != nil {
		return Bound{}, err
	}
	if shareA != shareB {
		return Bound{}, fmt.Errorf("a range needs two percentages or two counts")
	}
	if a > b {
		return Bound{}, fmt.Errorf("the range ends before it begins")
	}
	return Bound{op: between, share: shareA, lo: a, hi: b}.decides()
}

// parseFigure reads a plain decimal number, or a percentage of at most 100.
func parseFigure(s string) (v int64, share bool, err error) {
	s = strings.TrimSpace(s)
	number, share := strings.CutSuffix(s, "%")
	number = strings.TrimSpace(number)
	whole, decimals, dotted := strings.Cut(number, ".")
	if !digits(whole) || dotted && !digits(decimals) {
		return 0, false, fmt.Errorf("%q is not a number or a percentage", s)
	}
	if len(whole) > 12 || len(decimals) > 6 {
		return 0, false, fmt.Errorf("%s has more than 12 digits, or more than 6 decimals", s)
	}
	v, err = strconv.ParseInt(whole+decimals+strings.Repeat("0", 6-len(decimals)), 10, 64)
	if err != nil {
		return 0, false, fmt.Errorf("%q is not a number or a percentage", s)
	}
	if share && v > 100*micro {
		return 0, false, fmt.Errorf("%s is more than all", s)
	}
	if !share && v%micro != 0 {
		return 0, false, fmt.Errorf("%s is not a whole number; a share needs a %% sign", s)
	}
	return v, share, nil
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// String writes the bound as [ParseBound] reads it.
func (b Bound) String() string {
	switch b.op {
	case equal:
		return b.figure(b.lo)
	case between:
		return b.figure(b.lo) + ".." + b.figure(b.hi)
	default:
		return b.op.sign() + " " + b.figure(b.lo)
	}
}

func (b Bound) figure(v int64) string {
	s := strconv.FormatInt(v/micro, 10)
	if frac := v % micro; frac != 0 {
		s += "." + strings.TrimRight(fmt.Sprintf("%06d", frac), "0")
	}
	if b.share {
		s += "%"
	}
	return s
}

// Share says whether the bound is on a share (a percentage) and not a count.
func (b Bound) Share() bool { return b.share }

// none says whether only a count of 0 meets the bound.
func (b Bound) none() bool {
	switch b.op {
	case equal, atMost, about: // the interval of a share above 0 never begins at 0
		return b.lo == 0
	case below:
		return !b.share && b.lo <= micro
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
	if !b.share {
		return b.compare(float64(count), 1), fmt.Sprintf("%d of %d", count, of)
	}
	observed = fmt.Sprintf("%s of %d (%d)", percent(count, of), of, count)
	if b.op != about {
		return b.compare(100*float64(count), float64(of)), observed
	}
	lo, hi := Interval(count, of, aboutLevel)
	target := float64(b.lo) / (100 * micro)
	observed += fmt.Sprintf(", 99.9 %% interval %.2f%%..%.2f%%", 100*lo, 100*hi)
	return lo <= target && target <= hi, observed
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
