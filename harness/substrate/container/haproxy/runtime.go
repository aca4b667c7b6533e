package haproxy

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
)

// Runtime speaks HAProxy's runtime API over TCP
// (https://docs.haproxy.org/2.6/management.html#9.3), one connection a
// command. A server is meant wherever it stands: in every backend that has one
// of that name, as a user's own configuration may have several.
type Runtime struct {
	Addr    string                                      // host:port
	Dial    func(ctx context.Context) (net.Conn, error) // instead of connecting to Addr; may be nil
	Timeout time.Duration                               // for one command; 0: 2 s
	Signal  func(ctx context.Context) error             // [proxies.About.Reload], for Reload

	mu  sync.Mutex
	set map[string]State // what Drain and Restore have set
}

var (
	_ proxies.Controller = (*Runtime)(nil)
	_ proxies.Cutter     = (*Runtime)(nil)
)

// State is a server's administrative state.
type State string

// The states that a server can be set to.
const (
	Ready State = "ready"
	Drain State = "drain" // gets nobody new, but still the users whose cookie names it
	Maint State = "maint" // gets nobody; what is under way may finish
)

// ServerState is what HAProxy says about a server.
type ServerState struct {
	Backend  string
	Server   string
	Status   string // "UP", "DOWN", "MAINT", "DRAIN", "UP 1/2", "no check", ...
	Sessions int    // under way
}

// Drain takes a server out as AWS ALB would: its sticky users go elsewhere
// too, so that it is HAProxy's state maint.
func (r *Runtime) Drain(ctx context.Context, server string) error {
	return r.keep(ctx, server, Maint)
}

// Restore puts a server back to work, at once.
func (r *Runtime) Restore(ctx context.Context, server string) error {
	return r.keep(ctx, server, Ready)
}

// keep sets a state that a reload does not change.
func (r *Runtime) keep(ctx context.Context, server string, s State) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.set == nil {
		r.set = map[string]State{}
	}
	r.set[server] = s
	return r.Set(ctx, server, s)
}

// Reload sends the signal and waits for the new process, which knows only what
// its configuration says: states that were set are set again. For some
// milliseconds a drained server is in use, as after every reload of a balancer
// that was drained at run time.
func (r *Runtime) Reload(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := proxies.Reload(ctx, r.Signal, r.worker); err != nil {
		return err
	}
	var errs []error
	for server, s := range r.set {
		errs = append(errs, r.Set(ctx, server, s))
	}
	return errors.Join(errs...)
}

// worker is the process that answers, and so takes requests.
func (r *Runtime) worker(ctx context.Context) ([]int, error) {
	answer, err := r.ask(ctx, "show info")
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(answer) {
		if pid, ok := strings.CutPrefix(line, "Pid: "); ok {
			n, err := strconv.Atoi(strings.TrimSpace(pid))
			return []int{n}, err
		}
	}
	return nil, fmt.Errorf("haproxy: not an answer to show info: %.80q", answer)
}

// Set sets a server's administrative state.
func (r *Runtime) Set(ctx context.Context, server string, s State) error {
	return r.each(ctx, server, func(at ServerState) error {
		return r.order(ctx, "set server "+at.Backend+"/"+at.Server+" state "+string(s))
	})
}

// Cut ends all sessions of a server, and returns how many there were.
func (r *Runtime) Cut(ctx context.Context, server string) (int, error) {
	cut := 0
	err := r.each(ctx, server, func(at ServerState) error {
		cut += at.Sessions
		return r.order(ctx, "shutdown sessions server "+at.Backend+"/"+at.Server)
	})
	return cut, err
}

func (r *Runtime) each(ctx context.Context, server string, do func(ServerState) error) error {
	all, err := r.States(ctx)
	if err != nil {
		return err
	}
	found := false
	for _, s := range all {
		if s.Server == server {
			found = true
			err = errors.Join(err, do(s))
		}
	}
	if !found {
		return fmt.Errorf("haproxy: no server %q in its configuration: name the servers app-1, app-2, ... there", server)
	}
	return err
}

// States lists the servers of all backends.
func (r *Runtime) States(ctx context.Context) ([]ServerState, error) {
	const allProxies, servers, allOfThem = "-1", "4", "-1"
	answer, err := r.ask(ctx, "show stat "+allProxies+" "+servers+" "+allOfThem)
	if err != nil {
		return nil, err
	}
	return parseStats(answer)
}

// parseStats reads the answer to "show stat", CSV with a header line.
func parseStats(answer string) ([]ServerState, error) {
	header, rows, _ := strings.Cut(answer, "\n")
	column := map[string]int{}
	for i, name := range strings.Split(strings.TrimPrefix(header, "# "), ",") {
		column[name] = i
	}
	for _, want := range []string{"pxname", "svname", "scur", "status"} {
		if _, ok := column[want]; !ok {
			return nil, fmt.Errorf("haproxy: not an answer to show stat: %.80q", answer)
		}
	}
	in := csv.NewReader(strings.NewReader(rows))
	in.FieldsPerRecord = -1
	records, err := in.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("haproxy: show stat: %w", err)
	}
	var out []ServerState
	for _, f := range records {
		if len(f) <= column["status"] {
			return nil, fmt.Errorf("haproxy: show stat: a line of %d fields", len(f))
		}
		sessions, err := strconv.Atoi(f[column["scur"]])
		if err != nil {
			return nil, fmt.Errorf("haproxy: show stat: scur: %w", err)
		}
		out = append(out, ServerState{Backend: f[column["pxname"]], Server: f[column["svname"]], Status: f[column["status"]], Sessions: sessions})
	}
	return out, nil
}

// order sends a command that answers nothing unless it fails.
func (r *Runtime) order(ctx context.Context, command string) error {
	answer, err := r.ask(ctx, command)
	if err == nil && answer != "" {
		err = fmt.Errorf("haproxy: %s: %s", command, answer)
	}
	return err
}

// maxAnswer is more than the answer about 64 servers takes.
const maxAnswer = 1 << 20

func (r *Runtime) dial(ctx context.Context) (net.Conn, error) {
	if r.Dial != nil {
		return r.Dial(ctx)
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", r.Addr)
}

func (r *Runtime) ask(ctx context.Context, command string) (string, error) {
	timeout := r.Timeout
	if timeout == 0 {
		timeout = 2 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	c, err := r.dial(ctx)
	if err != nil {
		return "", fmt.Errorf("haproxy: its runtime API: %w", err)
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Now()) })
	defer stop()
	if _, err := io.WriteString(c, command+"\n"); err != nil {
		return "", fmt.Errorf("haproxy: %s: %w", command, err)
	}
	answer, err := io.ReadAll(io.LimitReader(c, maxAnswer))
	if err != nil {
		return "", fmt.Errorf("haproxy: %s: %w", command, err)
	}
	return strings.TrimSpace(string(answer)), nil
}
