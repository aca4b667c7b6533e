// Package daemon connects to the Docker daemon.
package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/moby/moby/client"
	"github.com/moby/moby/client/pkg/versions"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"
)

// patience is how long a daemon may take to answer for the first time.
const patience = 10 * time.Second

// leastAPI is the oldest version of Docker's API that has all that we use:
// before, a container's programs needed a privilege for ports below 1024.
const leastAPI = "1.41"

// Connect returns a client of the Docker daemon, once the daemon has answered:
// the one of DOCKER_HOST if that is set, else the one that testcontainers finds
// (the Docker context, the usual sockets). An error says what to do about it.
//
// testcontainers alone passes over a DOCKER_HOST that does not answer, and takes
// another daemon: connect here first.
func Connect(ctx context.Context) (*client.Client, error) {
	configure()
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cli, err := open(waiting)
	if err != nil {
		return nil, cmp.Or(ctx.Err(), unreachable("", err))
	}
	if err := greet(waiting, cli); err != nil {
		_ = cli.Close()
		return nil, cmp.Or(ctx.Err(), err)
	}
	return cli, nil
}

// greet waits for the daemon's first answer and agrees on a version.
func greet(ctx context.Context, cli *client.Client) error {
	pong, err := cli.Ping(ctx, client.PingOptions{})
	if err != nil {
		return unreachable(" at "+cli.DaemonHost(), err)
	}
	if pong.APIVersion == "" || versions.LessThan(pong.APIVersion, leastAPI) {
		return fmt.Errorf("the Docker daemon at %s is too old: it speaks version %s of Docker's API, and logoutlab needs %s: "+
			"bring Docker 20.10 or later (apt-get install docker.io), or set DOCKER_HOST to another daemon",
			cli.DaemonHost(), cmp.Or(pong.APIVersion, "none"), leastAPI)
	}
	_, err = cli.Ping(ctx, client.PingOptions{NegotiateAPIVersion: true})
	return err
}

// silence is done once: testcontainers keeps its logger in a variable without a
// lock.
var silence = sync.OnceFunc(func() { log.SetDefault(log.NewNoopLogger()) })

// configure tells testcontainers what it cannot know: that ports are published
// on this machine's loopback, that what it starts is cleaned up here (package
// lab), and that it should keep its own messages to itself.
func configure() {
	silence()
	for name, value := range map[string]string{"TESTCONTAINERS_HOST_OVERRIDE": "127.0.0.1", "TESTCONTAINERS_RYUK_DISABLED": "true"} {
		if os.Getenv(name) == "" {
			_ = os.Setenv(name, value)
		}
	}
}

func open(ctx context.Context) (*client.Client, error) {
	if os.Getenv(client.EnvOverrideHost) != "" {
		return client.New(client.FromEnv)
	}
	found, err := testcontainers.NewDockerClientWithOpts(ctx)
	if err != nil {
		return nil, err
	}
	return found.Client, nil
}

// unreachable says that no daemon answers, why, and what to do about it.
func unreachable(where string, err error) error {
	err = reason(err)
	advice := "install it (apt-get install docker.io), start it (systemctl start docker), or set DOCKER_HOST"
	switch {
	case strings.Contains(err.Error(), "permission denied"):
		advice = "join its group (usermod -aG docker $USER, then log in again)"
	case os.Getenv(client.EnvOverrideHost) != "":
		advice = "start that daemon (systemctl start docker), or correct or unset DOCKER_HOST, which names it"
	}
	return fmt.Errorf("no Docker daemon answers%s (%w): %s", where, err, advice)
}

// reason is why, without the client's own advice.
func reason(err error) error {
	var dial *net.OpError
	switch {
	case errors.As(err, &dial):
		return dial
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("it is silent for %v", patience)
	case strings.HasPrefix(err.Error(), "Cannot connect"):
		return errors.New("it refuses the connection, or takes too long")
	}
	return err
}
