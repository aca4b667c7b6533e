package oracle

import (
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
)

// nodes is what the nodes said of themselves, and what the balancer saw.
type nodes struct {
	byName map[string]*node
	list   []*node
}

// node is one app node.
type node struct {
	name       string
	index      int
	requests   int
	rejections int
	boots      []boot        // ascending
	refused    time.Duration // when it last refused the balancer's connection; 0: never
	down       time.Duration // since when the balancer takes it for down; 0: it does not
	draining   time.Duration // since when the balancer has drained it; 0: it does not
}

// boot is one life of a node.
type boot struct {
	number  int
	first   time.Duration // its first word
	last    time.Duration // its last word
	stop    time.Duration // when it said that it is stopping; -1: not
	drained time.Duration // since when it had been drained then; 0: it had not
	crash   time.Duration // when it died by itself; -1: not
	why     string        // of what it died
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
		x.boots = append(x.boots, boot{number: e.Boot, first: e.At, stop: -1, crash: -1})
		b = &x.boots[len(x.boots)-1]
	}
	b.last = max(b.last, e.At)
	return b
}

func (n *nodes) life(e *history.Event) {
	x := n.of(e.Node)
	b := n.word(x, e)
	if b.stop < 0 && (e.State == history.StateStopping || e.State == history.StateDown) {
		b.stop, b.drained = e.At, x.draining
	}
	if e.State == history.StateCrashed {
		b.crash, b.why = e.At, e.Reason
	}
}

func (n *nodes) route(e *history.Event) {
	if e.Err == history.ErrRefused && e.Node != "" {
		x := n.of(e.Node)
		x.refused = max(x.refused, e.At)
	}
	switch {
	case e.State == "" || e.Node == "":
	case e.State == history.StateDraining:
		n.of(e.Node).draining = e.At
	case e.State == history.StateDown:
		x := n.of(e.Node)
		x.draining, x.down = 0, e.At
	default:
		x := n.of(e.Node)
		x.draining, x.down = 0, 0
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
	case b.crash >= 0 && b.crash <= at, b.stop >= 0 && b.stop <= at, b.drained > 0 && b.drained <= at: // drained, and stopped in the end
		return true
	case b.last > at:
		return false
	case x.boots[len(x.boots)-1].number > number:
		return true
	}
	// Silent to the end of the history, as is a live node that nobody asks; and
	// a connection may be cut at either end. Only a dead one refuses new ones; and
	// one that is down in the balancer's eyes, and never heard of again, is as good
	// as dead.
	return x.refused > b.last || x.down > b.last
}

// stoppingDuring names a node that was stopping during a request, and when it
// said so: the given one, or if that is unknown, any.
func (n *nodes) stoppingDuring(name string, during Span) (*node, time.Duration) {
	return n.endedDuring(name, during, func(b *boot) time.Duration { return b.stop })
}

// overloadedDuring names a node that was dead of overload during a request, and
// since when: the given one, or if that is unknown, any.
func (n *nodes) overloadedDuring(name string, during Span) (*node, time.Duration) {
	return n.endedDuring(name, during, func(b *boot) time.Duration {
		if b.why != history.ReasonOverload {
			return -1
		}
		return b.crash
	})
}

func (n *nodes) endedDuring(name string, during Span, end func(*boot) time.Duration) (*node, time.Duration) {
	for _, x := range n.list {
		if name == "" || name == x.name {
			if at := x.endedIn(during, end); at >= 0 {
				return x, at
			}
		}
	}
	return nil, 0
}

// endedIn is when a life of the node ended in this way, if it had not come up
// again before the span; negative if it was serving all through.
func (x *node) endedIn(during Span, end func(*boot) time.Duration) time.Duration {
	for i := range x.boots {
		at := end(&x.boots[i])
		if at < 0 || at > during.To {
			continue
		}
		if i == len(x.boots)-1 || x.boots[i+1].first >= during.From {
			return at
		}
	}
	return -1
}

// diedOf is of what a node's life ended by itself, in words; "" if it did not.
func (n *nodes) diedOf(name string, number int) string {
	if x := n.byName[name]; x != nil {
		if b := x.boot(number); b != nil && b.crash >= 0 {
			return b.why
		}
	}
	return ""
}
