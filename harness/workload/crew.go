package workload

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/logoutlab/logoutlab/fakes/client"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
)

// slotHeader carries a hit's place in the timetable from vegeta's targeter to
// the crew's RoundTripper. It never reaches the network.
const slotHeader = "X-Logoutlab-Slot"

// crew is all users. To vegeta it is an http.RoundTripper: one round trip is
// one whole action of one user, however many requests that takes.
type crew struct {
	o      Options
	slots  []plan.Slot
	epoch  time.Time // the run's start
	users  []user
	wire   *wire
	phones *Phones
	issued atomic.Int64 // slots handed to vegeta
	done   atomic.Int64
	out    atomic.Int64
	lag    highest
	late   atomic.Int64 // all actions' lateness, in nanoseconds
}

// user is one person with one client.
type user struct {
	turn   sync.Mutex // one action at a time
	mu     sync.Mutex // guards client
	client *client.Client
	wire   http.RoundTripper
	last   time.Duration // when the latest action was due
}

func newCrew(o Options, slots []plan.Slot) *crew {
	c := &crew{o: o, slots: slots, wire: newWire(o), phones: NewPhones(o.Plan)}
	conf := ClientConfig(o.Plan.Variant.Architecture)
	c.epoch = time.Now().Add(-o.Clock())
	conf.Epoch = c.epoch
	c.users = make([]user, o.Plan.Variant.Workload.Users+1)
	for i := range c.users {
		conf.User, conf.Kept = i, Earlier(o.Plan.Variant.Architecture.Cookie, i, true)
		c.users[i].client = client.New(conf)
		c.users[i].wire = c.wire.transportOf(i)
	}
	return c
}

func (c *crew) close() { c.wire.close() }

// next is the vegeta.Targeter: the n-th call names the n-th slot.
func (c *crew) next(t *vegeta.Target) error {
	n := c.issued.Add(1) - 1
	if n >= int64(len(c.slots)) {
		return vegeta.ErrNoTargets
	}
	t.Method, t.URL = http.MethodGet, c.o.URL
	t.Header = http.Header{slotHeader: {strconv.FormatInt(n, 10)}}
	return nil
}

// RoundTrip performs a slot's action and answers with what decided it, so that
// vegeta times and counts what a load tool would have seen.
func (c *crew) RoundTrip(r *http.Request) (*http.Response, error) {
	n, err := strconv.Atoi(r.Header.Get(slotHeader))
	if err != nil {
		return nil, fmt.Errorf("hit without a slot: %w", err)
	}
	slot := c.slots[n]
	c.lag.raise(int64(c.o.Clock() - c.o.Start - slot.At))
	out := c.act(n+1, slot)
	c.tell(out)
	if out.Status == 0 {
		return nil, errors.New("no answer")
	}
	return &http.Response{
		StatusCode: out.Status, Status: strconv.Itoa(out.Status) + " " + http.StatusText(out.Status),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: http.NoBody, Request: r,
	}, nil
}

func (c *crew) tell(out client.Outcome) {
	p := Progress{Total: len(c.slots), Done: int(c.done.Add(1))}
	if out.Shown == client.ShownLogin {
		c.out.Add(1)
	}
	p.LoggedOut = int(c.out.Load())
	if c.o.OnState != nil {
		c.o.OnState(p)
	}
}

// act is one action from its first request to what the user is shown.
func (c *crew) act(id int, slot plan.Slot) client.Outcome {
	u := &c.users[slot.User]
	u.turn.Lock()
	defer u.turn.Unlock()

	c.late.Add(int64(max(0, c.o.Clock()-c.o.Start-slot.At)))
	u.mu.Lock()
	c.phones.Restart(u.client, slot.User, u.last, slot.At)
	u.last = slot.At
	kind := Decide(u.client, slot.Kind)
	u.mu.Unlock()
	begun := Begun(c.o.Clock(), slot.User, id, kind)
	c.o.Record.Append(&begun)
	a := action{crew: c, user: u, number: slot.User, answers: make(chan client.Response, 8)}
	act := ActionOf(id, kind, slot.Page)
	if kind == history.KindForge {
		act.Forged = c.forged(slot.User, id)
	}
	out := a.run(act)
	ended := Ended(c.o.Clock(), slot.User, kind, out)
	c.o.Record.Append(&ended)
	return out
}

// action drives one client action's requests.
type action struct {
	crew    *crew
	user    *user
	number  int
	answers chan client.Response
}

func (a *action) run(act client.Action) client.Outcome {
	clock := a.crew.o.Clock
	a.user.mu.Lock()
	step := a.user.client.Begin(act, clock())
	a.user.mu.Unlock()
	for waiting := 0; ; {
		for i := range step.Outcomes {
			if step.Outcomes[i].Action == act.ID && waiting == 0 {
				return step.Outcomes[i]
			}
		}
		r, alone := a.send(step.Send, waiting)
		if !alone {
			waiting += len(step.Send)
			r = <-a.answers
			waiting--
		}
		a.user.mu.Lock()
		step = a.user.client.OnResponse(r, clock())
		a.user.mu.Unlock()
	}
}

// send puts requests on the wire. A single one with nothing else under way is
// done on the spot, and its answer returned.
func (a *action) send(reqs []client.Request, waiting int) (client.Response, bool) {
	if len(reqs) == 1 && waiting == 0 {
		return a.exchange(reqs[0]), true
	}
	for _, r := range reqs {
		go func() { a.answers <- a.exchange(r) }()
	}
	return client.Response{}, false
}

func (a *action) exchange(r client.Request) client.Response {
	if r.Wait > 0 {
		time.Sleep(r.Wait)
	}
	return a.crew.wire.exchange(a.user.wire, a.number, r)
}
