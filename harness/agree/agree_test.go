package agree

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

var update = flag.Bool("update", false, "write the golden files")

// made is a run as a test wants it.
type made struct {
	name      string // of the variant
	logouts   int    // of 1,000 page views
	ghosts    int    // of 100 uses
	cause     string
	fails     string
	unknown   string
	fault     string
	facts     map[string]string
	substrate string
}

func (m made) run() Run {
	r := &result.Result{Outcome: result.Pass, Causes: map[string]int{}, GhostCauses: map[string]int{}}
	r.Rates.SpuriousLogout = rate(m.logouts, 1000)
	r.Rates.GhostSession = rate(m.ghosts, 100)
	if m.logouts > 0 {
		r.Causes = map[string]int{m.cause: m.logouts, "zzz": 1}
	}
	if m.ghosts > 0 {
		r.GhostCauses[m.cause] = m.ghosts
	}
	switch {
	case m.fails != "":
		r.Outcome, r.Why = result.Fail, m.fails
	case m.unknown != "":
		r.Outcome, r.Why = result.Unknown, m.unknown
	}
	h := history.Header{
		Scenario: "s", Variant: m.name, Version: "v0", Substrate: m.substrate, Facts: m.facts, Parts: partsOf(m.facts),
		Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Expect:  []history.Expectation{{Metric: "spurious_logouts", Bound: "> 0"}},
	}
	if m.fault != "" {
		h.Faults = []history.PlannedFault{{Name: m.fault, At: time.Second, Params: map[string]string{"node": "app-1"}}}
	}
	return Run{h, r}
}

func rate(count, of int) result.Rate {
	return result.Rate{Count: count, Of: of, Value: float64(count) / float64(of)}
}

func source(name string, runs ...made) Source {
	s := Source{Name: name}
	for _, m := range runs {
		s.Runs = append(s.Runs, m.run())
	}
	return s
}

// on makes a run one of a substrate.
func on(substrate string, facts map[string]string, runs ...made) []made {
	for i := range runs {
		runs[i].substrate, runs[i].facts = substrate, facts
	}
	return runs
}

func TestVerdicts(t *testing.T) {
	const cause = "session_lost"
	for _, tt := range []struct {
		name string
		a, b made
		want Verdict
		why  string
	}{
		{"the same", made{logouts: 100, cause: cause}, made{logouts: 120, cause: cause}, Agrees, ""},
		{"nothing anywhere", made{}, made{}, Agrees, ""},
		{"one against none, by chance", made{}, made{logouts: 1, cause: cause}, Agrees, ""},
		{"both fail alike", made{fails: "x", logouts: 100, cause: cause}, made{fails: "x", logouts: 100, cause: cause}, Agrees, ""},
		{"another rate", made{logouts: 100, cause: cause}, made{logouts: 190, cause: cause}, Differs,
			"the 99.9 % intervals of spurious_logouts do not overlap"},
		{"another rate of ghosts", made{ghosts: 5, cause: cause}, made{ghosts: 50, cause: cause}, Differs,
			"the 99.9 % intervals of ghost_sessions do not overlap"},
		{"another cause", made{logouts: 100, cause: cause}, made{logouts: 100, cause: "clock_skew"}, Differs,
			"the main cause of spurious_logouts is clock_skew, not session_lost"},
		{"another outcome", made{logouts: 10, cause: cause}, made{logouts: 10, cause: cause, fails: "expected 11"}, Differs,
			"the outcome is fail, not pass: expected 11"},
		{"unknown", made{unknown: "too slow"}, made{}, Unknown, "the outcome is unknown: too slow"},
		{"within the tolerance of a fault in real time",
			made{logouts: 100, cause: cause, fault: "node_kill"}, made{logouts: 190, ghosts: 1, cause: cause, fault: "node_kill"}, Explained,
			"both meet the expectations, within a factor of 2; node_kill: how soon a dead node is found out is the balancer's own, in real time"},
		{"beyond it", made{logouts: 100, cause: cause, fault: "node_kill"}, made{logouts: 210, cause: cause, fault: "node_kill"}, Differs, ""},
		{"not as expected", made{logouts: 100, cause: cause, fault: "node_kill", fails: "x"},
			made{logouts: 190, cause: cause, fault: "node_kill", fails: "x"}, Differs, ""},
		{"another cause, with a fault in real time",
			made{logouts: 100, cause: cause, fault: "node_kill"}, made{logouts: 100, cause: "clock_skew", fault: "node_kill"}, Differs, ""},
		{"a fault that takes no real time", made{logouts: 100, cause: cause, fault: "clock_skew"}, made{logouts: 190, cause: cause, fault: "clock_skew"}, Differs, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			table, err := Compare([]Source{source("a", tt.a), source("b", tt.b)}, nil)
			require.NoError(t, err)
			require.Equal(t, tt.want, table.Verdict())
			if tt.why != "" {
				require.Contains(t, table.Rows[0].Why, tt.why)
			}
		})
	}
}

var nginx = map[string]string{
	"balancer product": "nginx", "nginx and balancer.retry_on": "it repeats what was sent", "nginx and balancer.drain": "it is reloaded",
	"balancer": "round_robin",
}

func TestGolden(t *testing.T) {
	facts := map[string]string{"balancer": "round_robin"}
	haproxy := map[string]string{
		"balancer product": "haproxy", "cache product": "varnish", "haproxy and balancer.retries": "another than the last", "balancer": "round_robin",
	}
	here := on("loopback", facts,
		made{name: "agrees", logouts: 100, ghosts: 7, cause: "session_lost"},
		made{name: "cut", logouts: 80, cause: "connection_cut", fault: "connection_cut"},
		made{name: "differs", logouts: 80, cause: "cached_401"},
		made{name: "killed", logouts: 100, cause: "session_lost", fault: "node_kill"},
		made{name: "missing"},
		made{name: "slow"})
	there := on("container", haproxy,
		made{name: "agrees", logouts: 90, ghosts: 4, cause: "session_lost"},
		made{name: "cut", logouts: 82, cause: "connection_cut", fault: "connection_cut"},
		made{name: "differs", logouts: 0, fails: "expected spurious_logouts > 0, observed 0 of 1000"},
		made{name: "killed", logouts: 190, cause: "session_lost", fault: "node_kill"},
		made{name: "slow", unknown: "an action started 700ms late"})
	elsewhere := on("container", nginx,
		made{name: "agrees", logouts: 95, ghosts: 5, cause: "session_lost"},
		made{name: "cut", logouts: 0, fault: "connection_cut", fails: "expected spurious_logouts > 0, observed 0 of 1000"},
		made{name: "differs", logouts: 82, cause: "cached_401"},
		made{name: "killed", logouts: 104, cause: "session_lost", fault: "node_kill"},
		made{name: "missing"},
		made{name: "slow"})
	table, err := Compare([]Source{source("out/here", here...), source("out/there", there...), source("out/elsewhere", elsewhere...)},
		map[string]string{"s/cut": "balancer.retry_on"})
	require.NoError(t, err)
	require.Equal(t, Differs, table.Verdict())
	require.Equal(t, []string{"out/there: s/missing"}, table.Missing())
	got, err := json.MarshalIndent(table, "", "  ")
	require.NoError(t, err)
	path := filepath.Join("testdata", "table.json")
	if *update {
		require.NoError(t, os.WriteFile(path, append(got, '\n'), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "run: go test ./harness/agree -update")
	require.Equal(t, string(want), string(got)+"\n")
}

func TestBadInput(t *testing.T) {
	one := source("a", made{name: "x"})
	other := func(change func(*history.Header)) Source {
		s := source("b", made{name: "x", fault: ""})
		change(&s.Runs[0].Header)
		return s
	}
	for _, tt := range []struct {
		name    string
		sources []Source
		explain map[string]string
		want    string
	}{
		{"one source", []Source{one}, nil, "name the results of two"},
		{"an empty source", []Source{one, {Name: "b"}}, nil, "b holds no results"},
		{"twice", []Source{one, source("b", made{name: "x"}, made{name: "x"})}, nil, "b holds s/x twice"},
		{"mixed substrates", []Source{one, source("b", made{name: "x", substrate: "loopback"}, made{name: "y", substrate: "container"})}, nil,
			"b mixes container and loopback: name a directory for each"},
		{"mixed products", []Source{one, source("b", made{name: "x", facts: nginx}, made{name: "y", facts: map[string]string{"balancer product": "haproxy"}})}, nil,
			"b mixes nginx and haproxy"},
		{"another system", []Source{one, other(func(h *history.Header) { h.Facts = map[string]string{"nodes": "5"} })}, nil,
			`s/x was not the same in b: nodes is "" and "5". Run it with the same scenario file, --users and --for`},
		{"other faults", []Source{one, other(func(h *history.Header) { h.Faults = []history.PlannedFault{{Name: "node_kill"}} })}, nil, "the faults are others"},
		{"other expectations", []Source{one, other(func(h *history.Header) { h.Expect = nil })}, nil, "the expectations are others"},
		{"explained, not run", []Source{one, source("b", made{name: "x"})}, map[string]string{"s/y": "f"}, "s/y is explained, but was not run"},
		{"not documented", []Source{one, source("b", made{name: "x"})}, map[string]string{"s/x": "balancer.drain"},
			"s/x: no product is documented to differ in balancer.drain (none is)"},
		{"something else is documented", []Source{one, other(func(h *history.Header) {
			h.Parts = partsOf(map[string]string{"balancer product": "nginx", "nginx and balancer.drain": "d"})
		})}, map[string]string{"s/x": "balancer.policy"}, "(documented are nginx and balancer.drain)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Compare(tt.sources, tt.explain)
			require.ErrorContains(t, err, tt.want)
		})
	}
}

// A fault that is renamed must not fall out of the table silently.
func TestRealTimeNamesFaults(t *testing.T) {
	known := map[string]bool{}
	for _, f := range scenario.FaultSpecs() {
		known[f.Name] = true
	}
	for name := range realTime {
		require.True(t, known[name], name)
	}
}

// partsOf writes a header's parts as tables do: "balancer product" is nginx,
// "nginx and balancer.drain" what it does instead.
func partsOf(words map[string]string) []history.Part {
	var parts []history.Part
	for _, role := range roles {
		product := words[role+" product"]
		if product == "" {
			continue
		}
		p := history.Part{Role: role, Product: product}
		for name, text := range words {
			if field, ok := strings.CutPrefix(name, product+and); ok {
				p.Differences = append(p.Differences, history.Difference{Field: field, Says: "as said", Instead: text})
			}
		}
		parts = append(parts, p)
	}
	return parts
}
