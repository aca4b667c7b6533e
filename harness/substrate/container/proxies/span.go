package proxies

import (
	"strconv"
	"time"
)

// units are those that HAProxy, nginx and Varnish share, largest first. (A day
// is "d" to all of them, but hours read well enough.)
var units = []struct {
	size time.Duration
	name string
}{{time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}, {time.Millisecond, "ms"}}

// Span writes a duration in whole milliseconds, rounded up, in the largest
// unit that fits: "90s", "250ms".
func Span(d time.Duration) string { return span(d, time.Millisecond) }

// Seconds writes a duration in whole seconds, rounded up, as [Span] does.
func Seconds(d time.Duration) string { return span(d, time.Second) }

func span(d, step time.Duration) string {
	d = (d + step - 1) / step * step
	for _, u := range units {
		if d >= u.size && d%u.size == 0 {
			return strconv.FormatInt(int64(d/u.size), 10) + u.name
		}
	}
	return "0s"
}
