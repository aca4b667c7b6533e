package gate

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// Level is the default probability that an unchanged system raises any alarm.
const Level = 0.001

const (
	manySeeds = 20          // from here on the seed is the unit also in virtual time
	mostSteps = 200_000_000 // of an exact sign-flip test
	caught    = 0.999       // the power that [Power.Least] is for
)

// test is a p-value for an increase, and the smallest that the totals allow.
type test struct{ p, least float64 }

// pair is how many users were hit before and now, with the same seed.
type pair struct{ before, now int }

// The units of the tests.
const (
	bySeed = "seed"
	byUser = "user"
)

// unitOf is the user only in virtual time, where a seed's run is always the same.
func unitOf(substrate string, seeds int) string {
	if substrate == "sim" && seeds < manySeeds {
		return byUser
	}
	return bySeed
}

// increase tests whether more users are hit now.
func increase(unit string, pairs []pair) test {
	if unit == bySeed {
		return signFlip(pairs)
	}
	t := conditional(pairs)
	if len(pairs) > 1 {
		most := slices.MaxFunc(pairs, func(a, b pair) int { return (a.now - a.before) - (b.now - b.before) })
		i := slices.Index(pairs, most)
		t.p = max(t.p, conditional(slices.Delete(slices.Clone(pairs), i, i+1)).p)
	}
	return t
}

// mirrored has before and now the other way round.
func mirrored(pairs []pair) []pair {
	out := make([]pair, len(pairs))
	for i, p := range pairs {
		out[i] = pair{p.now, p.before}
	}
	return out
}

// conditional is the exact test of two counts given their sum.
func conditional(pairs []pair) test {
	before, now := 0, 0
	for _, p := range pairs {
		before, now = before+p.before, now+p.now
	}
	t := test{p: 1, least: math.Ldexp(1, -(before + now))}
	if now > 0 {
		t.p = mathext.RegIncBeta(float64(now), float64(before+1), 0.5) // P(X >= now)
	}
	return t
}

// signFlip is the exact test of the sum of differences: the share of all ways
// to choose their signs that come to as much. Where that takes too long it is
// Hoeffding's bound (Probability inequalities for sums of bounded random
// variables, 1963, theorem 2), which is never smaller.
func signFlip(pairs []pair) test {
	var sizes []int
	sum, total, squares := 0, 0, 0.0
	for _, p := range pairs {
		if d := p.now - p.before; d != 0 {
			size := max(d, -d)
			sizes = append(sizes, size)
			sum, total, squares = sum+d, total+size, squares+float64(d)*float64(d)
		}
	}
	switch {
	case total == 0:
		return test{1, 1}
	case float64(len(sizes))*float64(total) > mostSteps:
		bound := func(s float64) float64 { return math.Exp(-s * s / (2 * squares)) }
		return test{bound(max(0, float64(sum))), bound(float64(total))}
	}
	chance := make([]float64, total+1) // of the sum of the differences that are positive
	chance[0] = 1
	reached := 0
	for _, size := range sizes {
		reached += size
		for s := reached; s >= 0; s-- {
			chance[s] /= 2
			if s >= size {
				chance[s] += chance[s-size] / 2
			}
		}
	}
	p := 0.0
	for s := total; 2*s >= total+sum; s-- {
		p += chance[s]
	}
	return test{min(p, 1), math.Ldexp(1, -len(sizes))}
}

// share is by what Tarone's method divides the level: the smallest k such that
// at most k tests could come to level/k.
func share(level float64, tests []test) int {
	for k := 1; ; k++ {
		able := 0
		for _, t := range tests {
			if t.least <= level/float64(k) {
				able++
			}
		}
		if able <= k {
			return k
		}
	}
}

// visible is the smallest share of users that is caught nearly always at this
// level, if nobody was hit before and users are hit one by one.
func visible(level float64, unit string, users, seeds int) float64 {
	need := int(math.Ceil(-math.Log2(level))) // users, or seeds, hit now and never before
	upper := func(of int) float64 {
		if of < need {
			return 1
		}
		_, hi := scenario.Interval(need-1, of, 2*caught-1)
		return hi
	}
	switch {
	case unit == bySeed:
		return 1 - math.Pow(1-upper(seeds), 1/float64(users))
	case seeds > 1:
		return upper(users * (seeds - 1))
	}
	return upper(users)
}
