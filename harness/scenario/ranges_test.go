package scenario

import (
	"fmt"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestFormsOfIntegers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lo := rapid.Int64Range(0, 100_000).Draw(t, "lo")
		hi := rapid.Int64Range(lo, 400_000_000).Draw(t, "hi")
		form := regexp.MustCompile("^(?:" + integersFrom(lo, hi) + ")$")
		for _, n := range []int64{0, 1, 9, 10, lo - 1, lo, lo + 1, (lo + hi) / 2, hi - 1, hi, hi + 1, 10 * hi, rapid.Int64Range(0, 1_000_000_000).Draw(t, "n")} {
			require.Equal(t, lo <= n && n <= hi, form.MatchString(strconv.FormatInt(n, 10)), "%d in %d..%d: %s", n, lo, hi, form)
			require.Equal(t, 0 <= n && lo <= n && n <= hi, form.MatchString(fmt.Sprintf("00%d", n)))
		}
	})
}

// The form of durations and the reader agree on those of one part, whatever the
// limits; of those of several parts the form refuses none that the reader takes.
func TestFormsOfDurations(t *testing.T) {
	units := []string{"d", "h", "m", "s", "ms", "us", "µs", "ns"}
	limits := rapid.SampledFrom([]time.Duration{0, time.Millisecond, 90 * time.Millisecond, time.Second, time.Minute, 90 * time.Second, time.Hour, day, 36 * time.Hour, 7 * day, longest})
	number := rapid.OneOf(rapid.SampledFrom([]string{"0", "1", "60", "1000", "3600", "86400", "0.5", "1.0", "1.", ".5", "59.9", "3650", "3651"}),
		rapid.Map(rapid.Int64Range(0, 500_000), func(n int64) string { return strconv.FormatInt(n, 10) }))
	rapid.Check(t, func(t *rapid.T) {
		least, most := limits.Draw(t, "least"), limits.Draw(t, "most")
		if least > most || most == 0 {
			t.Skip("no limits")
		}
		f := span("x", new(time.Duration), "", least, most, "")
		form := regexp.MustCompile("^(?:" + durationsFrom(least, most) + ")$")
		unit := rapid.SampledFrom(units)
		one := number.Draw(t, "number") + unit.Draw(t, "unit")
		_, problem := f.parse(one)
		whole := form.MatchString(one)
		if problem == "" {
			require.True(t, whole, "%s in %s..%s is accepted", one, least, most)
		} else if exact(least, most, one) {
			require.False(t, whole, "%s in %s..%s: %s", one, least, most, problem)
		}
		several := one + number.Draw(t, "second") + unit.Draw(t, "second unit")
		if _, problem := f.parse(several); problem == "" {
			require.True(t, form.MatchString(several), "%s in %s..%s is accepted", several, least, most)
		}
	})
}

// exact tells whether both limits are whole numbers of the unit of a duration, or
// it is not near them.
func exact(least, most time.Duration, text string) bool {
	unit, err := ParseDuration("1" + regexp.MustCompile(`[^0-9.]+$`).FindString(text))
	return err != nil || least%unit == 0 && most%unit == 0
}
