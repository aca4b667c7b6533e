package harness

import (
	"flag"
	"os"
	"path/filepath"
	"time"

	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/loopback"
)

// Option changes how [Run] runs a variant.
type Option func(*options)

type options struct {
	plan      plan.Options
	seed      *uint64 // nil: not given
	substrate substrate.Substrate
	out       string
	retries   int
	keepText  bool // the scenario has no file of its own
	passing   bool // results go when the test has passed
}

// Seed is what every random choice follows from; without it the one that the
// scenario pins, or 1.
func Seed(n uint64) Option { return func(o *options) { o.seed = &n } }

// Users is the number of users, in place of the scenario's.
func Users(n int) Option { return func(o *options) { o.plan.Users = n } }

// For is how long the users act, in scenario time, in place of the scenario's.
func For(d time.Duration) Option { return func(o *options) { o.plan.For = d } }

// Compress is how many times faster than the scenario's durations the run is;
// without it, as much as the scenario and the substrate allow.
func Compress(k float64) Option { return func(o *options) { o.plan.Compress = k } }

// On is where the variant runs: in this process without it, or in containers
// with &container.Substrate{Balancer: "nginx", Cache: "varnish"}.
func On(s substrate.Substrate) Option { return func(o *options) { o.substrate = s } }

// Out is where results are kept, whatever the outcome: each run's in a new
// directory below dir, named by date and time. Without it they are in the test's
// artifact directory if `go test -artifacts` asks for one, else in a temporary
// directory that stays if the test fails.
func Out(dir string) Option { return func(o *options) { o.out = dir } }

// RetrySlow is how often a run for which the machine was too slow is made
// again; once without it.
func RetrySlow(n int) Option { return func(o *options) { o.retries = n } }

func newOptions(list []Option) *options {
	o := &options{substrate: &loopback.Substrate{}, retries: 1}
	for _, set := range list {
		set(o)
	}
	o.plan.Limits = run.LimitsOf(o.substrate)
	return o
}

// dir makes the directory of the results, and gives its absolute name.
func (o *options) dir(t TB) (string, error) {
	parent := o.out
	if a, ok := t.(interface{ ArtifactDir() string }); ok && parent == "" && artifactsKept() {
		parent = a.ArtifactDir()
	}
	if parent != "" {
		dir, err := run.NewDir(parent, time.Now())
		if err != nil {
			return "", err
		}
		return filepath.Abs(dir)
	}
	o.passing = true
	dir, err := os.MkdirTemp("", "logoutlab-")
	t.Cleanup(func() {
		if !t.Failed() {
			_ = os.RemoveAll(dir)
		}
	})
	return dir, err
}

// artifactsKept tells whether artifact directories outlive their tests.
func artifactsKept() bool {
	f := flag.Lookup("test.artifacts")
	return f != nil && f.Value.String() == "true"
}
