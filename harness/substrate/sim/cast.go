package sim

import (
	"context"
	"fmt"

	"github.com/logoutlab/logoutlab/fakes/balancer"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/substrate"
)

// Cast is some users of a plan, in ascending order, with the balancer's choices
// for each of their attempts, in order: nodes by number, or balancer.None.
// They are known from a run in which all users acted.
type Cast struct {
	Users []int
	Picks [][]int8 // by user, as Users
}

// PlayCast plays some users of a plan as they acted among all of them. What
// nobody else has an influence on, that is all but the balancer's choices, is
// played as ever; actions and requests are counted anew. The error says where
// the choices do not fit what the users did.
func (s *Substrate) PlayCast(ctx context.Context, p *plan.Plan, cast Cast, record substrate.Recorder) (history.Load, error) {
	c := &stage{users: cast.Users, places: map[int]int{}, picks: cast.Picks, next: make([]int, len(cast.Users))}
	for i, u := range cast.Users {
		c.places[u] = i
	}
	load, _, err := s.play(ctx, p, record, nil, c)
	if err == nil {
		err = c.left(ctx)
	}
	return load, err
}

// stage is where a cast acts.
type stage struct {
	users  []int
	places map[int]int
	picks  [][]int8
	next   []int // by user: which choice is next
	err    error // the first thing that did not fit
}

// pick is the balancer's choice for a user's request.
func (c *Cluster) pick(user int, r balancer.Request) balancer.Choice {
	if c.stage == nil {
		return c.balancer.Pick(r, c.clock.now)
	}
	node := c.stage.choice(user)
	if node == balancer.None {
		return balancer.Choice{Node: balancer.None}
	}
	choice := c.balancer.PickBound(r.Source, r.Tried, node, c.clock.now)
	if choice.Node != node {
		c.stage.fail(user, "the node of its choice %d is not available", c.stage.next[c.stage.places[user]])
	}
	return choice
}

func (s *stage) choice(user int) int {
	i := s.places[user]
	n := s.next[i]
	if n >= len(s.picks[i]) {
		s.fail(user, "it makes more than the %d attempts that are known", n)
		return balancer.None
	}
	s.next[i]++
	return int(s.picks[i][n])
}

func (s *stage) fail(user int, why string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf("user %d acts otherwise than among all users: "+why, append([]any{user}, args...)...)
	}
}

// left is what did not fit, choices that nobody made included.
func (s *stage) left(ctx context.Context) error {
	for i, n := range s.next {
		if n < len(s.picks[i]) && ctx.Err() == nil {
			s.fail(s.users[i], "it makes %d of %d attempts", n, len(s.picks[i]))
		}
	}
	return s.err
}
