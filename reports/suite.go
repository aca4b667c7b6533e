package reports

import (
	"time"

	"github.com/logoutlab/logoutlab/harness/gate"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/matrix"
	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/shard"
)

// Suite is everything that one report covers: the runs of one command, in the
// order in which they are to be shown. Runs of one scenario stand together.
type Suite struct {
	Title   string    // e.g. "logoutlab: the culprits"
	Version string    // of logoutlab
	Started time.Time // when the first run began
	Command string    // what makes all of it again: one command, or several, one a line
	Runs    []Run
	NotRun  []NotRun
	Gate    *gate.Comparison // with a baseline; nil if there was none
	Shard   *shard.Record    // of which suite these are a part; nil: they are all of it
	Matrix  *matrix.Matrix   // architectures that were compared beside the runs; nil: none were
}

// NotRun is a variant that was to run and of which there is nothing to report.
type NotRun struct {
	Scenario string
	Variant  string
	Why      string // what kept it from running
	Failed   bool   // it was begun, and the infrastructure failed; else its turn never came
	Excluded bool   // the parts cannot do what it asks for, so that it is no part of what was to run
	Repeat   string // the command that runs it; "" if none would
}

// Run is one variant's run: what it found, what it was, and how it went.
type Run struct {
	Result  *result.Result
	Header  history.Header
	Series  Series
	Stories []Story
	Causes  map[oracle.Verdict]map[string]int // of every verdict that is not ok
	Sample  []Finding                         // some actions whose verdict is not ok, of each kind
	Found   int                               // how many there are in all
}

// Finding is one action whose verdict is not ok.
type Finding struct {
	At       time.Duration
	User     int
	Verdict  string
	Cause    string
	Node     string
	Evidence string
}

// Series counts events by time. Bin i covers [i*Step, (i+1)*Step) on the run's
// own clock.
type Series struct {
	Step    time.Duration
	Bins    int
	Logouts []Stack // spurious logouts, one stack a cause
	Ghosts  []Stack // ghost sessions, one stack a cause
	Mixed   []Stack // pages of somebody else's, one stack a cause
}

// Stack is one cause's share of a [Series]: counts by bin. Bins beyond its end
// are zero.
type Stack struct {
	Cause  string
	Counts []int
}

// Story is how one user was logged out, as a sequence of steps.
type Story struct {
	Cause string
	Title string // one sentence
	Lanes []Lane // left to right
	Steps []Step // in order of time
}

// Lane is one party of a story.
type Lane struct {
	ID   string // what Step.From and Step.To name
	Name string // what the reader sees
}

// Step is one row of a story: an arrow from one lane to another, or, if both
// are the same, something that happened at that lane.
type Step struct {
	At       time.Duration
	From, To string
	Via      []string // lanes that the arrow passes through and that handled it
	Label    string   // a few words, e.g. "GET /page/3" or "401"
	Evidence string   // what the record shows, in plain words
	Tone     Tone
}

// Tone says how a step bears on the user's login.
type Tone string

// The tones. The zero Tone is neutral.
const (
	Neutral Tone = ""
	Good    Tone = "good" // accepted, served
	Bad     Tone = "bad"  // rejected, cut, lost
)

// Totals counts variants by outcome.
type Totals struct {
	Pass    int `json:"pass"`
	Fail    int `json:"fail"`
	Unknown int `json:"unknown"`
	NotRun  int `json:"not_run"` // of the unknown

	Excluded int `json:"excluded"` // those that the parts cannot do, in none of the others
}

// Totals counts the suite's variants by outcome. Anything that is neither pass
// nor fail is unknown, such as what was not run, unless it was excluded.
func (s Suite) Totals() Totals {
	var t Totals
	for _, n := range s.NotRun {
		if n.Excluded {
			t.Excluded++
		} else {
			t.NotRun++
		}
	}
	t.Unknown = t.NotRun
	for _, r := range s.Runs {
		switch r.Result.Outcome {
		case result.Pass:
			t.Pass++
		case result.Fail:
			t.Fail++
		default:
			t.Unknown++
		}
	}
	return t
}

// group is the runs of one scenario.
type group struct {
	Name  string
	Title string
	About []history.Topic
	Runs  []Run
}

// groups gathers the runs by scenario, in order of first appearance.
func (s Suite) groups() []group {
	var out []group
	at := map[string]int{}
	for _, r := range s.Runs {
		name := r.Result.Scenario
		i, ok := at[name]
		if !ok {
			i = len(out)
			at[name] = i
			out = append(out, group{Name: name, Title: r.Result.Title, About: r.Header.About})
		}
		out[i].Runs = append(out[i].Runs, r)
	}
	return out
}

func passed(r Run) bool { return r.Result.Outcome == result.Pass }
