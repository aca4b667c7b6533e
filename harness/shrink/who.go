package shrink

import (
	"slices"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// fewestUsers looks for a few affected users who show the harm by themselves:
// the first one, the first two, four and so on, in the order of time. If even
// all affected users do not, all users follow the script.
func (s *search) fewestUsers() {
	all := s.best
	for n := 1; ; n *= 2 {
		some := s.affected[:min(n, len(s.affected))]
		if s.err != nil || s.try(only(all, some)) {
			return
		}
		if n >= len(s.affected) {
			s.try(all)
			return
		}
	}
}

// only is a plan with the actions of some users alone.
func only(c candidate, users []int) candidate {
	keep := map[int]bool{}
	for _, u := range users {
		keep[u] = true
	}
	c.variant = c.variant.Clone()
	c.variant.Script = slices.DeleteFunc(c.variant.Script, func(a scenario.Action) bool { return !keep[a.User] })
	return c
}

func (s *search) users() []int {
	var all []int
	for _, a := range s.best.variant.Script {
		all = append(all, a.User)
	}
	return slices.Compact(all)
}

func (s *search) fewerUsers() {
	least(s.users(), func(some []int) bool { return s.try(only(s.best, some)) })
}

func (s *search) fewerActions() {
	least(s.best.variant.Script, func(some []scenario.Action) bool {
		return s.change(func(c *candidate) { c.variant.Script = some })
	})
}

// few is the most actions of which all selections are tried.
const few = 8

// otherNodes looks for a node at which a fault shows the harm with fewer
// actions: which one it is was up to those who are gone.
func (s *search) otherNodes() {
	for i := range s.best.variant.Faults {
		for n := range s.best.variant.Architecture.Nodes {
			if s.best.variant.Faults[i].Params.Node < 0 || len(s.best.variant.Script) > few {
				continue
			}
			for _, some := range selections(s.best.variant.Script) {
				if s.change(func(c *candidate) { c.variant.Script, c.variant.Faults[i].Params.Node = some, n }) {
					break
				}
			}
		}
	}
}

// selections lists all those of fewer items, but some, the smallest first.
func selections[T any](items []T) [][]T {
	var all [][]T
	for bits := 1; bits < 1<<len(items)-1; bits++ {
		var some []T
		for i, item := range items {
			if bits>>i&1 != 0 {
				some = append(some, item)
			}
		}
		all = append(all, some)
	}
	slices.SortStableFunc(all, func(a, b []T) int { return len(a) - len(b) })
	return all
}

// seeds is how many others are tried.
const seeds = 20

// otherSeeds looks for one that does with an action less: balancing by chance
// takes other ways with it.
func (s *search) otherSeeds() {
	for seed := uint64(1); seed <= seeds; seed++ {
		for i := range s.best.variant.Script {
			if s.change(func(c *candidate) { c.seed, c.variant.Script = seed, slices.Delete(c.variant.Script, i, i+1) }) {
				s.fewerActions()
				break
			}
		}
	}
}

// fewerRequests reduces how many parallel requests a page makes, and how often
// they are repeated.
func (s *search) fewerRequests() {
	for _, field := range []func(*candidate) *int{
		func(c *candidate) *int { return &c.variant.Architecture.Client.Requests },
		func(c *candidate) *int { return &c.variant.Architecture.Client.RetryMax },
	} {
		for n := 1; n < *field(&s.best); n++ {
			if s.change(func(c *candidate) { *field(c) = n }) {
				break
			}
		}
	}
}

// lessRoom reduces how much a node can take on at once, and how much of that the
// balancer lets those bound to it have, so that a smaller crowd
// is too much for it.
func (s *search) lessRoom() {
	if s.best.variant.Architecture.App.Capacity == 0 {
		return
	}
	for _, room := range []struct {
		least int
		field func(*candidate) *int
	}{
		{0, func(c *candidate) *int { return &c.variant.Architecture.App.Queue }},
		{1, func(c *candidate) *int { return &c.variant.Architecture.App.Capacity }},
		{1, func(c *candidate) *int { return &c.variant.Architecture.Balancer.StickyMax }},
	} {
		for n := room.least; n < *room.field(&s.best); n = 2*n + 1 {
			if s.change(func(c *candidate) { *room.field(c) = n }) {
				break
			}
		}
	}
}

// plainNames numbers users and pages from 1 on, and calls an action what it is
// for a user who is not logged in yet.
func (s *search) plainNames() {
	users := s.users()
	s.change(func(c *candidate) {
		for i := range c.variant.Script {
			c.variant.Script[i].User = 1 + slices.Index(users, c.variant.Script[i].User)
		}
	})
	s.change(func(c *candidate) {
		for i := range c.variant.Script {
			c.variant.Script[i].Page = min(c.variant.Script[i].Page, 1)
		}
	})
	for i, a := range s.best.variant.Script {
		first := i == 0 || s.best.variant.Script[i-1].User != a.User
		s.rename(i, first && a.Do != "login", "login", 0)
		s.rename(i, !first && a.Do == "login", "page", 1)
	}
}

func (s *search) rename(i int, when bool, do string, page int) {
	if when {
		s.change(func(c *candidate) { c.variant.Script[i].Do, c.variant.Script[i].Page = do, page })
	}
}
