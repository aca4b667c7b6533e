package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/logoutlab/logoutlab/harness"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/run"
)

func newReplay() *cobra.Command {
	return &cobra.Command{
		Use:   "replay RUNDIR|HISTORY...",
		Short: "Repeat runs of the simulator, and say whether they come out the same",
		Long: `Replay runs what saved histories of --substrate sim came from once more, and
compares the new history with the old one by the checksum of all its lines. Of a
run with --history affected it compares every count of the whole run. It writes
nothing.

Exit codes: 0 the same to the last byte, or count; 1 another history; 2 nothing can be
said, as the history is unfinished, or this is another version of logoutlab or
of the scenario; 3 the history cannot be read, or is not of the simulator.`,
		Example: "  logoutlab replay logoutlab-out/20260102-150405",
		Args:    needHistories,
		RunE: func(cmd *cobra.Command, args []string) error {
			var all []saved
			var errs []error
			for _, a := range args {
				paths, err := histories(a)
				errs = append(errs, err)
				for _, p := range paths {
					s, err := readSaved(p)
					all, errs = append(all, s), append(errs, err)
				}
			}
			if err := errors.Join(errs...); err != nil {
				return err
			}
			return replayAll(cmd, all)
		},
	}
}

// saved is a history as far as it is compared.
type saved struct {
	path   string
	header history.Header
	end    history.Event // without a type: it has none
	whole  *run.Whole    // what the run came to, if the history is not of all users
}

func readSaved(path string) (saved, error) {
	if filepath.Base(path) == run.WholeFile {
		w, err := run.LoadWhole(path)
		if err != nil {
			return saved{}, err
		}
		return saved{path: path, header: w.Header, whole: w, end: history.Event{Type: history.End, Load: w.Judgement.Load}}, nil
	}
	r, err := history.Open(path)
	if err != nil {
		return saved{}, err
	}
	s := saved{path: path, header: r.Header()}
	for e, err := range r.Events() {
		if err != nil {
			return saved{}, err
		}
		if e.Type == history.End {
			s.end = e
		}
	}
	if s.header.Substrate != "sim" {
		return saved{}, fmt.Errorf("%s was made on %s, where no two runs are the same to the byte: replay repeats runs of --substrate sim", path, s.header.Substrate)
	}
	return s, nil
}

func replayAll(cmd *cobra.Command, all []saved) error {
	worst := exitHolds
	headers := make([]history.Header, len(all))
	for i, s := range all {
		headers[i] = s.header
	}
	names := namesOf(headers)
	for i, s := range all {
		said, code, err := s.replay(cmd.Context())
		if err != nil {
			return fmt.Errorf("%s: %w", s.path, err)
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", names[i], said)
		if worst != exitFails && code != exitHolds {
			worst = code
		}
	}
	if worst != exitHolds {
		return outcomeError(worst)
	}
	return nil
}

// replay runs the plan again and says how it compares.
func (s saved) replay(ctx context.Context) (said string, code int, err error) {
	switch {
	case s.end.Type == "" || s.end.Load == nil || s.end.Load.Interrupted:
		return "unfinished: there is no end to compare", exitUnknown, nil
	case s.header.Version != harness.Version():
		return fmt.Sprintf("made by logoutlab %s, and this is %s: nothing is compared", s.header.Version, harness.Version()), exitUnknown, nil
	}
	work, err := plansOf(s.header.Repeat)
	if err != nil {
		return "", 0, fmt.Errorf("its plan cannot be made again: %w", err)
	}
	p := work.plans[0]
	if p.Digest() != s.header.PlanHash {
		return "the scenario is not what it was: nothing is compared", exitUnknown, nil
	}
	dir, err := os.MkdirTemp("", "logoutlab-replay-")
	if err != nil {
		return "", 0, &run.InfrastructureError{Err: err}
	}
	defer os.RemoveAll(dir) //nolint:errcheck // it is in the system's temporary directory
	if s.whole != nil {
		return s.recount(ctx, run.Options{Plan: p, Substrate: work.substrate, Version: s.header.Version, History: work.history})
	}
	if _, err := run.Run(ctx, run.Options{Plan: p, Substrate: work.substrate, Dir: dir, Version: s.header.Version, History: work.history}); err != nil {
		return "", 0, err
	}
	again, err := readSaved(filepath.Join(dir, run.HistoryFile))
	if err != nil {
		return "", 0, err
	}
	if again.end.Load == nil || again.end.Load.Interrupted {
		return "interrupted", exitUnknown, nil
	}
	if again.end.Sum != s.end.Sum || again.end.Events != s.end.Events {
		return fmt.Sprintf("another history: %d events with the checksum %08x, where there were %d with %08x: please report this",
			again.end.Events, again.end.Sum, s.end.Events, s.end.Sum), exitFails, nil
	}
	return fmt.Sprintf("the same to the last byte: %d events, checksum %08x", s.end.Events, s.end.Sum), exitHolds, nil
}

// recount plays a run again whose history is not of all users, and says how its
// counts compare.
func (s saved) recount(ctx context.Context, o run.Options) (said string, code int, err error) {
	then, err := s.whole.Digest()
	if err != nil {
		return "", 0, err
	}
	again, err := run.Recount(ctx, o)
	switch {
	case ctx.Err() != nil:
		return "interrupted", exitUnknown, nil
	case err != nil:
		return "", 0, err
	}
	now, err := again.Digest()
	if err != nil {
		return "", 0, err
	}
	actions := s.whole.Judgement.Actions
	if now != then {
		return fmt.Sprintf("other counts: %d actions with the digest %.8s, where there were %d with %.8s: please report this",
			again.Judgement.Actions, now, actions, then), exitFails, nil
	}
	return fmt.Sprintf("the same in every count: %d actions, digest %.8s (%s)", actions, then, s.header.Engine), exitHolds, nil
}

// plansOf makes the plans of a command that a header gives.
func plansOf(command string) (planned, error) {
	words, err := run.Words(command)
	if err != nil || len(words) < 2 {
		return planned{}, fmt.Errorf("its header gives no command: %q", command)
	}
	var flags planFlags
	cmd := &cobra.Command{}
	flags.add(cmd)
	if err := cmd.ParseFlags(words[2:]); err != nil {
		return planned{}, err
	}
	return flags.plans(cmd.Flags().Args())
}
