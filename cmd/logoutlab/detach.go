package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/logoutlab/logoutlab/harness/live"
	"github.com/logoutlab/logoutlab/harness/run"
)

// detach runs the command once more, in the background, and returns when its
// session is up, or with what kept it from coming up.
func detach(ctx context.Context, cmd *cobra.Command, session string) error {
	child, said, err := background(cmd, session)
	if err != nil {
		return &run.InfrastructureError{Err: fmt.Errorf("go to the background: %w", err)}
	}
	defer said.Close()
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	interrupted := ctx.Done()
	for {
		select {
		case err := <-ended:
			return reported(cmd.ErrOrStderr(), said, err)
		case <-interrupted:
			_ = child.Process.Signal(syscall.SIGTERM) // it may have ended
			interrupted = nil
		case <-time.After(20 * time.Millisecond):
			if about, err := live.About(ctx, session); err == nil && about != "" {
				fmt.Fprintf(cmd.OutOrStdout(), "%sIn the background, as process %d.\n", about, child.Process.Pid)
				return nil
			}
		}
	}
}

// background starts the same command without --detach, in a session of the
// kernel's of its own: no terminal can end it. What it says goes to a file
// without a name, which nothing is left of.
func background(cmd *cobra.Command, session string) (*exec.Cmd, *os.File, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	said, err := os.CreateTemp("", "logoutlab-up-")
	if err != nil {
		return nil, nil, err
	}
	if err := os.Remove(said.Name()); err != nil {
		return nil, nil, errors.Join(err, said.Close())
	}
	args := slices.Concat([]string{cmd.Name()}, cmd.Flags().Args(), []string{"--session", session})
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Name != "detach" && f.Name != "session" {
			args = append(args, "--"+f.Name+"="+f.Value.String())
		}
	})
	child := exec.Command(program, args...)
	child.Args[0] = os.Args[0]
	child.Stdout, child.Stderr = said, said
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := child.Start(); err != nil {
		return nil, nil, errors.Join(err, said.Close())
	}
	return child, said, nil
}

// reported passes on what a background process said that has ended, and how.
func reported(w io.Writer, said *os.File, err error) error {
	if _, err := said.Seek(0, io.SeekStart); err != nil {
		return &run.InfrastructureError{Err: err}
	}
	if _, err := io.Copy(w, said); err != nil {
		return &run.InfrastructureError{Err: err}
	}
	var exit *exec.ExitError
	switch {
	case err == nil:
		return outcomeError(exitUnknown) // taken down before it was up
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		return outcomeError(exit.ExitCode())
	}
	return &run.InfrastructureError{Err: fmt.Errorf("the process in the background: %w", err)}
}
