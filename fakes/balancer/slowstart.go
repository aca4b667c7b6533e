package balancer

import "time"

// fullWeight is the weight of a node that gets its full share. As in HAProxy, a
// node that comes up begins with one part of it in sixteen.
const fullWeight = 16

// weights are the nodes' shares in what policy decides on.
type weights struct {
	over   time.Duration   // see [Config.SlowStart]; 0: nobody begins slowly
	rising nodeSet         // nodes that do not have their full share yet
	since  []time.Duration // by node: when it came up, if it is rising
	of     []int           // by node: 1 to fullWeight, as of the latest settle, if it is rising
}

func newWeights(nodes int, over time.Duration) *weights {
	return &weights{over: over, since: make([]time.Duration, nodes), of: make([]int, nodes)}
}

// cameUp gives a node the least share.
func (w *weights) cameUp(node int, now time.Duration) {
	if w.over > 0 {
		w.rising, w.since[node] = w.rising.with(node), now
	}
}

// settle brings the rising nodes' weights up to now.
func (w *weights) settle(now time.Duration) {
	for rest := w.rising; rest != 0; rest = rest.withoutFirst() {
		node := rest.first()
		w.of[node] = weightAt(now-w.since[node], w.over)
		if w.of[node] == fullWeight {
			w.rising = w.rising.without(node)
		}
	}
}

// weightAt is the weight of a node that has been up so long, if it has its full
// share after over: it grows by one part in sixteen at a time.
func weightAt(age, over time.Duration) int {
	if age >= over {
		return fullWeight
	}
	return min(fullWeight, 1+int(max(age, 0)*fullWeight/over))
}
