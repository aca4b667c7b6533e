package scenario

import "math"

// Interval is the exact (Clopper-Pearson) confidence interval of the share
// that count of `of` was drawn from, at the given level (0.95, 0.999). With
// nothing measured it is 0 to 1.
func Interval(count, of int, level float64) (lo, hi float64) {
	if of <= 0 {
		return 0, 1
	}
	count = min(max(count, 0), of)
	tail := (1 - level) / 2
	k, n := float64(count), float64(of)
	lo, hi = 0, 1
	if count > 0 {
		lo = betaQuantile(tail, k, n-k+1)
	}
	if count < of {
		hi = betaQuantile(1-tail, k+1, n-k)
	}
	return lo, hi
}

// AtMost is the exact one-sided upper bound of a share of which none was seen in
// `of`, at the given level: at 0.95 about 3/of, the rule of three. With nothing
// measured it is 1.
func AtMost(of int, level float64) float64 {
	if of <= 0 {
		return 1
	}
	return -math.Expm1(math.Log(1-level) / float64(of))
}

// betaQuantile inverts [incompleteBeta] by bisection: it is monotonic, and
// 100 halvings exhaust a float64.
func betaQuantile(p, a, b float64) float64 {
	lo, hi := 0.0, 1.0
	for range 100 {
		mid := (lo + hi) / 2
		if mid == lo || mid == hi {
			break
		}
		if incompleteBeta(a, b, mid) < p {
			lo = mid
		} else {
			hi = mid
		}
	}
	return (lo + hi) / 2
}

// incompleteBeta is the regularised incomplete beta function I_x(a, b), by
// the continued fraction of DLMF 8.17.22, on the side where it converges fast.
func incompleteBeta(a, b, x float64) float64 {
	if x <= 0 {
		return 0
	}
	if x >= 1 {
		return 1
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(lab - la - lb + a*math.Log(x) + b*math.Log1p(-x))
	if x < (a+1)/(a+b+2) {
		return front * betaFraction(a, b, x) / a
	}
	return 1 - front*betaFraction(b, a, 1-x)/b
}

// betaFraction evaluates the continued fraction by Lentz's method as modified
// by Thompson and Barnett. The number of steps grows with the square root of
// the larger parameter; the limit is far above what counts below 2^31 take.
func betaFraction(a, b, x float64) float64 {
	const enough, steps = 1e-14, 1_000_000
	c, d := 1.0, 1/nonZero(1-(a+b)*x/(a+1))
	f := d
	for m := 1.0; m <= steps; m++ {
		even := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		d = 1 / nonZero(1+even*d)
		c = nonZero(1 + even/c)
		f *= d * c
		odd := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d = 1 / nonZero(1+odd*d)
		c = nonZero(1 + odd/c)
		f *= d * c
		if math.Abs(d*c-1) < enough {
			break
		}
	}
	return f
}

func nonZero(v float64) float64 {
	const tiny = 1e-300
	if math.Abs(v) < tiny {
		return tiny
	}
	return v
}
