package lab

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	tcnetwork "github.com/testcontainers/testcontainers-go/network"
	"github.com/testcontainers/testcontainers-go/wait"
)

// Spec is a container to start.
type Spec struct {
	Name    string // within the lab, no two the same; also its host name there
	Image   string
	Cmd     []string
	User    string // empty: the image's, which should not be root
	Env     map[string]string
	Addr    netip.Addr
	Publish []int // TCP ports to publish on 127.0.0.1
	Files   []File
	Tmpfs   map[string]string
	Writes  bool              // to its own file system, as whoever keeps data over restarts must
	Ready   wait.Strategy     // nil: as soon as it runs
	Output  func(line []byte) // called with each line of standard output, in order; may be nil
}

// File is a file to put into a container before it starts.
type File struct{ Path, Text string }

const (
	// creation is how long the daemon may take to make a container or network.
	creation = 30 * time.Second
	// portTries is how often other ports are tried when somebody took one
	// between its choice and its use.
	portTries = 5
)

// What a container may take of the machine: far more than any part needs, and
// too little to bring it down.
const (
	memoryLimit  = 1 << 30 // bytes
	processLimit = 1024
)

// confine takes away what no part needs: capabilities (ports below 1024 are for
// everybody in a container, since Docker 20.10), and writing to the file system,
// except where Docker itself has to put files into it.
func (s Spec) confine(h *container.HostConfig) {
	h.SecurityOpt = []string{"no-new-privileges"}
	h.CapDrop = []string{"ALL"}
	h.ReadonlyRootfs = len(s.Files) == 0 && !s.Writes
	processes := int64(processLimit)
	h.Resources.Memory, h.Resources.PidsLimit = memoryLimit, &processes
}

// Start starts a container and waits until it is ready. The error of one that
// ended instead is an *[EndedError].
func (l *Lab) Start(ctx context.Context, s Spec) (*Box, error) {
	for try := 1; ; try++ {
		b, err := l.start(ctx, s)
		if err == nil || !portTaken(err) || try == portTries {
			return b, err
		}
	}
}

func (l *Lab) start(ctx context.Context, s Spec) (*Box, error) {
	ports, err := l.choose(s.Publish)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	c, err := l.create(ctx, s, ports)
	if err != nil {
		return nil, fmt.Errorf("create the container of %s from image %s: %w", s.Name, s.Image, err)
	}
	if err := c.Start(ctx); err != nil {
		if portTaken(err) {
			_, _ = l.docker.ContainerRemove(ctx, c.GetContainerID(), client.ContainerRemoveOptions{Force: true}) // if this fails, Close does it
		}
		return nil, l.notReady(ctx, s, c.GetContainerID(), err)
	}
	b := &Box{Name: s.Name, Container: l.containerName(s), Image: s.Image, Addr: s.Addr, lab: l, c: c, ports: ports}
	b.follower = follow(l.docker, c.GetContainerID(), s.Output)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.boxes = append(l.boxes, b)
	return b, nil
}

// create is not interrupted: the daemon would go on, and the container could
// appear after all others have been removed.
func (l *Lab) create(ctx context.Context, s Spec, ports map[int]int) (*testcontainers.DockerContainer, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), creation)
	defer cancel()
	return testcontainers.Run(ctx, s.Image, append(l.options(s, ports), testcontainers.WithNoStart())...)
}

// containerName is what `docker ps` shows.
func (l *Lab) containerName(s Spec) string { return "logoutlab-" + l.Session + "-" + s.Name }

func (l *Lab) options(s Spec, ports map[int]int) []testcontainers.ContainerCustomizer {
	exposed := make([]string, 0, len(ports))
	bindings := network.PortMap{}
	for inside, outside := range ports {
		name := strconv.Itoa(inside) + "/tcp"
		exposed = append(exposed, name)
		bindings[network.MustParsePort(name)] = []network.PortBinding{{
			HostIP: netip.AddrFrom4([4]byte{127, 0, 0, 1}), HostPort: strconv.Itoa(outside),
		}}
	}
	options := []testcontainers.ContainerCustomizer{
		testcontainers.WithName(l.containerName(s)),
		testcontainers.WithLabels(l.labels()),
		testcontainers.WithEnv(s.Env),
		testcontainers.WithExposedPorts(exposed...),
		tcnetwork.WithNetwork([]string{s.Name}, l.net),
		testcontainers.WithEndpointSettingsModifier(func(m map[string]*network.EndpointSettings) {
			m[l.net.Name].IPAMConfig = &network.EndpointIPAMConfig{IPv4Address: s.Addr}
		}),
		testcontainers.WithHostConfigModifier(func(h *container.HostConfig) {
			h.PortBindings = bindings
			s.confine(h)
		}),
		testcontainers.WithConfigModifier(func(c *container.Config) { c.User = s.User }),
		testcontainers.WithTmpfs(s.Tmpfs),
	}
	if len(s.Cmd) > 0 {
		options = append(options, testcontainers.WithCmd(s.Cmd...))
	}
	if s.Ready != nil {
		options = append(options, testcontainers.WithWaitStrategy(s.Ready))
	}
	for _, f := range s.Files {
		options = append(options, testcontainers.WithFiles(testcontainers.ContainerFile{
			Reader: strings.NewReader(f.Text), ContainerFilePath: f.Path, FileMode: 0o644,
		}))
	}
	return options
}
