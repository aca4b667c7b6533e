package main

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/substrate/container/node"
)

// newNode is the program of an app node's container.
func newNode() *cobra.Command {
	return &cobra.Command{
		Use:    "node",
		Short:  "Run an app node, in a container of --substrate container",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGTERM, os.Interrupt)
			defer stop()
			if err := node.Main(ctx, os.Getenv, cmd.OutOrStdout(), cmd.ErrOrStderr()); err != nil {
				return &run.InfrastructureError{Err: err}
			}
			return nil
		},
	}
}
