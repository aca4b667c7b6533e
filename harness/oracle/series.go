package oracle

import (
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
)

const (
	seriesBuckets = 120
	maxBuckets    = 4 * seriesBuckets
	shortest      = time.Millisecond
)

// series counts over time what needs no finding. A run that outlasts its plan
// widens the buckets.
type series struct {
	width time.Duration
	ok    []int
	login []int
	nodes [][]NodeCount // by bucket, by node
}

func newSeries(planned time.Duration) series {
	return series{width: max(shortest, planned/seriesBuckets)}
}

// at is the bucket of a moment.
func (s *series) at(t time.Duration) int {
	t = max(t, 0)
	for t/s.width >= maxBuckets {
		s.widen()
	}
	i := int(t / s.width)
	for len(s.ok) <= i {
		s.ok = append(s.ok, 0)
		s.login = append(s.login, 0)
		s.nodes = append(s.nodes, nil)
	}
	return i
}

func (s *series) widen() {
	s.width *= 2
	for i := range s.ok {
		ok, login, nodes := s.ok[i], s.login[i], s.nodes[i]
		s.ok[i], s.login[i], s.nodes[i] = 0, 0, nil
		s.ok[i/2] += ok
		s.login[i/2] += login
		for n, c := range nodes {
			x := s.node(i/2, n)
			x.Requests += c.Requests
			x.Rejections += c.Rejections
		}
	}
	n := (len(s.ok) + 1) / 2
	s.ok, s.login, s.nodes = s.ok[:n], s.login[:n], s.nodes[:n]
}

func (s *series) node(bucket, index int) *NodeCount {
	for len(s.nodes[bucket]) <= index {
		s.nodes[bucket] = append(s.nodes[bucket], NodeCount{})
	}
	return &s.nodes[bucket][index]
}

func (s *series) decision(e *history.Event, node int) {
	c := s.node(s.at(e.At), node)
	c.Requests++
	if !e.Accept {
		c.Rejections++
	}
}

// verdict counts an ok action; the others are counted from their findings.
func (s *series) verdict(at time.Duration, v Verdict) {
	i := s.at(at)
	if v == OK {
		s.ok[i]++
	}
}

// loggedIn counts a login.
func (s *series) loggedIn(at time.Duration) { s.login[s.at(at)]++ }

// result gives the series with the findings in it.
func (s *series) result(j *Judgement) Series {
	out := Series{Width: s.width, Buckets: make([]Bucket, len(s.ok))}
	for i := range out.Buckets {
		b := &out.Buckets[i]
		b.Verdicts.OK, b.Logins = s.ok[i], s.login[i]
		b.Nodes = make([]NodeCount, len(j.Nodes))
		copy(b.Nodes, s.nodes[i])
		for n := range b.Nodes {
			b.Nodes[n].Name = j.Nodes[n].Name
		}
	}
	for i := range j.Findings {
		x := &j.Findings[i]
		b := &out.Buckets[max(x.At, 0)/s.width]
		b.Verdicts.Add(x.Verdict)
		switch x.Verdict {
		case SpuriousLogout:
			b.Spurious = more(b.Spurious, x.Cause)
		case GhostSession:
			b.Ghosts = more(b.Ghosts, x.Cause)
		case WrongIdentity:
			b.Foreign = more(b.Foreign, x.Cause)
		}
	}
	return out
}

func more(counts map[string]int, cause string) map[string]int {
	if counts == nil {
		counts = map[string]int{}
	}
	counts[cause]++
	return counts
}
