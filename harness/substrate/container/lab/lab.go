package lab

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	tcnetwork "github.com/testcontainers/testcontainers-go/network"
)

// The labels that everything of ours carries.
const (
	labelOurs    = "io.logoutlab"         // "1"
	labelSession = "io.logoutlab.session" // which lab
	labelOwner   = "io.logoutlab.owner"   // the process that started it, see [owner]
)

// Lab is a private network and the containers on it. Its methods are safe to
// call at the same time.
type Lab struct {
	Session string

	docker *client.Client
	net    *testcontainers.DockerNetwork
	subnet netip.Prefix
	watch  *watcher

	choose func(inside []int) (map[int]int, error) // free ports: freePorts, but for tests

	mu       sync.Mutex
	boxes    []*Box
	promised map[int]bool // ports
}

// Open starts the watcher and makes the network, with a client of the daemon
// that stays the caller's. On error nothing is left.
func Open(ctx context.Context, docker *client.Client) (*Lab, error) {
	l := &Lab{Session: strings.ToLower(rand.Text()[:12]), docker: docker, promised: map[int]bool{}}
	l.choose = l.freePorts
	var err error
	if l.watch, err = startWatcher(l.Session); err != nil {
		return nil, err
	}
	if err := l.connect(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("make a Docker network: %w", err), l.Close())
	}
	return l, nil
}

// connect makes the network, on the first subnet that nothing here uses yet. As
// with a container, it is not interrupted.
func (l *Lab) connect(ctx context.Context) error {
	err := ctx.Err()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), creation)
	defer cancel()
	for range 20 {
		l.subnet = someSubnet()
		l.net, err = tcnetwork.New(ctx, tcnetwork.WithLabels(l.labels()),
			tcnetwork.WithIPAM(&network.IPAM{Driver: "default", Config: []network.IPAMConfig{{Subnet: l.subnet}}}))
		if err == nil || !strings.Contains(err.Error(), "overlaps") {
			return err
		}
	}
	return err
}

// someSubnet is one of 4,096 private subnets (RFC 1918) of 256 addresses.
func someSubnet() netip.Prefix {
	var b [2]byte
	_, _ = rand.Read(b[:])
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 208 + b[0]&15, b[1], 0}), 24)
}

// Addr is the n-th address of the network, 2 to 250. It stays a container's
// own over restarts.
func (l *Lab) Addr(n int) netip.Addr {
	a := l.subnet.Addr().As4()
	a[3] = byte(n)
	return netip.AddrFrom4(a)
}

func (l *Lab) labels() map[string]string {
	return map[string]string{labelOurs: "1", labelSession: l.Session, labelOwner: owner(os.Getpid())}
}

// Boxes lists the containers that were started, by their addresses.
func (l *Lab) Boxes() []*Box {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.SortedFunc(slices.Values(l.boxes), func(a, b *Box) int { return a.Addr.Compare(b.Addr) })
}

// Close removes every container and the network, and lets the watcher go, which
// tries once more where this failed. It may be called again.
func (l *Lab) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), removal)
	defer cancel()
	l.mu.Lock()
	for _, b := range l.boxes {
		b.follower.stop()
	}
	l.boxes = nil
	l.mu.Unlock()
	_, err := sweep(ctx, l.docker, l.Session, 0)
	return errors.Join(err, l.watch.release(err == nil))
}
