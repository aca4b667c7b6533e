package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/reports/archive"
)

func newServe() *cobra.Command {
	var port int
	cmd := &cobra.Command{
		Use:   "serve [DIR]",
		Short: "Show kept runs and comparisons in a browser, with trends",
		Long: `Serve lists the runs and the comparisons of architectures below a directory
(` + outDefault + ` if none is named), newest first, with links to their reports, and
draws each variant's spurious logouts from run to run. It only reads, listens on
127.0.0.1 alone, and ends with Ctrl-C.`,
		Example: "  logoutlab serve\n  logoutlab serve results --port 8080",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := append(args, outDefault)[0]
			root, err := os.OpenRoot(dir)
			if err != nil {
				return fmt.Errorf("%w: name a directory with results", err)
			}
			defer root.Close() //nolint:errcheck // only read from
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return serve(ctx, cmd.OutOrStdout(), root, dir, port)
		},
	}
	cmd.Flags().Var(&value[int]{&port, "0", "N", readPort}, "port", "port to listen on; 0: any that is free")
	complete(cmd, "port")
	return cmd
}

func readPort(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 65535 {
		return 0, accepted("whole numbers from 0 to 65535")
	}
	return n, nil
}

// serve answers until ctx ends.
func serve(ctx context.Context, out io.Writer, root *os.Root, dir string, port int) error {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return &run.InfrastructureError{Err: err}
	}
	server := &http.Server{
		Handler: archive.Handler(root, dir, listener.Addr()), ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: log.New(io.Discard, "", 0),
	}
	context.AfterFunc(ctx, func() { _ = server.Close() }) // nobody waits for a page that is only read
	fmt.Fprintf(out, "http://%s/ shows the runs in %s, until Ctrl-C\n", listener.Addr(), dir)
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return &run.InfrastructureError{Err: err}
	}
	return nil
}
