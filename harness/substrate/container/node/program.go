package node

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/logoutlab/logoutlab/fakes/app"
	"github.com/logoutlab/logoutlab/fakes/auth/jose"
	"github.com/logoutlab/logoutlab/fakes/store"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
	"github.com/logoutlab/logoutlab/harness/substrate/wire"
)

// program is what runs behind the control port: nothing yet, an app node, an
// issuer, or a relay.
type program struct {
	addr string // of the app port
	out  *output
	die  context.CancelCauseFunc // ends the program

	mu      sync.Mutex
	process *app.Process // nil until the app port is open
	node    *running     // nil unless it is an app node
	issuer  *parts.Issuer
	links   []*wire.Link // of a relay
	stopped bool
}

// running is an app node.
type running struct {
	parts.Node
	app    *app.App
	grace  atomic.Int64 // nanoseconds
	shut   func() error // lets go of the shared store; nil: there is none
	client *http.Client // fetches keys
	use    store.Use    // of the shared store
}

// storeUse is what the node has asked of the shared store; nil if there is none.
func (n *running) storeUse() *history.StoreUse {
	if n.shut == nil {
		return nil
	}
	return parts.StoreUse(&n.use)
}

// start makes the program the app node of a state, and opens the app port.
func (p *program) start(s State) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.free(); err != nil {
		return err
	}
	n, err := newNode(s, p.out.event, p.overloaded)
	if err != nil {
		return err
	}
	process := app.NewProcess(p.addr, s.Architecture.Balancer.Protocol == "h2c")
	process.ForgetIdle(s.ForgetIdle)
	p.out.mu.Lock() // no decision is written before the word that the node is up
	defer p.out.mu.Unlock()
	up := n.Life(n.Clock(), history.StateUp)
	if err := process.Start(n.app); err != nil {
		n.close()
		return fmt.Errorf("open the app port: %w", err)
	}
	p.process, p.node = process, n
	p.out.write(up)
	return nil
}

// free refuses a second life: what the program is it stays.
func (p *program) free() error {
	if p.process != nil || p.links != nil || p.stopped {
		return conflict("it has been started, or is stopping; a node starts anew in a new process")
	}
	return nil
}

// newNode builds an app node. Its clock is the wall clock's distance from the
// epoch, read once, and monotonic from there.
func newNode(s State, record func(*history.Event), overloaded func()) (*running, error) {
	clock := substrate.NewClock()
	clock.Epoch = clock.Epoch.Add(-clock.Epoch.Sub(s.Epoch))
	ids := (&plan.Plan{Seed: s.Seed}).Stream(fmt.Sprintf("ids/%s/%d", s.Name, s.Boot))
	n := &running{client: &http.Client{Transport: &http.Transport{}}, Node: parts.Node{
		Name: s.Name, Boot: s.Boot, Late: s.Late, Arch: s.Architecture, Clock: clock.Now, IDs: parts.NewIDs(ids), Record: record,
		OnOverload: overloaded,
	}}
	n.grace.Store(int64(s.Grace))
	if s.Keys != nil {
		var err error
		if n.Ring, err = s.Keys.Ring(s.Epoch); err != nil {
			return nil, badRequest(err)
		}
		if s.IssuerURL != "" {
			parts.RefetchKeys(n.Ring, n.client, s.IssuerURL, s.Compress)
		}
	}
	if s.Store != "" {
		var shared parts.Shared
		shared, n.shut = parts.OpenStore(s.Architecture.Session.Store(), s.Store, s.Prefix)
		n.Shared = store.NewMeter(shared, &n.use)
	}
	n.app = n.App()
	n.app.SetClockOffset(s.ClockOffset)
	n.app.SetMisconfigured(s.Misconfigured)
	return n, nil
}

func (n *running) close() {
	n.client.CloseIdleConnections()
	if n.shut != nil {
		_ = n.shut()
	}
}

// publish makes the program an issuer, or replaces an issuer's set.
func (p *program) publish(jwks []byte) error {
	if _, err := jose.ParseJWKS(jwks); err != nil {
		return badRequest(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.issuer != nil {
		p.issuer.Publish(jwks)
		return nil
	}
	if err := p.free(); err != nil {
		return err
	}
	issuer := &parts.Issuer{}
	issuer.Publish(jwks)
	process := app.NewProcess(p.addr, false)
	if err := process.Start(issuer); err != nil {
		return fmt.Errorf("open the app port: %w", err)
	}
	p.process, p.issuer = process, issuer
	return nil
}

// running is the app node, if the program is one.
func (p *program) running() (*running, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.node == nil {
		return nil, conflict("it has no state yet: PUT /state first")
	}
	return p.node, nil
}

// stop ends the program's work: no new connections, the requests under way may
// finish within the grace. Further calls do nothing.
func (p *program) stop() {
	p.mu.Lock()
	again, process, n, links := p.stopped, p.process, p.node, p.links
	p.stopped = true
	p.mu.Unlock()
	if !again {
		closeLinks(links)
	}
	if again || process == nil {
		return
	}
	if n == nil {
		process.Kill()
		return
	}
	p.out.event(n.Life(n.Clock(), history.StateStopping))
	patience, cancel := context.WithTimeout(context.Background(), time.Duration(n.grace.Load()))
	defer cancel()
	process.Stop(patience)
	n.app.End()
	p.out.event(n.Life(n.Clock(), history.StateDown))
	p.out.use(n)
	n.close()
}

// overloaded ends the program at once, with all connections: the last that it
// writes is the word of the machine, so to say, that it died.
func (p *program) overloaded() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return
	}
	p.stopped = true
	p.out.event(p.node.Life(p.node.Clock(), history.StateCrashed))
	p.process.Kill()
	p.out.use(p.node)
	p.node.close()
	p.die(ErrOverload)
}

// output writes events, one line with one call of Write.
type output struct {
	mu       sync.Mutex
	w        io.Writer
	complain io.Writer
	line     []byte
}

func (o *output) event(e *history.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.write(e)
}

// write needs the lock.
func (o *output) write(e *history.Event) {
	line, err := history.AppendLine(o.line[:0], e)
	o.line = line
	o.put(line, err)
}

// put writes a line that could be made. It needs the lock.
func (o *output) put(line []byte, err error) {
	if err == nil {
		_, err = o.w.Write(line)
	}
	if err != nil {
		fmt.Fprintf(o.complain, "logoutlab node: an event is lost: %v\n", err)
	}
}
