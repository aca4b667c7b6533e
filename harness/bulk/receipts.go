package bulk

import (
	"slices"
	"time"

	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/balancer"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

// receipts counts what each fault changed, as fault.ReceiptFold does from a
// history; and which fault each logout is put down to.
type receipts struct {
	all     []receipt
	planned []history.PlannedFault
	names   []string // of the causes
	blamed  [][]int  // by fault (none: last), then by cause
}

// receipt is what one fault changed.
type receipt struct {
	kill     bool
	node     int           // -1: all
	from, to time.Duration // to: forever if it stays
	got      result.Receipt

	base  []time.Duration // of a skew, by node: how far off its clock was before
	known bool            // base is: else it is seen as the run goes on

	// Of a kill, by node: the life that it ended first, the one after it, and when
	// the balancer took the node for down.
	first, last []int
	down        [][]span
	lost        []uint64 // by user: the session that they hold is counted as lost
	home, stray int      // uses of sessions on the node that knows them, and on others
}

type span struct{ from, to time.Duration }

// newReceipts makes the receipts of a plan's faults; of none, unless they are
// asked for.
func newReceipts(p *plan.Plan, asked bool) (*receipts, error) {
	faults := p.Variant.Faults
	if !asked {
		faults = nil
	}
	x := &receipts{names: oracle.Causes(), blamed: make([][]int, len(faults)+1)}
	for i := range x.blamed {
		x.blamed[i] = make([]int, len(x.names))
	}
	nodes := p.Variant.Architecture.Nodes
	var down [][]span
	for i := range faults {
		f := &faults[i]
		x.planned = append(x.planned, history.PlannedFault{Name: f.Name, At: f.At, For: f.For})
		r := receipt{kill: f.Name == "node_kill", node: f.Params.Node, from: f.At, to: forever}
		if f.For > 0 {
			r.to = f.At + f.For
		}
		if !r.kill {
			r.base = make([]time.Duration, nodes)
			x.all = append(x.all, r)
			continue
		}
		var err error
		if down == nil {
			if down, err = outages(p); err != nil {
				return nil, err
			}
		}
		r.down, r.lost = down, make([]uint64, p.Variant.Workload.Users/64+1)
		for _, m := range machines(p) {
			r.first, r.last = append(r.first, m.booted(r.from)), append(r.last, m.booted(r.to))
		}
		x.all = append(x.all, r)
	}
	return x, nil
}

// meetInReceipts reports whether users who cannot meet do so in the receipts:
// whether a refusal was a kill's doing may hang on whether users were kept on
// their nodes so far.
func meetInReceipts(p *plan.Plan) bool {
	s := p.Variant.Architecture.Session
	local := s.Kind == "memory" || s.Kind == "jwt" && s.RefreshStore == "memory"
	return local && slices.ContainsFunc(p.Variant.Faults, func(f scenario.Fault) bool { return f.Name == "node_kill" })
}

// apart prepares for users who are played one by one: clocks before a fault are
// not seen in the order of time.
func (x *receipts) apart(machines []machine) {
	for i := range x.all {
		c := &x.all[i]
		for node := range c.base {
			c.base[node] = machines[node].offset(c.from - 1)
		}
		c.known = true
	}
}

// merge adds what was counted of other users.
func (x *receipts) merge(o *receipts) {
	for i := range x.all {
		a, b := &x.all[i].got, &o.all[i].got
		a.DecisionsChanged += b.DecisionsChanged
		a.Rejections += b.Rejections
		a.RequestsCut += b.RequestsCut
		a.SessionsLost += b.SessionsLost
		a.Marks += b.Marks
	}
	for i, causes := range o.blamed {
		for cause, n := range causes {
			x.blamed[i][cause] += n
		}
	}
}

// booted is how many processes of the node have been started by a moment.
func (m *machine) booted(at time.Duration) int {
	n := 0
	for _, l := range m.lives {
		if l.from <= at {
			n++
		}
	}
	return n
}

// outages is when the balancer takes each node for down: that depends on
// nothing but the faults and its checks.
func outages(p *plan.Plan) ([][]span, error) {
	settings := parts.BalancerConfig(p.Variant.Architecture, p.Variant.Architecture.Nodes)
	settings.Policy = balancer.RoundRobin // nobody asks it to pick
	b, err := balancer.New(settings, nil)
	if err != nil {
		return nil, err
	}
	e := &engine{machines: machines(p), balancer: b}
	w := newWeather(p)
	out := make([][]span, settings.Nodes)
	end := p.Variant.Workload.Duration + afterwards
	for {
		at := w.check
		if len(w.changes) > 0 {
			at = min(at, w.changes[0].at)
		}
		if at > end {
			return out, nil
		}
		w.until(e, at)
		for i := range out {
			n := len(out[i])
			switch up := b.State(i) == balancer.Up; {
			case !up && (n == 0 || out[i][n-1].to < forever):
				out[i] = append(out[i], span{at, forever})
			case up && n > 0 && out[i][n-1].to == forever:
				out[i][n-1].to = at
			}
		}
	}
}

// afterwards is how much longer than planned a run can take.
const afterwards = time.Hour

// standing is what a request is decided on, as it is before the decision.
type standing struct {
	at           time.Duration
	held         bool // a session or tokens are presented
	issuer, boot int  // of the session or family
	issued       time.Duration
	setter       int // whose clock set the times that decide
	set          time.Duration
}

// standing looks at what a user presents to a node, before it is asked.
func (e *engine) standing(r *row, f *flight, node, boot int, at time.Duration) standing {
	s := standing{at: at, issuer: int(r.node), boot: int(r.boot), issued: r.issued}
	s.held = f.op != opLogin && !(f.op == opRefresh && e.browser && f.sent >= r.expiry)
	s.setter, s.set = int(r.node), r.issued
	recent := e.conf.Rotation || f.op != opRefresh
	if e.conf.Kind == auth.Stateful {
		recent = r.has(used) && (r.has(moves) || !e.knows(r, node, boot) || e.endOf(r) != r.end)
	}
	if recent {
		s.setter, s.set = int(r.touched), r.latest
	}
	return s
}

// endOf is when a session that was used ends.
func (e *engine) endOf(r *row) time.Duration {
	end, _ := lifeOf(&e.conf, r.issued+e.offset(r.node, r.issued), r.latest+e.offset(r.touched, r.latest))
	return end
}

// decided counts a decision. It notes in f which fault changed it.
func (x *receipts) decided(e *engine, s *standing, f *flight, node int, a *answer) {
	a.decider, a.setter = uint8(node), uint8(s.setter)
	for i := range x.all {
		c := &x.all[i]
		before := c.got.DecisionsChanged
		if c.kill {
			c.survived(e, s, f, node, a)
		} else {
			c.timed(e, s, f, node, a)
		}
		if c.got.DecisionsChanged > before {
			f.changed = int8(i + 1)
		}
	}
	if f.op == opLogin {
		x.forget(f.user)
	}
}

// forget lets go of the session that a user held.
func (x *receipts) forget(user int32) {
	for i := range x.all {
		if lost := x.all[i].lost; lost != nil {
			lost[user>>6] &^= 1 << (user & 63)
		}
	}
}

func (c *receipt) on(node int) bool { return c.node < 0 || c.node == node }

func (c *receipt) at(t time.Duration) bool { return t >= c.from && t <= c.to }

// timed takes a decision on times again with the clocks as they were before the
// fault. See fault.clockWitness.
func (c *receipt) timed(e *engine, s *standing, f *flight, node int, a *answer) {
	if s.at < c.from {
		if !c.known {
			c.base[node] = a.here
		}
		return
	}
	here, there := c.shift(node, s.at, a.here), time.Duration(0)
	if s.held {
		there = c.shift(s.setter, s.set, e.offset(uint8(s.setter), s.set))
	}
	if here == 0 && there == 0 || !s.held && f.op != opLogin {
		return
	}
	if was := a.judged(e, f, 0); was != undecided {
		if now := a.judged(e, f, here-there); now != was {
			c.changed(was >= refused && now < refused)
			return
		}
	}
	c.got.Marks++
}

// shift is how far the fault set a clock off that was off so much in all.
func (c *receipt) shift(node int, at, off time.Duration) time.Duration {
	if !c.on(node) || !c.at(at) {
		return 0
	}
	if off -= c.base[node]; off.Abs() < clockNoise {
		return 0
	}
	return off
}

// What times say of what was presented; from refused on, no.
const (
	undecided = iota
	good
	lenient // within the leeway
	refused
	expired
	early
)

// judged is what the times of a decision say, shifted.
func (a *answer) judged(e *engine, f *flight, shift time.Duration) int {
	session := e.conf.Kind == auth.Stateful
	switch {
	case f.op == opLogin, f.op == opLogout, session && a.expIn == 0:
		return undecided
	case a.known && a.reason != reasonExpired && a.reason != reasonNotYet && a.reason != reasonIdle:
		return undecided
	}
	exp, iat := a.expIn+shift, a.iatIn+shift
	switch {
	case session && exp <= 0, exp+a.leeway <= 0:
		return expired
	case session:
		return good
	case iat > a.leeway:
		return early
	case exp <= 0 || iat > 0:
		return lenient
	}
	return good
}

// keeps is how many times more often a session has to be used on its own node
// than on others for its users to count as kept there.
const keeps = 4

// survived looks for what a node took with it. See fault.nodeWitness.
func (c *receipt) survived(e *engine, s *standing, f *flight, node int, a *answer) {
	if !s.held || !c.on(s.issuer) {
		return
	}
	unknown := a.known && a.reason == reasonUnknown
	tried := f.met>>s.issuer&1 == 1
	latest := e.machines[s.issuer].booted(s.at)
	down := c.isDown(s.issuer, s.at)
	away := down || s.issued < c.from && latest <= s.boot
	over := c.took(s) && (away || latest > s.boot)
	switch {
	case over && unknown && (node == s.issuer || tried || keeps*c.stray <= c.home):
		if bit := uint64(1) << (f.user & 63); c.lost[f.user>>6]&bit == 0 {
			c.lost[f.user>>6] |= bit
			c.got.SessionsLost++
		}
		c.changed(true)
	case over && node != s.issuer && (unknown || away):
		c.got.Marks++
	case down, tried:
	case node != s.issuer && unknown:
		c.stray++
	case node == s.issuer && a.accept && (e.conf.Kind == auth.Stateful || f.op == opRefresh):
		c.home++
	}
}

// took reports whether the fault ended the process that issued what is
// presented.
func (c *receipt) took(s *standing) bool {
	return s.at >= c.from && s.boot >= c.first[s.issuer] && (s.at < c.to || s.boot < c.last[s.issuer])
}

func (c *receipt) isDown(node int, at time.Duration) bool {
	for _, s := range c.down[node] {
		if at >= s.from && at < s.to {
			return true
		}
	}
	return false
}

func (c *receipt) changed(rejection bool) {
	c.got.Marks++
	c.got.DecisionsChanged++
	if rejection {
		c.got.Rejections++
	}
}

// answered counts a request that met a kill at one of its nodes: as lost if no
// app answered it, else as sent on. See fault.scope.
func (x *receipts) answered(f *flight, status int, at time.Duration) {
	for i := range x.all {
		c := &x.all[i]
		if !c.kill || at < c.from || f.sent > c.to {
			continue
		}
		died := status >= 502 && status <= 504
		met := f.met == 0 && died // there was no node to try
		for node := range c.first {
			met = met || f.met>>node&1 == 1 && c.on(node)
		}
		switch {
		case met && died:
			c.changed(false)
			c.got.RequestsCut++
			f.changed = int8(i + 1)
		case met:
			c.got.Marks++
		}
	}
}

// blame puts a logout down: to its cause, to the node at fault (-1: none is
// known), and to the fault that changed what came of the deciding request (0:
// none did), else to the latest.
func (e *engine) blame(found time.Duration, cause uint8, culprit int, changed int8) {
	e.tally.Blame(found, cause, culprit)
	injected := int(changed) - 1
	if injected < 0 {
		injected = result.Latest(e.receipts.planned, found)
	}
	if injected < 0 {
		injected = len(e.receipts.planned)
	}
	e.receipts.blamed[injected][cause]++
}

// attribution is the logouts by the name of the fault that they are put down
// to, then by cause.
func (x *receipts) attribution() map[string]map[string]int {
	out := map[string]map[string]int{}
	for i, causes := range x.blamed {
		name := "none"
		if i < len(x.planned) {
			name = x.planned[i].Name
		}
		for cause, n := range causes {
			if n > 0 && out[name] == nil {
				out[name] = map[string]int{}
			}
			if n > 0 {
				out[name][x.names[cause]] += n
			}
		}
	}
	return out
}

func (x *receipts) receipts() []result.Receipt {
	out := make([]result.Receipt, len(x.all))
	for i := range x.all {
		out[i] = x.all[i].got
	}
	return out
}
