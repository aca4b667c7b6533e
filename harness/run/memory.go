package run

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/logoutlab/logoutlab/harness/substrate"
)

// What a run in virtual time takes, in bytes: from runs of 400 to a million
// users, rounded up. The collector's room is included.
const (
	anyRun       = 64 << 20
	bulkUser     = 360
	exactUser    = 4 << 10 // a client, a ledger
	exactEvent   = 1100    // of a user's latest, which a story could need
	exactRequest = 1700    // its session, tokens and what the oracle knows of them
)

// Memory is about how many bytes a run takes; 0 in real time, where it is the
// network that bounds a run.
func (o Options) Memory() int64 {
	if _, virtual := o.Substrate.(substrate.Virtual); !virtual {
		return 0
	}
	users, requests := int64(o.Plan.Variant.Workload.Users), int64(o.Plan.Requests())
	if o.engine() == Bulk {
		return anyRun + users*bulkUser
	}
	latest := min(8+min(64, max(8, 1<<16/users)), 4*requests/users)
	return anyRun + users*(exactUser+latest*exactEvent) + requests*exactRequest
}

// MemoryError says that runs would take more memory than they may.
type MemoryError struct {
	Name        string // of the variant that takes most
	Takes, Most int64  // bytes
	AtOnce      int    // so many such runs
	Bulk        bool   // the bulk engine plays it
}

// Error says how much it is, and what to do.
func (e *MemoryError) Error() string {
	runs, fewer := "", ""
	if e.AtOnce > 1 {
		runs = fmt.Sprintf(" in %d runs at the same time", e.AtOnce)
		fewer = ", a smaller --parallel"
	}
	advice := "lower --users or --for" + fewer + ", or raise --memory"
	if e.Bulk {
		advice = "lower --users" + fewer + ", or raise --memory"
	}
	return fmt.Sprintf("%s would take about %s of memory%s, and may take %s: %s", e.Name, Size(e.Takes), runs, Size(e.Most), advice)
}

// CheckMemory refuses runs that would take more than most bytes, atOnce of them
// at the same time. 0 is no limit.
func CheckMemory(all []Options, atOnce int, most int64) error {
	var worst *MemoryError
	for _, o := range all {
		takes := o.Memory()*int64(atOnce) - anyRun*int64(atOnce-1)
		if most > 0 && takes > most && (worst == nil || takes > worst.Takes) {
			worst = &MemoryError{o.Plan.Scenario.Name + "/" + o.Plan.Variant.Name, takes, most, atOnce, o.engine() == Bulk}
		}
	}
	if worst == nil {
		return nil
	}
	return worst
}

var units = []struct {
	name  string
	bytes int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

// Size writes a number of bytes.
func Size(bytes int64) string {
	for _, u := range units {
		if bytes >= u.bytes && u.bytes > 1 {
			return strconv.FormatFloat(float64(bytes)/float64(u.bytes), 'f', 1, 64) + " " + u.name
		}
	}
	return fmt.Sprintf("%d B", bytes)
}

// ParseSize reads a number of bytes, such as 300MiB or 1.5GiB.
func ParseSize(text string) (int64, error) {
	for _, u := range units {
		number, ok := strings.CutSuffix(text, u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if bytes := n * float64(u.bytes); err == nil && bytes >= 1 && bytes < 1<<60 {
			return int64(bytes), nil
		}
		break
	}
	return 0, fmt.Errorf("%q is no size", text)
}
