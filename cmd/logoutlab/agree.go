package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/logoutlab/logoutlab/harness/agree"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/reports"
)

const agreeHelp = `Agree sets saved results of the same variants side by side: a column for each
directory, of one substrate and its products. It judges the histories again and
holds every run against that of the first directory. Two agree if outcome and
main causes are the same and the 99.9 % intervals of their rates overlap.

Where a fault's effect takes real time, such as how soon a balancer finds a dead
node out, rates within a factor of 2 are explained, if both runs meet the
variant's expectations. So is a disagreement of which you say, by --explained,
that it comes from a documented difference of the product.

Exit codes: 0 all agree or are explained; 1 a variant differs; 2 one was not run
everywhere, or is unknown; 3 the results cannot be compared.`

// agreeFlags are the flags of agree.
type agreeFlags struct {
	json      bool
	explained []string
}

func newAgree() *cobra.Command {
	var flags agreeFlags
	cmd := &cobra.Command{
		Use:   "agree RUNDIR RUNDIR...",
		Short: "Compare the results of several substrates or products",
		Long:  agreeHelp,
		Example: "  logoutlab agree results-loopback results-container\n" +
			"  logoutlab agree results-haproxy results-nginx --explained connection-cut/broken=balancer.retry_on",
		RunE: func(cmd *cobra.Command, args []string) error { return flags.run(cmd, args) },
	}
	fl := cmd.Flags()
	fl.BoolVar(&flags.json, "json", false, "print the comparison as JSON, not as a Markdown table")
	fl.StringArrayVar(&flags.explained, "explained", nil, "SCENARIO/VARIANT=FIELD: a disagreement comes from the product's documented difference in this field of the scenario")
	complete(cmd, "explained")
	return cmd
}

func (f *agreeFlags) run(cmd *cobra.Command, args []string) error {
	if len(args) < 2 {
		return errors.New("name the output directories of two runs or more")
	}
	explanations, err := readExplanations(f.explained)
	if err != nil {
		return err
	}
	var sources []agree.Source
	var errs []error
	for _, dir := range args {
		judged, err := judgeAll([]string{dir})
		errs = append(errs, err)
		sources = append(sources, agree.Source{Name: dir, Runs: agreeRuns(judged)})
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	table, err := agree.Compare(sources, explanations)
	if err != nil {
		return err
	}
	if err := f.print(cmd.OutOrStdout(), table); err != nil {
		return err
	}
	if missing := table.Missing(); len(missing) > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "not run:\n  %s\n", strings.Join(missing, "\n  "))
	}
	return agreementOf(table)
}

// agreementOf sums a comparison up as an exit.
func agreementOf(t *agree.Table) error {
	switch t.Verdict() {
	case agree.Differs:
		return outcomeError(exitFails)
	case agree.Unknown:
		return outcomeError(exitUnknown)
	}
	return nil
}

func agreeRuns(judged []*run.Judged) []agree.Run {
	var runs []agree.Run
	for _, j := range judged {
		runs = append(runs, agree.Run{Header: j.Header, Result: j.Result})
	}
	return runs
}

func (f *agreeFlags) print(w io.Writer, t *agree.Table) error {
	if f.json {
		return encode(w, t)
	}
	return reports.Agreement(w, t)
}

// readExplanations reads --explained: a field for each variant.
func readExplanations(given []string) (map[string]string, error) {
	out := map[string]string{}
	for _, text := range given {
		variant, field, ok := strings.Cut(text, "=")
		if !ok || variant == "" || field == "" {
			return nil, fmt.Errorf("--explained %q: %w", text, accepted("SCENARIO/VARIANT=FIELD, such as connection-cut/broken=balancer.retry_on"))
		}
		out[variant] = field
	}
	return out, nil
}
