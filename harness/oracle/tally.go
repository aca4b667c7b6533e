package oracle

import (
	"math"
	"math/bits"
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
)

// Tally counts a run that is judged as it is played, without a history: what a
// [Fold] would count, and no findings. All of it are whole numbers, so that
// tallies of parts of a run add up to that of the run, in any order.
type Tally struct {
	counts  tallied
	nodes   []string
	names   []string // of the causes
	width   time.Duration
	inverse uint64 // of width, times 2^64, rounded down
	// By bucket, then by node: what is counted nowhere else yet.
	opened  []int // see [Tally.Opened]
	renewed []int // see [Tally.Renewed]
	buckets []bucketTally
	latest  *bucketTally // that was asked for, and what it covers
	from    time.Duration
	to      time.Duration
	// Beside the causes of spurious logouts, the nodes at fault: by cause, then
	// by node, "none" last; and the causes of errors.
	culprits [maxCauses][]int
	errors   [maxCauses]int
}

// tallied is the numbers of a Judgement.
type tallied struct {
	Actions, ValidActions, PageViews, UsesAfterLogout, Logins, Requests, Successes, Affected, LoggedOut int

	valid Counts
	last  time.Duration
}

// maxCauses is room for all of [Causes].
const maxCauses = 32

type bucketTally struct {
	verdicts Counts
	logins   int
	causes   [maxCauses]int
	nodes    []NodeCount
}

// NewTally returns the tally of a run with the given header, of which nothing
// has happened yet.
func NewTally(h history.Header) *Tally {
	width := newSeries(h.Planned).width
	return &Tally{
		names: Causes(), nodes: h.Nodes, width: width, inverse: math.MaxUint64 / uint64(width),
		opened: make([]int, maxBuckets*len(h.Nodes)), renewed: make([]int, maxBuckets*len(h.Nodes)),
	}
}

// CauseNumber is a cause's place in [Causes].
func CauseNumber(name string) uint8 {
	for i, c := range Causes() {
		if c == name {
			return uint8(i)
		}
	}
	panic("oracle: no cause is called " + name)
}

func (t *Tally) bucket(at time.Duration) *bucketTally {
	if at < t.from || at >= t.to {
		t.find(at)
	}
	return t.latest
}

func (t *Tally) find(at time.Duration) {
	i := t.place(at)
	for len(t.buckets) <= i {
		t.buckets = append(t.buckets, bucketTally{nodes: make([]NodeCount, len(t.nodes))})
	}
	t.latest, t.from, t.to = &t.buckets[i], time.Duration(i)*t.width, time.Duration(i+1)*t.width
}

// place is the number of the bucket of a moment.
func (t *Tally) place(at time.Duration) int {
	hi, _ := bits.Mul64(uint64(max(at, 0)), t.inverse)
	i := int(hi) // the quotient, or one less
	if at-time.Duration(i)*t.width >= t.width {
		i++
	}
	return min(i, maxBuckets-1)
}

// Decision counts a node's decision.
func (t *Tally) Decision(at time.Duration, node int, accept bool) {
	n := &t.bucket(at).nodes[node]
	n.Requests++
	if !accept {
		n.Rejections++
	}
}

// Response counts an answer, or the failure in its place (status 0).
func (t *Tally) Response(status int) {
	t.counts.Requests++
	if status >= 200 && status < 400 {
		t.counts.Successes++
	}
}

// Page counts a page with its verdict.
func (t *Tally) Page(at time.Duration, v Verdict, on Ground) {
	if v != Unknown {
		t.counts.PageViews++
	}
	switch {
	case on == AfterLogout && (v == OK || v == GhostSession):
		t.counts.UsesAfterLogout++
	case on == Promised && v != Unknown:
		t.counts.ValidActions++
		t.counts.valid.Add(v)
	}
	t.Action(at, v)
}

// Opened counts a page that its user was promised and got, with one request
// that the node accepted: as [Tally.Decision], [Tally.Response] and [Tally.Page]
// do one by one.
func (t *Tally) Opened(decided, over time.Duration, node int) {
	i := t.place(over)
	if decided < time.Duration(i)*t.width {
		t.Decision(decided, node, true)
		t.Response(200)
		t.Page(over, OK, Promised)
		return
	}
	t.opened[i*len(t.nodes)+node]++
	t.counts.last = max(t.counts.last, over)
}

// Renewed counts a renewal that a node accepted: as [Tally.Decision] and
// [Tally.Response] do.
func (t *Tally) Renewed(at time.Duration, node int) { t.renewed[t.place(at)*len(t.nodes)+node]++ }

// Login counts a login with its verdict.
func (t *Tally) Login(at time.Duration, v Verdict) {
	t.counts.Logins++
	t.bucket(at).logins++
	t.Action(at, v)
}

// Action counts an action with its verdict. One of a page or a login is
// counted with [Tally.Page] and [Tally.Login].
func (t *Tally) Action(at time.Duration, v Verdict) {
	t.counts.Actions++
	t.bucket(at).verdicts.Add(v)
	t.counts.last = max(t.counts.last, at)
}

// Cause counts the causes of n spurious logouts at a moment.
func (t *Tally) Cause(at time.Duration, cause uint8, n int) {
	t.bucket(at).causes[cause] += n
}

// Blame counts a spurious logout with its cause and the number of the node at
// fault; -1 if there is none.
func (t *Tally) Blame(at time.Duration, cause uint8, culprit int) {
	t.Cause(at, cause, 1)
	if t.culprits[cause] == nil {
		t.culprits[cause] = make([]int, len(t.nodes)+1)
	}
	if culprit < 0 {
		culprit = len(t.nodes)
	}
	t.culprits[cause][culprit]++
}

// Failed counts the cause of an error.
func (t *Tally) Failed(cause uint8) { t.errors[cause]++ }

// LoggedOut counts a user who had a spurious logout.
func (t *Tally) LoggedOut() { t.counts.LoggedOut++ }

// Affected counts a user who was harmed.
func (t *Tally) Affected() { t.counts.Affected++ }

// Merge adds what another tally of the same run has counted.
func (t *Tally) Merge(o *Tally) {
	a, b := &t.counts, &o.counts
	for _, x := range [...]struct {
		to   *int
		from int
	}{
		{&a.Actions, b.Actions}, {&a.ValidActions, b.ValidActions}, {&a.PageViews, b.PageViews}, {&a.UsesAfterLogout, b.UsesAfterLogout},
		{&a.Logins, b.Logins}, {&a.Requests, b.Requests}, {&a.Successes, b.Successes}, {&a.Affected, b.Affected}, {&a.LoggedOut, b.LoggedOut},
	} {
		*x.to += x.from
	}
	a.last = max(a.last, b.last)
	a.valid.merge(b.valid)
	mergeNumbers(t.errors[:], o.errors[:])
	mergeNumbers(t.opened, o.opened)
	mergeNumbers(t.renewed, o.renewed)
	for i, n := range o.culprits {
		if n != nil && t.culprits[i] == nil {
			t.culprits[i] = make([]int, len(n))
		}
		mergeNumbers(t.culprits[i], n)
	}
	for i := range o.buckets {
		t.bucket(time.Duration(i) * t.width).merge(&o.buckets[i])
	}
}

func (b *bucketTally) merge(o *bucketTally) {
	b.verdicts.merge(o.verdicts)
	b.logins += o.logins
	mergeNumbers(b.causes[:], o.causes[:])
	mergeNodes(b.nodes, o.nodes)
}

func mergeNumbers(to, from []int) {
	for i, n := range from {
		to[i] += n
	}
}

func mergeNodes(to, from []NodeCount) {
	for i, n := range from {
		to[i].Requests += n.Requests
		to[i].Rejections += n.Rejections
	}
}

func (c *Counts) merge(o Counts) {
	c.OK += o.OK
	c.SpuriousLogout += o.SpuriousLogout
	c.GhostSession += o.GhostSession
	c.WrongIdentity += o.WrongIdentity
	c.Lockout += o.Lockout
	c.Error += o.Error
	c.Unknown += o.Unknown
}

// Judgement gives what was counted. It has no findings, no stories and no list
// of the users who were harmed.
func (t *Tally) Judgement() *Judgement {
	t.open()
	c := &t.counts
	j := &Judgement{
		Actions: c.Actions, Valid: c.valid, ValidActions: c.ValidActions, PageViews: c.PageViews,
		UsesAfterLogout: c.UsesAfterLogout, Logins: c.Logins, Requests: c.Requests, Successes: c.Successes,
		GhostCauses: map[string]int{}, IdentityCauses: map[string]int{}, LockoutCauses: map[string]int{},
		Series: Series{Width: t.width}, Last: c.last, Harmed: c.Affected, Sums: t.sums(),
	}
	all := bucketTally{nodes: make([]NodeCount, len(t.nodes))}
	for i := range t.buckets {
		b := &t.buckets[i]
		all.merge(b)
		j.Series.Buckets = append(j.Series.Buckets, t.bucketOf(b))
	}
	j.Verdicts, j.Causes, j.Nodes = all.verdicts, t.causes(&all.causes), t.named(all.nodes)
	return j
}

// open counts as all others are what was opened and renewed.
func (t *Tally) open() {
	c := &t.counts
	for i, pages := range t.opened {
		requests := pages + t.renewed[i]
		if requests == 0 {
			continue
		}
		b := t.bucket(time.Duration(i/len(t.nodes)) * t.width)
		b.nodes[i%len(t.nodes)].Requests += requests
		c.Requests += requests
		c.Successes += requests
		for _, x := range [...]*int{&b.verdicts.OK, &c.valid.OK, &c.Actions, &c.ValidActions, &c.PageViews} {
			*x += pages
		}
		t.opened[i], t.renewed[i] = 0, 0
	}
}

func (t *Tally) bucketOf(b *bucketTally) Bucket {
	out := Bucket{Verdicts: b.verdicts, Logins: b.logins, Nodes: t.named(b.nodes)}
	if spurious := t.causes(&b.causes); len(spurious) > 0 {
		out.Spurious = spurious
	}
	return out
}

func (t *Tally) named(nodes []NodeCount) []NodeCount {
	for i := range nodes {
		nodes[i].Name = t.nodes[i]
	}
	return nodes
}

func (t *Tally) sums() *Sums {
	s := &Sums{LoggedOut: t.counts.LoggedOut, Culprits: map[Verdict]map[string]map[string]int{}}
	for cause, nodes := range t.culprits {
		for i, n := range nodes {
			culprit := ""
			if i < len(t.nodes) {
				culprit = t.nodes[i]
			}
			if n > 0 {
				s.add(SpuriousLogout, t.names[cause], culprit, n)
			}
		}
	}
	for cause, n := range t.errors {
		if n > 0 {
			s.add(Error, t.names[cause], "", n)
		}
	}
	return s
}

func (t *Tally) causes(counts *[maxCauses]int) map[string]int {
	out := map[string]int{}
	for i, n := range counts {
		if n > 0 {
			out[t.names[i]] = n
		}
	}
	return out
}
