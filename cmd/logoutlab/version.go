package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/logoutlab/logoutlab/harness"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, the commit and the Go release",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "logoutlab %s %s %s/%s\n", harness.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
