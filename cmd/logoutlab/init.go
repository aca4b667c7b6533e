package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/scenarios/starter"
)

func newInit() *cobra.Command {
	answers := map[string]string{}
	cmd := &cobra.Command{
		Use:   "init [FILE]",
		Short: "Write a commented first scenario",
		Long: `Init writes a scenario of your architecture to a new file, scenario.yaml if none is
named, with a comment on every setting. What the flags do not say it asks, if
standard input is a terminal, as far as earlier answers leave a choice; otherwise
it takes what goes with them, by default, and says so. The
file has two variants, one in which nothing goes wrong and one with the fault, and
expects of both that nobody is logged out.`,
		Example: "  logoutlab init\n  logoutlab init shop.yaml --session jwt --fault clock-skew",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := cmp.Or(strings.Join(args, ""), "scenario.yaml")
			if _, err := os.Lstat(file); err == nil {
				return fmt.Errorf("%s exists already: name another file", file) // before anything is asked
			}
			in := cmd.InOrStdin()
			keys, ok := in.(*os.File)
			ask := asker{in: bufio.NewReader(in), out: cmd.ErrOrStderr(), terminal: ok && term.IsTerminal(int(keys.Fd()))}
			if err := ask.rest(answers); err != nil {
				return err
			}
			return writeFirst(cmd.OutOrStdout(), file, answers)
		},
	}
	all, err := starter.Choices()
	if err != nil { // a mistake in the catalogue, which its tests find
		cmd.RunE = func(*cobra.Command, []string) error { return err }
	}
	for _, c := range all {
		help := c.Asks + " " + strings.Join(c.Accepted, ", ")
		cmd.Flags().Var(&answerFlag{c, answers}, c.Name, strings.TrimSpace(help))
		complete(cmd, c.Name, c.Accepted...)
	}
	return cmd
}

// answerFlag is a flag that answers a question.
type answerFlag struct {
	starter.Choice
	answers map[string]string
}

var _ pflag.Value = (*answerFlag)(nil)

// String is what was given, or the default.
func (a *answerFlag) String() string { return cmp.Or(a.answers[a.Name], a.Default) }

// Type is what --help calls the value.
func (a *answerFlag) Type() string {
	if len(a.Accepted) == 0 {
		return "N"
	}
	return "WHICH"
}

// Set takes an answer, if it is accepted.
func (a *answerFlag) Set(text string) error {
	err := a.Check(text)
	if err == nil {
		a.answers[a.Name] = text
	}
	return err
}

// asker gets the answers that no flag gave.
type asker struct {
	in       *bufio.Reader
	out      io.Writer
	terminal bool
}

// rest fills in what is missing: by asking at a terminal, elsewhere by default.
// What the answers so far leave no choice of is not asked.
func (a asker) rest(answers map[string]string) error {
	all, err := starter.Choices()
	if err != nil {
		return err
	}
	var taken []string
	for _, c := range all {
		if _, given := answers[c.Name]; given {
			continue
		}
		open, err := c.Beside(answers)
		switch {
		case err != nil:
			return err
		case a.terminal && open.Settled && open.Default != c.Default:
			fmt.Fprintf(a.out, "%s %s: nothing else goes with the other answers\n", c.Asks, open.Default)
		case !a.terminal:
			taken = append(taken, "--"+c.Name, open.Default)
		}
		answer := open.Default
		if a.terminal && !open.Settled {
			if answer, err = a.one(open, answers); err != nil {
				return err
			}
		}
		answers[c.Name] = answer
	}
	if len(taken) > 0 {
		fmt.Fprintln(a.out, "not asked, as standard input is no terminal: "+run.Shell(taken...))
	}
	return nil
}

// one asks until the answer is accepted beside the others; an empty one is the
// default.
func (a asker) one(c starter.Choice, others map[string]string) (string, error) {
	for {
		choices := ""
		if len(c.Accepted) > 0 {
			choices = " (" + strings.Join(c.Accepted, ", ") + ")"
		}
		fmt.Fprintf(a.out, "%s%s [%s] ", c.Asks, choices, c.Default)
		line, err := a.in.ReadString('\n')
		if err != nil {
			return "", errors.Join(errors.New("no answer, and nothing was written"), noEnd(err))
		}
		text := cmp.Or(strings.TrimSpace(line), c.Default)
		problem := c.Takes(text, others)
		if problem == nil {
			return text, nil
		}
		fmt.Fprintln(a.out, problem)
	}
}

// noEnd leaves out that the input has ended, which says nothing more.
func noEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// writeFirst writes the file, and says how to go on.
func writeFirst(w io.Writer, file string, answers map[string]string) error {
	all, err := starter.Choices()
	if err != nil {
		return err
	}
	words := []string{"logoutlab", "init", file}
	for _, c := range all {
		words = append(words, "--"+c.Name, answers[c.Name])
	}
	text, err := starter.Write(file, answers,
		"yaml-language-server: $schema="+published+schemas()[0].file,
		"Made by: "+strings.ReplaceAll(run.Shell(words...), "\n", " "))
	if err != nil {
		return err
	}
	if err := writeNew(file, "another file", func(f *os.File) error { _, err := f.Write(text); return err }); err != nil {
		return err
	}
	name := run.Shell(file)
	next := []string{"check " + name, "run " + name + " --substrate sim", "run " + name}
	if strings.HasPrefix(answers["fault"], "partition-") { // which loopback, the default, cannot do
		next = []string{"check " + name + " --substrate sim", "run " + name + " --substrate sim"}
	}
	_, err = fmt.Fprintf(w, "%s is written. Now:\n  logoutlab %s\n", file, strings.Join(next, "\n  logoutlab "))
	return err
}
