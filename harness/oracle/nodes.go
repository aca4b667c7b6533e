package oracle

import (
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
)

// nodes is what the nodes said of themselves, and what the balancer saw.
type nodes struct {
	byName    map[string]*node
	list      []*node
	decisions int
}

// node is one app node.
type node struct {
	name       string
	index      int
	requests   int
	rejections int
	boots      []boot        // ascending
	lastFail   time.Duration // the balancer's latest failed attempt; 0: none
}

// boot is one life of a node.
type boot struct {
	number int
	first  time.Duration // its first word
	last   time.Duration // its last word
	lastNo int           // decisions of all nodes up to then
	stop   time.Duration // when it said that it is stopping; -1: not
}

func newNodes(names []string) nodes {
	n := nodes{byName: map[string]*node{}}
	for _, name := range names {
		n.of(name)
	}
	return n
}

func (n *nodes) of(name string) *node {
	x := n.byName[name]
	if x == nil {
		x = &node{name: name, index: len(n.list)}
		n.byName[name] = x
		n.list = append(n.list, x)
	}
	return x
}

func (n *nodes) decision(e *history.Event) {
	n.decisions++
	x := n.of(e.Node)
	x.requests++
	if !e.Accept {
		x.rejections++
	}
	n.word(x, e)
}

// word takes note that a node was alive in the event's boot.
func (n *nodes) word(x *node, e *history.Event) *boot {
	b := x.boot(e.Boot)
	if b == nil {
		x.boots = append(x.boots, boot{number: e.Boot, first: e.At, stop: -1})
		b = &x.boots[len(x.boots)-1]
	}
	b.last, b.lastNo = max(b.last, e.At), n.decisions
	return b
}

func (n *nodes) life(e *history.Event) {
	x := n.of(e.Node)
	b := n.word(x, e)
	if b.stop < 0 && (e.State == history.StateStopping || e.State == history.StateDown) {
		b.stop = e.At
	}
}

func (n *nodes) route(e *history.Event) {
	if e.Err != "" && e.Node != "" {
		x := n.of(e.Node)
		x.lastFail = max(x.lastFail, e.At)
	}
}

// boot finds a life by its number; nil if it is unknown.
func (x *node) boot(number int) *boot {
	for i := len(x.boots) - 1; i >= 0; i-- {
		if x.boots[i].number == number {
			return &x.boots[i]
		}
	}
	return nil
}

// goneAt reports whether a node's life was over, or ending, at a moment. It
// is asked when the whole history is known.
func (n *nodes) goneAt(name string, number int, at time.Duration) bool {
	x := n.byName[name]
	if x == nil {
		return false
	}
	b := x.boot(number)
	switch {
	case b == nil:
		return false
	case b.stop >= 0 && b.stop <= at:
		return true
	case b.last > at:
		return false
	case x.boots[len(x.boots)-1].number > number:
		return true
	}
	// Silent to the end of the history: dead if the balancer could not reach it
	// after its last word, or if it got no request while many were served.
	const turns = 20
	return x.lastFail > b.last || n.decisions-b.lastNo >= turns*len(n.list)
}

// stoppingDuring names a node that was stopping during a request, and when it
// said so: the given one, or if that is unknown, any.
func (n *nodes) stoppingDuring(name string, during span) (*node, time.Duration) {
	for _, x := range n.list {
		if name == "" || name == x.name {
			if said := x.stoppedIn(during); said >= 0 {
				return x, said
			}
		}
	}
	return nil, 0
}

// stoppedIn is when the node said that it is stopping, if it had not come up
// again before the span; negative if it was serving all through.
func (x *node) stoppedIn(during span) time.Duration {
	for i, b := range x.boots {
		if b.stop < 0 || b.stop > during.to {
			continue
		}
		if i == len(x.boots)-1 || x.boots[i+1].first >= during.from {
			return b.stop
		}
	}
	return -1
}
