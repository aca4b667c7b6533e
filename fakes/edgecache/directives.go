package edgecache

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Directives is a Cache-Control field, read (RFC 9111 section 5.2). An age
// that is malformed, or given twice with different values, is 0: stale
// (section 4.2.1).
type Directives struct {
	NoStore, NoCache, Private bool
	Public, MustRevalidate    bool
	HasMaxAge, HasSMaxAge     bool
	MaxAge, SMaxAge           time.Duration
}

// maxSeconds is what larger delta-seconds count as (RFC 9111 section 1.2.2).
const maxSeconds = math.MaxInt32

// ParseCacheControl reads a Cache-Control field, of requests or responses;
// several field lines are joined with commas first. Directives that are
// unknown or of no use to a shared cache are left out. It never fails.
func ParseCacheControl(field string) Directives {
	var d Directives
	for field != "" {
		var item string
		item, field = cutItem(field)
		name, arg, hasArg := strings.Cut(item, "=")
		d.take(trim(name), trim(arg), hasArg)
	}
	return d
}

// cutItem returns the text before the first comma outside a quoted string, and
// what follows that comma.
func cutItem(s string) (item, rest string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ',' && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

func trim(s string) string { return strings.Trim(s, " \t") }

func (d *Directives) take(name, arg string, hasArg bool) {
	switch {
	case is(name, "no-store"):
		d.NoStore = true
	case is(name, "no-cache"):
		d.NoCache = true
	case is(name, "private"):
		d.Private = true
	case is(name, "public"):
		d.Public = true
	case is(name, "must-revalidate"):
		d.MustRevalidate = true
	case is(name, "max-age"):
		setAge(&d.MaxAge, &d.HasMaxAge, seconds(arg, hasArg))
	case is(name, "s-maxage"):
		setAge(&d.SMaxAge, &d.HasSMaxAge, seconds(arg, hasArg))
	}
}

// is compares ASCII letters alone: what Unicode folds to them is longer.
func is(name, directive string) bool {
	return len(name) == len(directive) && strings.EqualFold(name, directive)
}

func setAge(age *time.Duration, has *bool, val time.Duration) {
	if *has && *age != val {
		val = 0
	}
	*age, *has = val, true
}

// seconds reads delta-seconds, also quoted (RFC 9111 section 5.2).
func seconds(arg string, hasArg bool) time.Duration {
	if n := len(arg); n >= 2 && arg[0] == '"' && arg[n-1] == '"' {
		arg = arg[1 : n-1]
	}
	if !hasArg || arg == "" || strings.Trim(arg, "0123456789") != "" {
		return 0
	}
	n, err := strconv.ParseUint(arg, 10, 64)
	if err != nil { // digits alone: out of range
		n = maxSeconds
	}
	return time.Duration(min(n, maxSeconds)) * time.Second
}

// ParseAge reads an Age field; one that is malformed is 0, and of a list the
// first member counts (RFC 9111 section 5.1).
func ParseAge(field string) time.Duration {
	first, _, _ := strings.Cut(field, ",")
	return seconds(trim(first), true)
}
