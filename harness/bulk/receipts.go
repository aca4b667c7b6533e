package bulk

import (
	"slices"
	"time"

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
