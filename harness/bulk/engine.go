package bulk

import (
	"context"
	"time"

	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/balancer"
	"github.com/logoutlab/logoutlab/fakes/client"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
	"github.com/logoutlab/logoutlab/harness/substrate/sim"
	"github.com/logoutlab/logoutlab/harness/workload"
)

// engine is a run.
type engine struct {
	plan     *plan.Plan
	promise  history.Promise
	conf     auth.Config
	client   client.Config
	browser  bool
	shared   bool // nodes find each other's sessions or families
	rejected int  // the status of a rejection
	far      time.Duration
	near     time.Duration
	way      time.Duration // from a user to the balancer
	front    *front        // nil: there is no cache
	work     time.Duration

	machines []machine
	weather  weather
	sky      *sky // in place of weather; nil unless users are played one by one
	balancer *balancer.Balancer
	settings balancer.Config
	sticks   bool     // answers carry the balancer's cookie
	sources  []uint64 // where each user comes from, or where their throws start; nil if the balancer does not ask
	dice     *plan.Dice
	thrower  *row                  // whose request the balancer looks at
	rows     []row                 // of user i at i-1
	turns    map[int32][]plan.Step // slots that came while their user was busy
	agenda   agenda
	dones    dones
	flights  []flight
	spare    int32 // the first flight that is free; -1: none
	graves   graves
	tally    *oracle.Tally
	receipts *receipts
	gauge    workload.Gauge
	teller   teller
	people   people
	notes    *notes // nil: nothing is noted
	first    int    // the user of the first row
	answer   answer // to the request that is being looked at
	single   flight // of a user who is alone
}

// playTogether plays and judges all users of a plan in the order of time.
func playTogether(ctx context.Context, p *plan.Plan, o options) (*engine, error) {
	e, err := newEngine(p, p.Variant.Workload.Users, o)
	if err == nil {
		err = e.run(ctx)
	}
	return e, err
}

func ways(p *plan.Plan) (user, part time.Duration) { return sim.Ways(p) }

// newEngine makes an engine with room for this many users at a time.
func newEngine(p *plan.Plan, users int, o options) (*engine, error) {
	a, w := p.Variant.Architecture, p.Variant.Workload
	h := history.Header{Planned: w.Duration, Users: w.Users}
	for i := range a.Nodes {
		h.Nodes = append(h.Nodes, scenario.NodeName(i))
	}
	e := &engine{
		plan: p, promise: history.Promise(a.Promise), conf: parts.AuthConfig(a), client: workload.ClientConfig(a),
		browser: a.Client.Kind == "browser", work: a.App.Work,
		shared:   a.Session.Kind == "redis" || a.Session.Kind == "memcached" || a.Session.Kind == "jwt" && a.Session.RefreshStore != "memory",
		settings: parts.BalancerConfig(a, a.Nodes), machines: machines(p),
		rows: make([]row, users), dice: p.Dice("balancer"), turns: map[int32][]plan.Step{},
		spare: -1, graves: newGraves(a.Nodes), tally: oracle.NewTally(h),
	}
	e.sticks = e.settings.Stickiness == balancer.LBCookie
	e.far, e.near = ways(p)
	e.way = e.far
	if e.front = newFront(a); e.front != nil {
		e.way += e.near
	}
	e.rejected = parts.Presentation(a).Shape(auth.Page, e.conf.Kind, auth.Decision{Reason: auth.ReasonExpired}, auth.Grant{}).Status
	e.weather = newWeather(p)
	var err error
	if e.balancer, err = balancer.New(e.settings, e); err != nil {
		return nil, err
	}
	if e.settings.Policy.BySource() {
		e.sources = make([]uint64, users)
		for i := range e.sources {
			e.sources[i] = e.source(i + 1)
		}
	}
	e.teller.to, e.notes, e.first, e.people = o.tell, o.notes, 1, newPeople(w.Users, a.Nodes)
	if e.receipts, err = newReceipts(p, o.receipts); err != nil {
		return nil, err
	}
	return e, nil
}

// Draw is the balancer's throw of the dice for the request that it looks at.
func (e *engine) Draw(start uint64, n int) int {
	nth := e.thrower.throws
	e.thrower.throws++
	return plan.Throw(start, nth, n)
}

// source is what the balancer needs to know of where a user comes from.
func (e *engine) source(user int) uint64 {
	if e.settings.Policy == balancer.Random {
		return e.dice.Start(sim.Source(user))
	}
	return sim.Source(user)
}

// run takes slots and requests in the order in which they reach the balancer.
func (e *engine) run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	slots := newTimetable(e.plan, ctx.Done())
	for n := 0; ; n++ {
		if n&0xffff == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		s, some := slots.next()
		due, waits := e.agenda.first()
		switch {
		case some && (!waits || s.At+e.way <= due):
			if slots.taken%ahead == 0 {
				warm(e.rows, slots.coming(), slots.keys)
			}
			slots.take()
			e.slot(s)
		case waits:
			f := e.agenda.pop()
			e.pick(f, due)
		default:
			return nil
		}
	}
}

// warm looks at the rows that are needed next.
//
//go:noinline
func warm(rows []row, due []key, k keys) (sum int) {
	for _, x := range due {
		r := &rows[k.who(x)]
		sum += int(r.free) + int(r.flags) // one in each of its cache lines
	}
	return sum
}

// slot begins an action, or puts it down for when its user is free.
func (e *engine) slot(s slot) {
	r := &e.rows[s.user]
	e.gauge.Slot(s.At)
	if r.has(busy) {
		e.turns[s.user] = append(e.turns[s.user], s.Step)
		return
	}
	f := e.begin(s.user, s.Step, max(s.At, r.free))
	if sent := e.flights[f].sent; sent == s.At {
		e.pick(f, s.At+e.way)
	} else {
		e.agenda.push(sent+e.way, f)
	}
}

// begin lets a user begin what they can of what the plan has in mind; see
// [workload.Decide]. The first request is ready to be sent.
func (e *engine) begin(user int32, s plan.Step, at time.Duration) int32 {
	r := &e.rows[user]
	kind := s.Kind
	switch {
	case !r.has(in):
		kind = plan.Login
	case kind == plan.Login:
		kind = plan.Page
	}
	i := e.flight()
	f := &e.flights[i]
	f.user, f.kind, f.page, f.begun, f.sent = user, kind, max(s.Page, 1), at, at
	f.due, f.progress, f.tried, f.refusal.known = s.At, progress{}, 0, false
	e.gauge.Begun(at - s.At)
	r.flags |= busy
	switch kind {
	case plan.Login:
		f.op = opLogin
	case plan.Page:
		f.op = opPage
		e.page(r, f, at, 0)
	case plan.Logout:
		f.op = opLogout
		r.flags &^= in
		r.ledger.Leaving(at)
	}
	return i
}

func (e *engine) flight() int32 {
	if e.spare < 0 {
		e.flights = append(e.flights, flight{})
		return int32(len(e.flights) - 1)
	}
	i := e.spare
	e.spare = e.flights[i].next
	return i
}

// pick lets the balancer pick a node for a request, and follows the request to
// its answer, or to the balancer's next attempt.
func (e *engine) pick(i int32, at time.Duration) {
	if e.sky != nil {
		e.balancer = e.sky.at(at)
	} else {
		e.weather.until(e, at)
		e.dones.until(e.balancer, at)
	}
	f := &e.flights[i]
	r := &e.rows[f.user]
	if e.front != nil && f.op == opPage && f.attempt == 0 && e.front.answers(f.page, at-e.near) {
		e.answer = answer{refusal: refusal{known: true, reason: reasonCached}}
		e.answered(i, &e.answer, e.rejected, at-e.near+e.far)
		return
	}
	req := balancer.Request{Tried: f.tried, Idempotent: f.op == opPage || f.op == opForm}
	if e.sources != nil {
		req.Source, e.thrower = e.sources[f.user], r
	}
	bound := balancer.None
	if r.has(stuck) && at < r.bound {
		bound = int(r.sticky)
	}
	c := e.balancer.PickBound(req.Source, req.Tried, bound, at)
	if e.notes != nil {
		e.notes.picked(e.who(f.user), c.Node)
	}
	if c.Node == balancer.None {
		status := 503
		if f.attempt > 0 {
			status = 502
		}
		e.own(i, status, at+e.way)
		return
	}
	arrives := at + e.near
	boot, until, up := e.machines[c.Node].life(arrives)
	if !up {
		e.graves.refused(c.Node, boot, arrives)
		e.people.of(c.Node, boot).refused.hear(arrives, e.who(f.user))
		e.again(i, c.Node, balancer.Refused, req, arrives)
		return
	}
	a := &e.answer
	made := e.asked(r, f, a, c.Node, boot, arrives)
	if until <= arrives+made {
		e.again(i, c.Node, balancer.Reset, req, until)
		return
	}
	back := arrives + made + e.near
	e.done(c.Node, back)
	if e.sticks {
		r.sticky, r.bound = uint8(c.Node), e.balancer.BoundUntil(back)
		r.flags |= stuck
	}
	if e.front != nil && f.op == opPage && !a.accept {
		e.front.passes(f.page, f.sent+e.far, back+e.near)
	}
	e.answered(i, a, e.status(f, a), back+e.way)
}

// own answers a request in the balancer's own name.
func (e *engine) own(i int32, status int, at time.Duration) {
	e.answer = answer{}
	e.answered(i, &e.answer, status, at)
}

// asked lets a node decide, and says how long its answer takes to make.
func (e *engine) asked(r *row, f *flight, a *answer, node, boot int, at time.Duration) (made time.Duration) {
	a.accept, a.known, a.expiresIn, a.cookieFor = true, false, 0, 0
	if f.op == opForm { // nothing to decide
		return 0
	}
	if len(e.receipts.all) == 0 {
		e.decide(r, f, a, node, boot, at)
	} else {
		before := e.standing(r, f, node, boot, at)
		e.decide(r, f, a, node, boot, at)
		e.receipts.decided(e, &before, f, node, a)
	}
	if e.graves.word(e, node, boot, at) {
		e.people.of(node, boot).last.hear(at, e.who(f.user))
	}
	e.tally.Decision(at, node, a.accept)
	if a.accept && f.op == opPage {
		return e.work
	}
	return 0
}

// status is that of a node's answer.
func (e *engine) status(f *flight, a *answer) int {
	switch {
	case !a.accept && f.op == opRefresh:
		return 401
	case !a.accept:
		return e.rejected
	case f.op == opPage, f.op == opForm, !e.browser && f.op != opLogout:
		return 200
	case f.op == opRefresh, !e.browser:
		return 204
	}
	return 303
}

// again makes the balancer's next attempt after one that failed, or gives up.
func (e *engine) again(i int32, node int, how balancer.Failure, req balancer.Request, at time.Duration) {
	f := &e.flights[i]
	e.done(node, at)
	f.met |= 1 << node
	if !e.balancer.Retry(how, req, int(f.attempt)) {
		e.own(i, 502, at+e.way)
		return
	}
	f.tried |= 1 << node
	f.attempt++
	e.agenda.push(at, i)
}

// done tells the balancer, when it is time, that a request is over.
func (e *engine) done(node int, at time.Duration) {
	if e.settings.Policy == balancer.LeastConn {
		e.dones.push(at, int32(node))
		return
	}
	e.balancer.Done(node)
}

// send sends an action's next request after a wait.
func (e *engine) send(i int32, op uint8, at time.Duration) {
	f := &e.flights[i]
	f.op, f.sent = op, at
	f.attempt, f.tried, f.met, f.changed = 0, 0, 0, 0
	e.agenda.push(at+e.way, i)
}
