package oracle

import "github.com/logoutlab/logoutlab/harness/history"

// pool reuses actions and requests, which come and go with every page.
type pool struct {
	actions  []*action
	requests []*request
}

func (p *pool) action() *action {
	if n := len(p.actions); n > 0 {
		a := p.actions[n-1]
		p.actions = p.actions[:n-1]
		return a
	}
	return &action{}
}

func (p *pool) putAction(a *action) {
	*a = action{reqs: a.reqs[:0]}
	p.actions = append(p.actions, a)
}

func (p *pool) request() *request {
	if n := len(p.requests); n > 0 {
		r := p.requests[n-1]
		p.requests = p.requests[:n-1]
		return r
	}
	return &request{}
}

// putRequest leaves the events of r to be overwritten: decided and answered
// say whether they mean anything.
func (p *pool) putRequest(r *request) {
	r.number, r.seen, r.decided, r.answered, r.routes = 0, 0, false, false, r.routes[:0]
	p.requests = append(p.requests, r)
}

// orphan is a request and when it was first heard of.
type orphan struct{ req, seen int }

// queue is a first-in first-out queue in a ring.
type queue struct {
	ring []orphan
	head int
	n    int
}

func (q *queue) push(o orphan) {
	if q.n == len(q.ring) {
		bigger := make([]orphan, max(1024, 2*q.n))
		for i := range q.n {
			bigger[i] = q.ring[(q.head+i)%len(q.ring)]
		}
		q.ring, q.head = bigger, 0
	}
	q.ring[(q.head+q.n)%len(q.ring)] = o
	q.n++
}

func (q *queue) first() (orphan, bool) {
	if q.n == 0 {
		return orphan{}, false
	}
	return q.ring[q.head], true
}

func (q *queue) pop() {
	q.head = (q.head + 1) % len(q.ring)
	q.n--
}

// cached reports whether an answer came from a cache (RFC 9211 hit, or the Age
// of RFC 9111 section 5.1).
func cached(e *history.Event) bool { return e.Hit || e.Age > 0 }
