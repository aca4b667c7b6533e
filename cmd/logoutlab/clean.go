package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/moby/moby/client"
	"github.com/spf13/cobra"

	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/substrate/container/daemon"
	"github.com/logoutlab/logoutlab/harness/substrate/container/images"
	"github.com/logoutlab/logoutlab/harness/substrate/container/lab"
)

// recent is how long an image of app nodes is kept although no container uses
// it and this program would not: a run that begins just now may.
const recent = time.Hour

func newClean() *cobra.Command {
	var everywhere bool
	cmd := &cobra.Command{
		Use:   "clean",
		Short: "Remove the containers that killed runs left behind",
		Long: `Clean removes containers and networks of runs that have ended without removing
them, and images of app nodes that no container uses, but for this program's
own and those of the last hour.

A run removes what it started whichever way it ends, and if it is killed, its
watcher does; clean is for what remains when the watcher was killed too, or the
machine lost power. It touches no run that goes on, and nothing that is not
logoutlab's. Whether a run goes on can only be seen on its own machine, and not
from inside another container: --everywhere takes such runs for ended.`,
		Example: "  logoutlab clean",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := clean(cmd.Context(), cmd.OutOrStdout(), everywhere); err != nil {
				return &run.InfrastructureError{Err: err}
			}
			return nil
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	cmd.Flags().BoolVar(&everywhere, "everywhere", false, "also remove runs of other machines that share this Docker daemon, ended or not")
	return cmd
}

// clean removes what it can, and then says what it did.
func clean(ctx context.Context, w io.Writer, everywhere bool) error {
	docker, err := daemon.Connect(ctx)
	if err != nil {
		return err
	}
	defer docker.Close()
	done, err := lab.Clean(ctx, docker, everywhere)
	old, err1 := pruneNodes(ctx, docker)
	fmt.Fprintln(w, "removed: "+counted(done.Removed, len(old)))
	if done.Living != (lab.Count{}) {
		fmt.Fprintln(w, "left alone: "+counted(done.Living, 0)+" of runs that go on")
	}
	if done.Elsewhere != (lab.Count{}) {
		fmt.Fprintln(w, "left alone: "+counted(done.Elsewhere, 0)+" of runs elsewhere, which may go on: clean them on the machine that they were started on, or here with --everywhere")
	}
	return errors.Join(err, err1)
}

func pruneNodes(ctx context.Context, docker *client.Client) ([]string, error) {
	current, err := images.CurrentNode(ctx, docker)
	if err != nil {
		return nil, err
	}
	return images.PruneNodes(ctx, docker, time.Now().Add(-recent), current)
}

// counted says how many there are of what there is any of.
func counted(n lab.Count, nodeImages int) string {
	var some []string
	for _, c := range []struct {
		n         int
		one, many string
	}{{n.Containers, "container", "containers"}, {n.Networks, "network", "networks"}, {nodeImages, "image of app nodes", "images of app nodes"}} {
		switch c.n {
		case 0:
		case 1:
			some = append(some, "1 "+c.one)
		default:
			some = append(some, fmt.Sprintf("%d %s", c.n, c.many))
		}
	}
	if len(some) == 0 {
		return "nothing"
	}
	return strings.Join(some, ", ")
}
