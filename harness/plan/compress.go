package plan

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// scale divides a duration by k. Converting, one division and rounding to an
// integer are exact or correctly rounded, hence the same everywhere.
func scale(d time.Duration, k float64) time.Duration {
	if k == 1 {
		return d
	}
	return time.Duration(math.Round(float64(d) / k))
}

// chosen is the factor that makes a run last as long as the substrate aims
// for and its rate allows, as far as the limits permit: at least 1, and
// rounded down to two digits so that it reads well. why is what sets it. A
// configuration of the user's own has durations that nobody divides.
func chosen(v *scenario.Variant, l Limits) (k float64, why string) {
	if v.Architecture.Balancer.Config.File != "" {
		return 1, "the durations in balancer.config stay as they are"
	}
	wall, why := l.Target.Seconds(), fmt.Sprintf("a run of %v is the aim", l.Target)
	if l.MaxRate > 0 {
		if least := requests(v) / l.MaxRate; least > wall {
			wall, why = least, fmt.Sprintf("%s requests a second are the aim", plain(l.MaxRate))
		}
	}
	if wall <= 0 {
		return 1, ""
	}
	k = v.Workload.Duration.Seconds() / wall
	for _, d := range limited(v, l) {
		if most := d.largest(); most < k {
			k, why = most, fmt.Sprintf("%s, %s, allows no more", d.Path, scenario.FormatDuration(*d.Value))
		}
	}
	return max(1, twoDigits(k)), why
}

// twoDigits rounds down to two significant digits.
func twoDigits(k float64) float64 {
	if k <= 0 {
		return 0
	}
	unit := int(math.Floor(math.Log10(k))) - 1
	if unit >= 0 {
		return math.Floor(k/math.Pow10(unit)) * math.Pow10(unit)
	}
	return math.Floor(k*math.Pow10(-unit)) / math.Pow10(-unit)
}

// limit is a duration and how short it may become.
type limit struct {
	scenario.DurationField
	floor time.Duration
}

func (l limit) largest() float64 { return float64(*l.Value) / float64(l.floor) }

// limited lists the durations that bound the compression: those that some
// component has to express, and the users' pauses. When a fault comes is up to
// the harness, as exact as its clock, unless it takes its time; the network's own times count in virtual
// time alone. So is how long a page takes to make, unless nodes are bounded:
// then it is what a node can do in a second, and a timer that is late by a
// millisecond takes a tenth off a work of ten.
func limited(v *scenario.Variant, l Limits) []limit {
	var all []limit
	for _, d := range v.Durations() {
		floor := max(l.Floor, l.Floors[floorOf(v, d.Path)], d.Least)
		switch {
		case d.Idle:
			continue
		case d.Path == "workload.think":
			floor = l.MinThink
		case d.Path == "workload.duration", strings.HasPrefix(d.Path, "network."):
			continue
		case strings.HasSuffix(d.Path, "].at"):
			floor = l.Floors[floorOf(v, d.Path)]
		case d.Path == "app.work", d.Path == "app.cold_work":
			if v.Architecture.App.Capacity == 0 {
				continue
			}
			floor = max(floor, l.MinWork)
		}
		if floor > 0 && *d.Value != 0 {
			all = append(all, limit{absolute(d), floor})
		}
	}
	return all
}

// floorOf is what Limits.Floors calls the duration at a path.
func floorOf(v *scenario.Variant, path string) string {
	var i int
	var param string
	if n, _ := fmt.Sscanf(path, "faults[%d].%s", &i, &param); n == 2 && i < len(v.Faults) {
		return v.Faults[i].Name + "." + param
	}
	return path
}

// absolute takes an offset's sign away.
func absolute(d scenario.DurationField) scenario.DurationField {
	if *d.Value < 0 {
		positive := -*d.Value
		d.Value = &positive
	}
	return d
}

// tooShort refuses what the given compression would push below the limits.
func tooShort(file string, v *scenario.Variant, o Options) scenario.Errors {
	var errs scenario.Errors
	most := math.Inf(1)
	for _, d := range limited(v, o.Limits) {
		if o.Compress == 1 || scale(*d.Value, o.Compress) >= d.floor {
			continue
		}
		most = min(most, d.largest())
		errs = append(errs, scenario.Error{
			File: file, Line: d.At.Line, Col: d.At.Col,
			Msg: fmt.Sprintf("%s of variant %s is %s, and %s when compressed %s times; the shortest that works here is %s",
				d.Path, v.Name, scenario.FormatDuration(*d.Value), scale(*d.Value, o.Compress), plain(o.Compress), d.floor),
			Accepted: "--compress up to " + plain(atLeastOne(d.largest())),
		})
	}
	for i := range errs {
		errs[i].Hint = "--compress " + plain(atLeastOne(most)) + " works for all of them"
	}
	return errs
}

// atLeastOne rounds a largest factor down; 1, which changes nothing, always works.
func atLeastOne(k float64) float64 { return max(1, twoDigits(k)) }

// plain prints a factor without an exponent.
func plain(k float64) string { return strconv.FormatFloat(k, 'f', -1, 64) }
