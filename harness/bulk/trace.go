package bulk

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/substrate/sim"
)

// Trace is what some users of a run were given, and what came of it: enough for
// the full engine to play them alone.
type Trace struct {
	sim.Cast
	Verdicts []oracle.Counts // of each user's actions, as Users
}

// Traceable says why the users of a plan cannot be played alone; nil if they
// can.
func Traceable(p *plan.Plan) error {
	if p.Variant.Architecture.Cache.Enabled {
		return errors.New("a cache, which answers a user with what others have asked for")
	}
	return nil
}

// TraceUsers plays a plan once more and notes what the balancer chose for these
// users (ascending), and how their actions came out.
func TraceUsers(ctx context.Context, p *plan.Plan, users []int) (*Trace, error) {
	n := &notes{places: map[int]int{}, Trace: Trace{Verdicts: make([]oracle.Counts, len(users))}}
	n.Users, n.Picks = users, make([][]int8, len(users))
	for i, u := range users {
		n.places[u] = i
	}
	if _, err := play(ctx, p, options{notes: n}); err != nil {
		return nil, err
	}
	return &n.Trace, nil
}

// notes is a trace in the making.
type notes struct {
	Trace
	places map[int]int
}

func (n *notes) picked(user, node int) {
	if i, ok := n.places[user]; ok {
		n.Picks[i] = append(n.Picks[i], int8(node))
	}
}

func (n *notes) judged(user int, v oracle.Verdict) {
	if i, ok := n.places[user]; ok {
		n.Verdicts[i].Add(v)
	}
}

// who is the number of the user of a row.
func (e *engine) who(row int32) int { return e.first + int(row) }

// people is who was harmed, and whose requests show when each process was
// alive: the last that it decided, and the last that its node refused after it.
type people struct {
	harmed []uint64 // by user
	words  [][]words
}

type words struct{ last, refused word }

type word struct {
	at time.Duration
	by int
}

func newPeople(users, nodes int) people {
	return people{make([]uint64, users/64+1), make([][]words, nodes)}
}

func (x *people) harm(user int) { x.harmed[user>>6] |= 1 << (user & 63) }

func (x *people) of(node, boot int) *words {
	for len(x.words[node]) < boot {
		x.words[node] = append(x.words[node], words{})
	}
	return &x.words[node][boot-1]
}

// hear keeps the later of two words, of two at one moment that of the user with
// the smaller number.
func (w *word) hear(at time.Duration, by int) {
	if w.by == 0 || at > w.at || at == w.at && by < w.by {
		w.at, w.by = at, by
	}
}

// merge adds what was noted of other users.
func (x *people) merge(o *people) {
	for i, word := range o.harmed {
		x.harmed[i] |= word
	}
	for node, boots := range o.words {
		for i := range boots {
			to := x.of(node, i+1)
			for _, w := range []struct{ to, from *word }{{&to.last, &boots[i].last}, {&to.refused, &boots[i].refused}} {
				if w.from.by != 0 {
					w.to.hear(w.from.at, w.from.by)
				}
			}
		}
	}
}

// Sample is the users of a run whose histories tell of all: the first who were
// harmed, the first of the others, and those whose requests show when each
// process of a node was alive last. It is ascending.
func (p *Played) Sample(harmed, others int) []int {
	var all []int
	for user := 1; user <= p.users && (harmed > 0 || others > 0); user++ {
		is := p.people.harmed[user>>6]>>(user&63)&1 == 1
		switch {
		case is && harmed > 0:
			harmed--
			all = append(all, user)
		case !is && others > 0:
			others--
			all = append(all, user)
		}
	}
	for _, boots := range p.people.words {
		for _, w := range boots {
			for _, by := range []int{w.last.by, w.refused.by} {
				if by != 0 {
					all = append(all, by)
				}
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Harmed reports whether a user was harmed.
func (p *Played) Harmed(user int) bool { return p.people.harmed[user>>6]>>(user&63)&1 == 1 }
