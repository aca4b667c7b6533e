package result

import "github.com/logoutlab/logoutlab/harness/oracle"

// Ghosts is how long logged-out users' credentials went on working, whatever the
// architecture promises: for each logout after which they were tried, the time
// to the latest use that was accepted. They may work for longer than anybody
// tries: it is a lower bound.
type Ghosts struct {
	Logouts  int     `json:"logouts"`  // after which the credentials were tried
	Accepted int     `json:"accepted"` // of them
	Seconds  float64 `json:"seconds"`  // of all of them together, in scenario time
	Mean     float64 `json:"seconds_per_logout"`
}

// GhostsOf are those of a run that was compressed k times.
func GhostsOf(x oracle.Exposure, k float64) Ghosts {
	g := Ghosts{Logouts: x.Tried, Accepted: x.Accepted, Seconds: x.Total.Seconds() * k}
	if g.Logouts > 0 {
		g.Mean = g.Seconds / float64(g.Logouts)
	}
	return g
}
