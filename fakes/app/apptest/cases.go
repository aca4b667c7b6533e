// Package apptest has what a node of bounded capacity does with requests, as
// cases that every driver of it has to pass: net/http and the simulator.
package apptest

import (
	"time"

	"github.com/logoutlab/logoutlab/fakes/app"
)

// Case is a few pages asked for from one node, each by a user of its own who is
// logged in.
type Case struct {
	Name    string
	Bounds  app.Bounds
	Work    time.Duration   // that each page takes
	WarmUp  app.WarmUp      // of the process, which starts when time does
	Timeout time.Duration   // after which each client gives up and hangs up
	Arrive  []time.Duration // when each request reaches the node
	Want    []Outcome       // of each
}

// Outcome is what came of a request, and when: an answer with a status, or 0 for
// a client that has gone.
type Outcome struct {
	Status int
	At     time.Duration
}

const ms = time.Millisecond

// Cases are the cases. No two things happen in one of them at the same moment.
func Cases() []Case {
	never := time.Minute
	return []Case{
		{"no bound", app.Bounds{}, 100 * ms, app.WarmUp{}, never,
			[]time.Duration{0, 1 * ms, 2 * ms}, []Outcome{{200, 100 * ms}, {200, 101 * ms}, {200, 102 * ms}}},
		{"one at once, and nobody waits", app.Bounds{Capacity: 1}, 100 * ms, app.WarmUp{}, never,
			[]time.Duration{0, 10 * ms, 99 * ms, 150 * ms}, []Outcome{{200, 100 * ms}, {503, 10 * ms}, {503, 99 * ms}, {200, 250 * ms}}},
		{"two at once, one waits", app.Bounds{Capacity: 2, Queue: 1}, 100 * ms, app.WarmUp{}, never,
			[]time.Duration{0, 10 * ms, 20 * ms, 30 * ms, 105 * ms},
			[]Outcome{{200, 100 * ms}, {200, 110 * ms}, {200, 200 * ms}, {503, 30 * ms}, {200, 210 * ms}}},
		{"the first come first", app.Bounds{Capacity: 1, Queue: 3}, 100 * ms, app.WarmUp{}, never,
			[]time.Duration{0, 10 * ms, 20 * ms, 30 * ms}, []Outcome{{200, 100 * ms}, {200, 200 * ms}, {200, 300 * ms}, {200, 400 * ms}}},
		{"who has waited too long is refused", app.Bounds{Capacity: 1, Queue: 2, Patience: 150 * ms}, 100 * ms, app.WarmUp{}, never,
			[]time.Duration{0, 10 * ms, 20 * ms, 180 * ms}, []Outcome{{200, 100 * ms}, {200, 200 * ms}, {503, 170 * ms}, {200, 300 * ms}}},
		{"who hangs up gives the place back", app.Bounds{Capacity: 1, Queue: 2}, 100 * ms, app.WarmUp{}, 120 * ms,
			[]time.Duration{0, 10 * ms, 50 * ms, 180 * ms}, []Outcome{{200, 100 * ms}, {0, 130 * ms}, {0, 170 * ms}, {200, 280 * ms}}},
		{"the places of two who hang up", app.Bounds{Capacity: 2, Queue: 2}, 100 * ms, app.WarmUp{}, 90 * ms,
			[]time.Duration{0, 5 * ms, 20 * ms, 25 * ms}, []Outcome{{0, 90 * ms}, {0, 95 * ms}, {0, 110 * ms}, {0, 115 * ms}}},
		{"a page takes longer on a process that has just started", app.Bounds{}, 100 * ms, app.WarmUp{Work: 500 * ms, Over: 800 * ms}, never,
			[]time.Duration{0, 400 * ms, 700 * ms, 800 * ms, 2000 * ms},
			[]Outcome{{200, 500 * ms}, {200, 700 * ms}, {200, 850 * ms}, {200, 900 * ms}, {200, 2100 * ms}}},
		{"it counts when work on it begins", app.Bounds{Capacity: 1, Queue: 1}, 100 * ms, app.WarmUp{Work: 500 * ms, Over: 1000 * ms}, never,
			[]time.Duration{0, 10 * ms}, []Outcome{{200, 500 * ms}, {200, 800 * ms}}},
	}
}
