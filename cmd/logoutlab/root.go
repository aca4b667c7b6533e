package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// The exit codes, a contract with CI jobs.
const (
	exitHolds          = 0 // all expectations hold
	exitFails          = 1 // an expectation fails
	exitUnknown        = 2 // unknown, unfinished or vacuous
	exitUsage          = 3 // bad usage, scenario or history: nothing was started; or a configuration that its product refuses
	exitInfrastructure = 4 // the system under test, a file, a port or standard output failed
)

const rootHelp = `logoutlab starts app nodes behind a load balancer, lets users log in and browse
under load, injects what really goes wrong, and judges every action: ok, or
spurious logout, ghost session, wrong identity, lockout, error - each with its
cause and its evidence.

Exit codes: 0 expectations hold; 1 an expectation fails, or the run is worse than
its baseline; 2 unknown, unfinished or vacuous; 3 bad usage, scenario, history or
configuration of your own; 4 the infrastructure failed.`

// outcomeError carries an exit code without a message: the output said it all.
type outcomeError int

func (outcomeError) Error() string { return "" }

// execute runs one command line and returns its exit code.
func execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := &cobra.Command{
		Use:           "logoutlab",
		Short:         "Finds out why users get logged out at random",
		Long:          rootHelp,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return errors.Join(cmd.Help(), errors.New("name a command"))
		},
	}
	out := &output{w: stdout}
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(stderr)
	root.SetFlagErrorFunc(refuse)
	root.AddCommand(newList(), newExplain(), newInit(), newCheck(), newRun(), newUp(), newInject(), newDown(), newJudge(), newReport(), newBaseline(), newMerge(), newServe(), newAgree(), newReplay(), newCliff(), newCompare(), newWhy(), newShrink(), newSchema(), newDoctor(), newClean(), newConfig(), newVersion(), newNode())
	err := root.ExecuteContext(ctx)
	switch {
	case out.err == nil:
	case errors.Is(err, out.err):
		err = &run.InfrastructureError{Err: err}
	default:
		err = errors.Join(err, &run.InfrastructureError{Err: out.err})
	}
	complain(stderr, err)
	return exitCode(err)
}

// complain prints an error. Those of a scenario start with their place, as
// editors expect.
func complain(w io.Writer, err error) {
	var placed scenario.Errors
	switch {
	case err == nil || err.Error() == "":
	case errors.As(err, &placed):
		fmt.Fprintln(w, err)
	default:
		fmt.Fprintln(w, "logoutlab: "+err.Error())
	}
}

func exitCode(err error) int {
	var outcome outcomeError
	var infra *run.InfrastructureError
	switch {
	case err == nil:
		return exitHolds
	case errors.As(err, &infra):
		return exitInfrastructure
	case errors.As(err, &outcome):
		return int(outcome)
	}
	return exitUsage
}

// verdictOf sums results up as an exit: a failure outweighs an unknown.
func verdictOf(results []*result.Result) error {
	code := exitHolds
	for _, r := range results {
		switch {
		case r.Outcome == result.Fail:
			return outcomeError(exitFails)
		case r.Outcome == result.Unknown:
			code = exitUnknown
		}
	}
	if code != exitHolds || len(results) == 0 {
		return outcomeError(exitUnknown)
	}
	return nil
}
