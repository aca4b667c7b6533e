package oracle

import (
	"slices"
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
)

const (
	loginEvents  = 8       // kept from a login on
	recentEvents = 1 << 16 // kept in all, of the latest
	maxStories   = 64
)

// stories keeps each user's recent events, and copies them where the first
// finding of a cause is made.
type stories struct {
	each int // latest events kept of each user
	told map[string]bool
	list []Story
}

func newStories(users int) stories {
	return stories{each: min(64, max(8, recentEvents/max(1, users))), told: map[string]bool{}}
}

// recent is one user's events since the latest login: the first few, and the
// latest in a ring.
type recent struct {
	head  []history.Event
	ring  []history.Event
	next  int
	total int
}

func (r *recent) restart() { r.head, r.ring, r.next, r.total = r.head[:0], r.ring[:0], 0, 0 }

func (s *stories) keep(u *user, e *history.Event) {
	r := &u.recent
	r.total++
	switch {
	case len(r.head) < loginEvents:
		r.head = append(r.head, *e)
	case len(r.ring) < s.each:
		r.ring = append(r.ring, *e)
	default:
		r.ring[r.next] = *e
		r.next = (r.next + 1) % len(r.ring)
	}
}

// capture keeps the story of a finding if it is the first of its cause.
func (s *stories) capture(a *action, x Finding, c cause) {
	key := string(x.Verdict) + c.provisional()
	if s.told[key] || len(s.list) >= maxStories {
		return
	}
	s.told[key] = true
	r := &a.user.recent
	events := slices.Concat(r.head, r.ring[r.next:], r.ring[:r.next])
	events = slices.DeleteFunc(events, func(e history.Event) bool { return e.At > a.span.To })
	slices.SortStableFunc(events, func(a, b history.Event) int { return int(min(max(a.At-b.At, -time.Second), time.Second)) })
	s.list = append(s.list, Story{Finding: x, Events: events, Omitted: r.total - len(r.head) - len(r.ring)})
}

// result gives the first story of each cause, now that the causes are known.
func (s *stories) result(findings []Finding) []Story {
	settled := map[int]*Finding{}
	for i := range findings {
		settled[findings[i].Action] = &findings[i]
	}
	seen := map[string]bool{}
	out := []Story{}
	for _, story := range s.list {
		if x := settled[story.Finding.Action]; x != nil {
			story.Finding = *x
		}
		key := string(story.Finding.Verdict) + " " + story.Finding.Cause
		if !seen[key] {
			seen[key] = true
			out = append(out, story)
		}
	}
	return out
}
