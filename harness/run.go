package harness

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/reports"
	"github.com/logoutlab/logoutlab/scenarios"
)

// TB is what [Run] needs of a test. Every [testing.TB] has it.
type TB interface {
	Helper()
	Cleanup(f func())
	Failed() bool
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Run runs one variant of a scenario and judges every action. The test fails
// if an expectation does not hold, or if the run proves nothing (its outcome is
// unknown: the machine was too slow, or no traffic met a fault); the failure
// says why, and names the cause, the seed, the command that repeats the run and
// the report. The test ends at once if the scenario is wrong, or if the system
// under test could not be brought up.
//
// The variant is named as on the command line: NAME/VARIANT of the catalogue,
// or FILE/VARIANT; of a scenario with one variant only, /VARIANT may be left
// out. Results, history and report.html are written as `logoutlab run` does,
// see [Out].
//
// A run asks much of the machine: tests that use it had better not be parallel.
func Run(t TB, name string, list ...Option) *result.Result {
	t.Helper()
	s, variant, err := find(name)
	if err != nil {
		t.Fatalf("%v", err)
		return nil
	}
	return newOptions(list).run(t, s, variant)
}

// RunYAML is [Run] for a scenario that the test itself makes. The text is kept
// with the results, for the command that repeats the run.
func RunYAML(t TB, text, variant string, list ...Option) *result.Result {
	t.Helper()
	s, err := scenario.Parse(textFile, []byte(text))
	if err != nil {
		t.Fatalf("%v", err)
		return nil
	}
	o := newOptions(list)
	o.keepText = true
	return o.run(t, s, variant)
}

// textFile is the file of a scenario that a test made, beside its results.
const textFile = "scenario.yaml"

// Variants lists the variants of a scenario, named as for [Run], so that a test
// can run each of them. The test ends at once if the scenario is wrong.
func Variants(t TB, name string) []string {
	t.Helper()
	_, variants, err := scenarios.Load(name)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return variants
}

// find reads the scenario of the one variant that is named. A file's name is
// made good for any directory: the command that repeats a test's run is typed
// elsewhere.
func find(name string) (*scenario.Scenario, string, error) {
	s, variants, err := scenarios.Load(name)
	if err != nil {
		return nil, "", err
	}
	if len(variants) > 1 {
		return nil, "", fmt.Errorf("%s has several variants: name one, such as %s/%s (accepted: %s)", name, name, variants[0], s.VariantNames())
	}
	if _, err := os.Stat(s.File); err == nil { // else it is the catalogue's, which comes after files
		s.File, err = filepath.Abs(s.File)
		return s, variants[0], err
	}
	return s, variants[0], nil
}

func (o *options) run(t TB, s *scenario.Scenario, variant string) *result.Result {
	t.Helper()
	dir, r, err := o.judge(t, s, variant)
	if err != nil {
		t.Fatalf("%s/%s: %v", s.Name, variant, err)
		return nil
	}
	page := filepath.Join(dir, reports.Page)
	if o.passing && r.Outcome == result.Pass {
		page = "" // none is named that will be gone
	}
	tell(t, r, page)
	return r
}

// judge runs the variant and writes everything about it to dir.
func (o *options) judge(t TB, s *scenario.Scenario, variant string) (dir string, r *result.Result, err error) {
	o.plan.Seed = s.SeedOr1()
	if o.seed != nil {
		o.plan.Seed = *o.seed
	}
	p, err := plan.Build(s, variant, o.plan)
	if err == nil {
		err = o.substrate.Check(p.Variant)
	}
	if err != nil {
		return "", nil, err
	}
	if dir, err = o.dir(t); err != nil {
		return "", nil, err
	}
	if o.keepText {
		s.File = filepath.Join(dir, textFile)
		if err := os.WriteFile(s.File, s.Source, 0o644); err != nil {
			return "", nil, err
		}
	}
	suite := reports.Suite{Title: "logoutlab", Version: Version(), Started: time.Now()}
	judged, err := o.measure(p, filepath.Join(dir, s.Name, variant))
	if err != nil {
		return "", nil, fmt.Errorf("%w (what was recorded is in %s)", err, dir)
	}
	suite.Command = judged.Result.Repeat
	suite.Runs = []reports.Run{reports.NewRun(judged.Header, judged.Result, judged.Judgement)}
	return dir, judged.Result, reports.WriteFiles(dir, suite)
}

// measure runs the plan, and again if the machine was too slow for it.
func (o *options) measure(p *plan.Plan, dir string) (*run.Judged, error) {
	for try := 1; ; try++ {
		judged, err := run.Run(context.Background(), run.Options{Plan: p, Substrate: o.substrate, Dir: dir, Version: Version()})
		if err != nil || !judged.Result.Load.Behind || try > o.retries {
			return judged, err
		}
		if err := run.SetAside(dir, try); err != nil {
			return nil, err
		}
	}
}
