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
		Short: "Print the version, with the commit if it is no release, and the Go release",
		Long: `Version prints the version, the Go release and the platform. The version is that of
the released module, such as 1.2.3; of a build from a commit the last release and
the commit, with +dirty if files had changed; else it ends with +unknown-build.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "logoutlab %s %s %s/%s\n", harness.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
