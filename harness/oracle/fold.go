package oracle

import (
	"iter"
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
)

// Judge judges a history. If the events end with an error, it returns that
// error beside the judgement of the events before it.
func Judge(h history.Header, events iter.Seq2[history.Event, error]) (*Judgement, error) {
	f := New(h)
	for e, err := range events {
		if err != nil {
			return f.Judgement(), err
		}
		f.Add(&e)
	}
	return f.Judgement(), nil
}

// A decision may be recorded after the action that it belongs to. What needs
// one that is missing waits this long for it.
const (
	graceEvents = 1000
	graceTime   = 200 * time.Millisecond
)

// orphanEvents is how long a decision waits for its response. The client may
// have given up before the node decided; then none comes.
const orphanEvents = 1 << 17

// Fold judges a history event by event. Its memory grows with users, open
// requests and findings, not with events.
type Fold struct {
	h       history.Header
	j       *Judgement
	users   map[int]*user
	actions map[int]*action
	reqs    map[int]*request
	issues  *history.Issues
	nodes   nodes
	keys    keys
	series  series
	stories stories
	waiting []*action // judged, but short of a decision; oldest first
	causes  []cause   // of the findings, in their order
	orphans queue
	seq     int
	pool    pool
}

// New returns the fold of a history with the given header. It reads the
// promise, the users, the planned duration and the names of the nodes, and
// never the planned faults.
func New(h history.Header) *Fold {
	return &Fold{
		h: h, j: &Judgement{Causes: map[string]int{}, GhostCauses: map[string]int{}, IdentityCauses: map[string]int{}, LockoutCauses: map[string]int{}},
		users: map[int]*user{}, actions: map[int]*action{}, reqs: map[int]*request{},
		issues: history.NewIssues(h.Users), nodes: newNodes(h.Nodes), keys: newKeys(),
		series: newSeries(h.Planned), stories: newStories(h.Users),
	}
}

// user is one user's state.
type user struct {
	Ledger
	reused     bool          // a refresh token was used twice since the latest login
	lostRenew  bool          // a renewal was accepted, but its answer did not arrive
	gotCookies bool          // the latest login set cookies or issued tokens
	credential string        // name of the cookie that the latest login set first
	unkept     string        // why the browser did not keep it; "" if it did
	cleared    string        // what cleared a cookie since the latest login
	fromCache  bool          // was given a cookie by a cache
	endedBy    int           // another user, who was given this one's cookie by a cache and has logged out with it
	logoutBy   string        // node that handled the latest logout
	logoutBoot int           // its life then
	logoutWhy  string        // its reason
	logoutDone bool          // it refuses the credentials since
	logoutOff  time.Duration // how far its clock was off then
	tried      bool          // the credentials of the latest logout were used again
	exposed    time.Duration // how long after it they were accepted at least
	affected   bool
	recent     recent
}

// action is an action that is under way, or waits for evidence.
type action struct {
	user    *user
	number  int
	id      int // of the user
	kind    string
	span    Span
	reqs    []*request // answered, in order
	outcome outcome
	finding int // index, once judged
	since   int // seq of the judging
}

// outcome is what the user was left with.
type outcome struct {
	shown    string
	out      bool
	gaveUp   string
	read     string // what an app found that was started again
	after    string // why it was
	identity int
}

// request joins what is known of one request.
type request struct {
	number   int
	decided  bool
	answered bool
	seen     int // seq
	decision history.Event
	response history.Event
	routes   []history.Event
}

// Add takes the next event. It keeps nothing of e.
func (f *Fold) Add(e *history.Event) {
	f.seq++
	f.j.Last = max(f.j.Last, e.At)
	switch e.Type {
	case history.Begin:
		f.begin(e)
	case history.Decision:
		f.decision(e)
	case history.Response:
		f.response(e)
	case history.Action:
		f.action(e)
	case history.Route:
		f.nodes.route(e)
		if r := f.request(e.Req); r != nil {
			r.routes = append(r.routes, *e)
		}
	case history.Node:
		f.nodes.life(e)
		f.keys.life(e)
	case history.End:
		f.j.Complete = true
		if e.Load != nil {
			load := *e.Load
			f.j.Load = &load
		}
	}
	f.settleWaiting(e.At, false)
	f.dropOrphans()
}

func (f *Fold) begin(e *history.Event) {
	u := f.user(e.User)
	if _, dup := f.actions[e.Action]; dup {
		return
	}
	a := f.pool.action()
	a.user, a.id, a.number, a.kind, a.span = u, e.User, e.Action, e.Kind, Span{e.At, e.At}
	f.actions[e.Action] = a
	switch e.Kind {
	case history.KindLogout:
		u.Leaving(e.At)
		u.tried, u.exposed = false, 0
	case history.KindLogin:
		u.recent.restart()
	}
	f.stories.keep(u, e)
}

func (f *Fold) decision(e *history.Event) {
	f.issues.Add(e)
	f.nodes.decision(e)
	f.series.decision(e, f.nodes.of(e.Node).index)
	f.keys.decision(e, f.issues)
	if e.Req == 0 {
		return
	}
	// Of a request that was sent on to another node, the last one decides; but
	// none that comes after the answer.
	if r := f.request(e.Req); r != nil && !(r.decided && r.answered) {
		r.decided = true
		r.decision = *e
	}
}

func (f *Fold) response(e *history.Event) {
	f.j.Requests++
	if e.Status >= 200 && e.Status < 400 {
		f.j.Successes++
	}
	a := f.actions[e.Action]
	r := f.request(e.Req)
	if r == nil || r.answered {
		return
	}
	if a == nil || a.id != e.User {
		f.forget(r)
		return
	}
	r.answered = true
	r.response = *e
	a.reqs = append(a.reqs, r)
	f.learn(a.user, r)
	if r.decided {
		f.stories.keep(a.user, &r.decision)
	}
	for i := range r.routes {
		f.stories.keep(a.user, &r.routes[i])
	}
	f.stories.keep(a.user, e)
}

// learn takes note of what later causes may hang on.
func (f *Fold) learn(u *user, r *request) {
	e := &r.response
	if cached(e) && len(e.Set) > 0 {
		u.fromCache = true
	}
	if e.Op == history.OpLogin && len(e.Set) > 0 {
		u.credential, u.unkept = e.Set[0], ""
	}
	if len(e.Clear) > 0 && u.cleared == "" {
		u.cleared = e.Path
	}
	if r.decided && r.decision.Reason == history.ReasonReused {
		u.reused = true
	}
	if r.decided && e.Op == history.OpRefresh && e.Err != "" && r.decision.Accept {
		u.lostRenew = true
	}
}

func (f *Fold) action(e *history.Event) {
	a, ok := f.actions[e.Action]
	if !ok || a.id != e.User {
		return // it did not begin within the history
	}
	delete(f.actions, e.Action)
	a.span.To = e.At
	a.outcome = outcome{shown: e.Shown, out: e.LoggedOut, gaveUp: e.GaveUp, read: e.Read, after: e.After, identity: e.Identity}
	if e.Kind == history.KindLogin && len(e.Cookies) > 0 {
		a.user.unkept = a.user.fate(e)
	}
	f.stories.keep(a.user, e)
	v := f.verdict(a)
	f.settleLedger(a, v)
	f.j.Actions++
	f.j.Verdicts.Add(v)
	f.series.verdict(e.At, v)
	if v == OK {
		f.release(a)
		return
	}
	f.find(a, v)
}

// find makes a finding, and tells its cause as soon as the evidence is there.
func (f *Fold) find(a *action, v Verdict) {
	a.finding = len(f.j.Findings)
	f.j.Findings = append(f.j.Findings, Finding{
		Action: a.number, User: a.id, Kind: a.kind, At: a.span.To, Verdict: v,
	})
	f.causes = append(f.causes, cause{})
	switch v {
	case SpuriousLogout, GhostSession, WrongIdentity, Lockout:
		a.user.affected = true
	}
	a.since = f.seq
	if a.complete() {
		f.explain(a)
		return
	}
	f.waiting = append(f.waiting, a)
}

// complete reports whether every answer that a node gave has its decision.
func (a *action) complete() bool {
	for _, r := range a.reqs {
		e := &r.response
		if !r.decided && e.Err == "" && !cached(e) && e.Op != history.OpLoginForm {
			return false
		}
	}
	return true
}

// settleWaiting explains the findings whose evidence has come, or has not come
// within the grace.
func (f *Fold) settleWaiting(now time.Duration, end bool) {
	n := 0
	for _, a := range f.waiting {
		if !end && !a.complete() && f.seq-a.since < graceEvents && now-a.span.To < graceTime {
			break
		}
		f.explain(a)
		n++
	}
	if n > 0 {
		f.waiting = append(f.waiting[:0], f.waiting[n:]...)
	}
}

func (f *Fold) user(n int) *user {
	u := f.users[n]
	if u == nil {
		u = &user{}
		f.users[n] = u
	}
	return u
}

// request is the open request of that number; nil for 0.
func (f *Fold) request(n int) *request {
	if n == 0 {
		return nil
	}
	r := f.reqs[n]
	if r == nil {
		r = f.pool.request()
		r.number, r.seen = n, f.seq
		f.reqs[n] = r
		f.orphans.push(orphan{n, f.seq})
	}
	return r
}

// release lets go of a settled action and its requests.
func (f *Fold) release(a *action) {
	for _, r := range a.reqs {
		f.forget(r)
	}
	f.pool.putAction(a)
}

func (f *Fold) forget(r *request) {
	delete(f.reqs, r.number)
	f.pool.putRequest(r)
}

// dropOrphans forgets requests that nobody waits for.
func (f *Fold) dropOrphans() {
	for {
		o, ok := f.orphans.first()
		if !ok || f.seq-o.seen < orphanEvents {
			return
		}
		f.orphans.pop()
		if r := f.reqs[o.req]; r != nil && r.seen == o.seen && !r.answered {
			f.forget(r)
		}
	}
}
