package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/moby/moby/client"
	"github.com/spf13/cobra"

	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/substrate/container/daemon"
	"github.com/logoutlab/logoutlab/harness/substrate/container/images"
)

// finding is what doctor says of one part.
type finding struct {
	Part    string `json:"part"`
	State   string `json:"state"`
	Detail  string `json:"detail,omitempty"`
	Command string `json:"command,omitempty"` // brings a missing part
}

// The states of a part.
const (
	found     = "found"
	local     = "local"    // an image that `make images` built
	official  = "official" // an image of a registry
	missing   = "missing"
	unchecked = "unknown" // an image, as no daemon answers
)

// imagePrefix starts the part's name of an image; allImages stands for them all.
const (
	imagePrefix = "image:"
	allImages   = "images"
)

// bringImages gets every image.
const bringImages = "make images"

// program is something that a run, a test or a report may start.
type program struct {
	part    string
	names   []string
	command string
}

var programs = []program{
	{"chromium", []string{"chromium", "chromium-browser", "google-chrome"}, "apt-get install chromium"},
	{"redis-server", []string{"redis-server"}, "apt-get install redis-server"},
	{"memcached", []string{"memcached"}, "apt-get install memcached"},
	{"go", []string{"go"}, "https://go.dev/dl"},
}

func newDoctor() *cobra.Command {
	var asJSON bool
	var required []string
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what this machine has, and how to get what it lacks",
		Long: `Doctor lists what this machine has: a Docker daemon, the images that containers
are made from, and the programs that some tests and runs use. Beside what is
missing stands the command that brings it.

Runs on loopback need none of it: doctor exits 0, unless --require names a part
that is missing (exit 4).`,
		Example: "  logoutlab doctor\n  logoutlab doctor --require docker,images",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkRequired(required); err != nil {
				return err
			}
			findings := examine(cmd.Context())
			var err error
			if asJSON {
				err = encode(cmd.OutOrStdout(), findings)
			} else {
				err = printFindings(cmd.OutOrStdout(), findings)
			}
			return errors.Join(err, lacking(findings, required))
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an array of findings on standard output")
	cmd.Flags().StringSliceVar(&required, "require", nil, "fail if one of these parts is missing ("+allImages+": every image)")
	return cmd
}

// parts lists the names that doctor knows, in the order of its table.
func parts() []string {
	list := []string{"docker"}
	for _, image := range images.Table() {
		list = append(list, imagePrefix+image.Part)
	}
	list = append(list, "node-program")
	for _, p := range programs {
		list = append(list, p.part)
	}
	return list
}

func checkRequired(required []string) error {
	known := append(parts(), allImages)
	for _, part := range required {
		if !slices.Contains(known, part) {
			return fmt.Errorf("--require %s: accepted are %s", part, strings.Join(known, ", "))
		}
	}
	return nil
}

func examine(ctx context.Context) []finding {
	cli, err := daemon.Connect(ctx)
	list := []finding{docker(ctx, cli, err)}
	for _, wanted := range images.Table() {
		f := finding{Part: imagePrefix + wanted.Part, State: unchecked, Command: bringImages + ", once docker is here"}
		if err == nil {
			f = imageOf(ctx, cli, wanted)
		}
		list = append(list, f)
	}
	list = append(list, nodeProgram())
	for _, p := range programs {
		list = append(list, p.find())
	}
	return list
}

// bringDocker is what brings a daemon: another one, if DOCKER_HOST names one
// that does not answer.
func bringDocker() string {
	if os.Getenv("DOCKER_HOST") != "" {
		return "correct or unset DOCKER_HOST, or start the daemon that it names"
	}
	return "apt-get install docker.io"
}

func docker(ctx context.Context, cli *client.Client, err error) finding {
	var server client.ServerVersionResult
	if err == nil {
		server, err = cli.ServerVersion(ctx, client.ServerVersionOptions{})
	}
	if err != nil {
		return finding{"docker", missing, err.Error(), bringDocker()}
	}
	return finding{Part: "docker", State: found, Detail: fmt.Sprintf("%s, engine %s, API %s", cli.DaemonHost(), server.Version, cli.ClientVersion())}
}

func imageOf(ctx context.Context, cli *client.Client, wanted images.Image) finding {
	part := imagePrefix + wanted.Part
	ref, err := images.Present(ctx, cli, wanted)
	switch {
	case err != nil:
		return finding{part, unchecked, err.Error(), bringImages}
	case ref == "" && wanted.Official == "":
		return finding{Part: part, State: missing, Command: bringImages}
	case ref == "":
		return finding{Part: part, State: missing, Command: bringImages + " (or: docker pull " + wanted.Official + ")"}
	case ref == wanted.Official:
		return finding{Part: part, State: official, Detail: ref}
	}
	return finding{Part: part, State: local, Detail: ref}
}

// nodeProgram says what the image of our own nodes is made from.
func nodeProgram() finding {
	const part, command = "node-program", "make build (a static logoutlab)"
	path, err := images.Prebuilt(runtime.GOARCH)
	if err != nil {
		return finding{part, missing, err.Error(), command}
	}
	if path != "" {
		return finding{Part: part, State: found, Detail: path}
	}
	if path, err = exec.LookPath("go"); err != nil {
		return finding{part, missing, "this logoutlab is not static, and there is no Go to build one", command}
	}
	return finding{Part: part, State: found, Detail: "built when needed, by " + path}
}

func (p program) find() finding {
	for _, name := range p.names {
		if path, err := exec.LookPath(name); err == nil {
			return finding{Part: p.part, State: found, Detail: path}
		}
	}
	return finding{Part: p.part, State: missing, Command: p.command}
}

// printFindings writes a table, and below it the reasons that are too long for it.
func printFindings(out io.Writer, findings []finding) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PART\tSTATE\tWHERE, OR HOW TO GET IT")
	for _, f := range findings {
		fmt.Fprintf(w, "%s\t%s\t%s\n", f.Part, f.State, cmp.Or(f.Command, f.Detail))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, f := range findings {
		if f.Command != "" && f.Detail != "" {
			fmt.Fprintf(out, "\n%s: %s\n", f.Part, f.Detail)
		}
	}
	return nil
}

// lacking reports required parts that are not here.
func lacking(findings []finding, required []string) error {
	var names []string
	for _, f := range findings {
		wanted := slices.Contains(required, f.Part) || slices.Contains(required, allImages) && strings.HasPrefix(f.Part, imagePrefix)
		if wanted && (f.State == missing || f.State == unchecked) {
			names = append(names, f.Part)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return &run.InfrastructureError{Err: fmt.Errorf("missing: %s", strings.Join(names, ", "))}
}
