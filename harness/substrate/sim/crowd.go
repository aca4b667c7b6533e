package sim

import (
	"context"
	"time"

	"github.com/logoutlab/logoutlab/fakes/client"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/workload"
)

// crowd is all users.
type crowd struct {
	cluster *Cluster
	tell    func(workload.Progress)
	users   []user
	places  map[int]int // of users, by number; nil: all are there, each at the place of its number
	slots   slotHeap
	actions int // begun
	request int // sent
	under   int // actions under way, or waiting for their turn
	said    workload.Progress
	gauge   workload.Gauge
	phones  *workload.Phones
	sent    sender // nil: the recorder does not ask
}

// sender is a recorder that wants to know whose request has which number, before
// anything of it is recorded.
type sender interface{ Sent(user, request int) }

// errand is a slot with the number of the action that it becomes.
type errand struct {
	plan.Slot
	id int
}

// user is one person with one client, who does one thing at a time.
type user struct {
	client *client.Client
	walk   plan.Walk
	next   plan.Slot // that is not due yet
	turn   []errand  // due, but the user is busy
	busy   bool

	action  client.Action
	kind    string
	slot    time.Duration
	last    time.Duration // when the latest action was due
	waiting int           // for answers
	outcome *client.Outcome
}

func newCrowd(c *Cluster, epoch time.Time, tell func(workload.Progress)) *crowd {
	w := &crowd{cluster: c, tell: tell, phones: workload.NewPhones(c.plan)}
	w.sent, _ = c.record.(sender)
	conf := workload.ClientConfig(c.arch)
	conf.Epoch = epoch
	enter := func(i int) {
		conf.User, conf.Kept = i, workload.Earlier(c.arch.Cookie, i, false)
		*w.who(i) = user{client: client.New(conf), walk: c.plan.Walk(i)}
		w.schedule(i)
	}
	if c.stage != nil {
		w.users, w.places = make([]user, len(c.stage.users)), c.stage.places
		for _, i := range c.stage.users {
			enter(i)
		}
		return w
	}
	w.users = make([]user, c.plan.Variant.Workload.Users+1)
	for i := 1; i < len(w.users); i++ {
		enter(i)
	}
	return w
}

// who is the user of a number.
func (w *crowd) who(i int) *user {
	if w.places != nil {
		i = w.places[i]
	}
	return &w.users[i]
}

// schedule draws a user's next slot.
func (w *crowd) schedule(i int) {
	u := w.who(i)
	var ok bool
	if u.next, ok = u.walk.Next(w.cluster.plan); ok {
		w.slots.push(due{u.next.At, int32(i)})
	}
}

// act lets all users act until the last one is done, or ctx ends: then those
// who have begun finish.
func (w *crowd) act(ctx context.Context) history.Load {
	clock := w.cluster.clock
	interrupted := false
	for n := 0; ; n++ {
		if n%4096 == 0 && !interrupted && ctx.Err() != nil {
			interrupted = true
			w.slots = nil
		}
		if len(w.slots) == 0 && w.under == 0 {
			break
		}
		at, some := clock.next()
		if len(w.slots) > 0 && (!some || w.slots[0].at <= at) {
			w.begin()
			clock.settle()
			continue
		}
		clock.step()
	}
	return w.gauge.Load(interrupted)
}

// begin takes the slot that is due.
func (w *crowd) begin() {
	d := w.slots.pop()
	w.cluster.clock.now = d.at
	u := w.who(int(d.user))
	slot := u.next
	w.schedule(int(d.user))
	w.under++
	w.actions++
	w.gauge.Slot(d.at)
	e := errand{slot, w.actions}
	if u.busy {
		u.turn = append(u.turn, e)
		return
	}
	w.do(int(d.user), e)
}

// do lets a user begin an action.
func (w *crowd) do(i int, e errand) {
	u, now := w.who(i), w.cluster.clock.now
	w.gauge.Begun(now - e.At)
	w.phones.Restart(u.client, i, u.last, e.At)
	u.last = e.At
	u.busy, u.slot, u.kind, u.outcome = true, e.At, workload.Decide(u.client, e.Kind), nil
	u.action = workload.ActionOf(e.id, u.kind, e.Page)
	if u.kind == history.KindForge {
		u.action.Forged = w.cluster.forged(i, e.id)
	}
	begun := workload.Begun(now, i, e.id, u.kind)
	w.cluster.record.Append(&begun)
	w.follow(i, u.client.Begin(u.action, now))
}

// follow sends what a client wants sent, and ends the action when it is over
// and nothing is under way any more.
func (w *crowd) follow(i int, step client.Step) {
	u := w.who(i)
	for k := range step.Outcomes {
		if step.Outcomes[k].Action == u.action.ID {
			u.outcome = &step.Outcomes[k]
		}
	}
	u.waiting += len(step.Send)
	for _, r := range step.Send {
		if r.Wait > 0 {
			w.cluster.clock.after(r.Wait, func() { w.send(i, r) })
			continue
		}
		w.send(i, r)
	}
	if u.outcome != nil && u.waiting == 0 {
		w.end(i)
	}
}

func (w *crowd) send(i int, r client.Request) {
	w.request++
	if w.sent != nil {
		w.sent.Sent(i, w.request)
	}
	w.cluster.send(i, w.request, r, func(res client.Response) {
		u := w.who(i)
		u.waiting--
		w.follow(i, u.client.OnResponse(res, w.cluster.clock.now))
	})
}

// end ends an action, and begins the one that had to wait for it.
func (w *crowd) end(i int) {
	u, now := w.who(i), w.cluster.clock.now
	out := *u.outcome
	ended := workload.Ended(now, i, u.kind, out)
	w.cluster.record.Append(&ended)
	u.busy = false
	w.under--
	w.gauge.Over(out.Status, now-u.slot)
	w.count(out)
	if len(u.turn) > 0 {
		e := u.turn[0]
		u.turn = u.turn[1:]
		w.do(i, e)
	}
}

// count tells how far the run is.
func (w *crowd) count(out client.Outcome) {
	w.said.Done++
	if out.Shown == client.ShownLogin {
		w.said.LoggedOut++
	}
	if w.tell != nil && w.said.Done%1024 == 0 {
		w.tell(w.said)
	}
}

// due is when a user's next slot is.
type due struct {
	at   time.Duration
	user int32
}

// slotHeap has the slot that is due first at its top; of two at one moment the
// user with the smaller number.
type slotHeap []due

func (d due) before(o due) bool { return d.at < o.at || d.at == o.at && d.user < o.user }

func (h *slotHeap) push(d due) {
	s := append(*h, d)
	i := len(s) - 1
	for i > 0 && d.before(s[(i-1)/2]) {
		s[i] = s[(i-1)/2]
		i = (i - 1) / 2
	}
	s[i] = d
	*h = s
}

func (h *slotHeap) pop() due {
	s := *h
	top, last := s[0], s[len(s)-1]
	s = s[:len(s)-1]
	*h = s
	if len(s) == 0 {
		return top
	}
	i := 0
	for {
		c := 2*i + 1
		if c+1 < len(s) && s[c+1].before(s[c]) {
			c++
		}
		if c >= len(s) || !s[c].before(last) {
			break
		}
		s[i] = s[c]
		i = c
	}
	s[i] = last
	return top
}
