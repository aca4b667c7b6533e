package reports

import (
	"fmt"
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/result"
)

var sampleStart = time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)

// sampleSuite is made by hand: a culprit with a cure that holds and one that
// does not, a run that measured nothing, and a ghost.
func sampleSuite() Suite {
	return Suite{
		Title: "logoutlab: culprits", Version: "0.1.0", Started: sampleStart,
		Command: "logoutlab run --all --seed 7",
		Runs:    []Run{sampleBroken(), sampleCured(), sampleFailed(), sampleGhost(), sampleVacuous()},
		Matrix:  sampleMatrix(),
	}
}

func sampleResult(scenario, variant, title string) *result.Result {
	return &result.Result{
		Schema: 1, Version: "0.1.0", Scenario: scenario, Variant: variant, Title: title,
		Substrate: "loopback", Seed: 7, PlanDigest: "9f2c41d0", Compress: 120,
		Started: sampleStart, DurationS: 15, Actions: 4000, Requests: 8210,
		Verdicts: result.Verdicts{OK: 4000},
		Rates: result.Rates{
			SpuriousLogout: result.Rate{Of: 4000, Hi: 0.00092},
			OK:             result.Rate{Count: 4000, Of: 4000, Value: 1, Lo: 0.9991, Hi: 1},
			WrongIdentity:  result.Rate{Of: 4000, Hi: 0.00092},
		},
		Users: result.Users{Total: 400},
		HTTP:  result.HTTP{Requests: 4000, SuccessRatio: 1, LatencyMS: result.LatencyMS{P50: 0.42, P95: 1.3, P99: 4.25}},
		Load:  result.Load{PlannedRate: 266.7, AchievedRate: 266.7, MaxLagMS: 3.1},
		Nodes: []result.Node{{Name: "app-1", Requests: 4105}, {Name: "app-2", Requests: 4105}},
		Faults: []result.Fault{{
			Name: "key_mismatch", AtS: 2.5, ForS: 7.5,
			Receipt: result.Receipt{DecisionsChanged: 1990, Rejections: 1990, Marks: 2055, Mechanism: "other keys put into the node's key ring"},
		}},
		Outcome: result.Pass, Headline: "Nobody was logged out in 4,000 page views (95 % upper bound: 0.092 %)",
		Repeat: fmt.Sprintf("logoutlab run culprits/%s/%s --seed 7", scenario, variant),
	}
}

func sampleHeader(summary string) history.Header {
	return history.Header{
		About:   []history.Topic{{Asks: "What the user sees", Text: "The login page, <again>."}, {Asks: "Why it happens", Text: "One node has a key of its own."}},
		Summary: summary, Compress: 120,
		Expect: []history.Expectation{{Metric: "spurious_logouts", Bound: "0"}},
		Faults: []history.PlannedFault{{
			Name: "key_mismatch", At: 2500 * time.Millisecond, For: 7500 * time.Millisecond,
			Params: map[string]string{"node": "app-2", "key": "random"},
		}},
		Facts: map[string]string{
			"nodes": "2", "balancer": "round_robin, no stickiness", "session": "jwt HS256, access 15m",
			"client": "spa, single-flight refresh", "promise": "logged in for 12h after the last action",
			"workload": "400 users for 30m",
		},
		RunFacts: map[string]string{
			"session": "jwt HS256, access 7.5s", "promise": "logged in for 6m after the last action",
			"workload": "400 users for 15s",
		},
	}
}

func sampleBroken() Run {
	res := sampleResult("key-mismatch", "broken", "One of two nodes signs with a secret of its own")
	res.Verdicts = result.Verdicts{OK: 3369, SpuriousLogout: 612, Error: 11, Unknown: 8}
	res.Rates.OK = result.Rate{Count: 3369, Of: 3992, Value: 0.8439, Lo: 0.8323, Hi: 0.8551}
	res.Rates.Error = result.Rate{Count: 11, Of: 3992, Value: 0.0028, Lo: 0.0014, Hi: 0.0049}
	res.Rates.SpuriousLogout = result.Rate{Count: 612, Of: 3992, Value: 0.1533, Lo: 0.1423, Hi: 0.1649}
	res.Causes = map[string]int{"key_mismatch": 610, "connection_cut": 2}
	res.Users.Affected = 61
	res.HTTP.SuccessRatio = 0.7576
	res.Nodes[1].Rejections = 1990
	res.Attribution = map[string]map[string]int{"key_mismatch": {"key_mismatch": 609, "connection_cut": 1}, "none": {"key_mismatch": 1, "connection_cut": 1}}
	res.Expectations = []result.Expectation{{Text: "spurious_logouts > 1%, cause key_mismatch", Holds: true, Observed: "15.3 %, 99.7 % key_mismatch", Source: "key-mismatch.yaml:21"}}
	res.Headline = "61 of 400 users were logged out; 99.7 % because app-2 signs with another key (key_mismatch)"
	h := sampleHeader("Requests move between the nodes, tokens are good on one of them.")
	h.Cures = []string{"shared-key", "jwks", "per-node-audience"}
	h.Expect = []history.Expectation{{Metric: "spurious_logouts", Bound: "> 1%", Cause: "key_mismatch"}}
	logouts := make([]int, 40)
	for i := 7; i < 27; i++ {
		logouts[i] = 22 + i*7%17
	}
	cut := make([]int, 20)
	cut[11], cut[19] = 1, 1
	return Run{
		Result: res, Header: h,
		Causes: map[oracle.Verdict]map[string]int{
			oracle.SpuriousLogout: res.Causes, oracle.Error: {"connection_cut": 11},
		},
		Series: Series{
			Step: 375 * time.Millisecond, Bins: 40,
			Logouts: []Stack{{Cause: "connection_cut", Counts: cut}, {Cause: "key_mismatch", Counts: logouts}},
		},
		Stories: []Story{sampleStory()},
		Sample: []Finding{
			{At: 2956 * time.Millisecond, User: 17, Verdict: "spurious_logout", Cause: "key_mismatch", Node: "app-2", Evidence: "token a1f3 was signed with key 5e1d; app-2 has key c904"},
			{At: 5 * time.Second, User: 3, Verdict: "unknown", Evidence: "overlaps the logout"},
		},
		Found: 620,
	}
}

func sampleStory() Story {
	ms := time.Millisecond
	return Story{
		Cause: "key_mismatch", Title: "User 17 logged in on app-1 and was sent to the login page by app-2.",
		Lanes: []Lane{{"user", "User 17"}, {"cache", "Cache"}, {"lb", "Balancer"}, {"app-1", "app-1"}, {"app-2", "app-2"}},
		Steps: []Step{
			{At: 2811 * ms, From: "user", To: "app-1", Via: []string{"cache", "lb"}, Label: "POST /login"},
			{At: 2812 * ms, From: "app-1", To: "app-1", Label: "issued", Evidence: "Access token a1f3 of family 77c0, signed with key 5e1d.", Tone: Good},
			{At: 2812 * ms, From: "app-1", To: "user", Label: "200 tokens", Tone: Good},
			{At: 2954 * ms, From: "user", To: "app-2", Via: []string{"cache", "lb"}, Label: "GET /page/3"},
			{At: 2955 * ms, From: "app-2", To: "app-2", Label: "bad_signature", Evidence: "The node would verify token a1f3 with key c904; it was signed with key 5e1d. Both go by the key id k1, so the node cannot tell that it has another key. The token had 7.4 s left.", Tone: Bad},
			{At: 2955 * ms, From: "app-2", To: "user", Label: "401", Tone: Bad},
			{At: 2956 * ms, From: "user", To: "user", Label: "login page", Evidence: "The ledger has user 17 logged in until 362.8 s: this logout is spurious.", Tone: Bad},
		},
	}
}

func sampleCured() Run {
	res := sampleResult("key-mismatch", "shared-key", "One of two nodes signs with a secret of its own")
	res.Expectations = []result.Expectation{{Text: "spurious_logouts 0", Holds: true, Observed: "0 of 4,000"}}
	res.Faults[0].Receipt = result.Receipt{Marks: 2055}
	return Run{Result: res, Header: sampleHeader("All nodes share one secret."), Series: Series{Step: 375 * time.Millisecond, Bins: 40}}
}

func sampleFailed() Run {
	res := sampleResult("key-mismatch", "jwks", "One of two nodes signs with a secret of its own")
	res.Outcome = result.Fail
	res.Verdicts = result.Verdicts{OK: 3997, SpuriousLogout: 3}
	res.Rates.SpuriousLogout = result.Rate{Count: 3, Of: 4000, Value: 0.00075, Lo: 0.00015, Hi: 0.0022}
	res.Causes = map[string]int{"key_retired": 3}
	res.Users.Affected = 3
	res.Headline = "3 of 400 users were logged out: 100 % because the key was rotated while tokens signed with the old one were in use (key_retired)"
	res.HTTP.SuccessRatio = 0.99963
	res.Expectations = []result.Expectation{
		{Text: "spurious_logouts 0", Observed: "3 of 4,000", Source: "key-mismatch.yaml:33"},
		{Text: "ghost_sessions 0", Holds: true, Observed: "0"},
	}
	return Run{
		Result: res, Header: sampleHeader("A key pair, its public half in a JWKS."),
		Series: Series{Step: 375 * time.Millisecond, Bins: 40, Logouts: []Stack{{Cause: "key_retired", Counts: []int{0, 0, 0, 2, 1}}}},
	}
}

func sampleGhost() Run {
	res := sampleResult("local-blacklist", "broken", "Each node has a blacklist of its own")
	res.Faults = nil
	res.Verdicts = result.Verdicts{OK: 3912, GhostSession: 88}
	res.Rates.GhostSession = result.Rate{Count: 88, Of: 110, Value: 0.8, Lo: 0.713, Hi: 0.87}
	res.GhostCauses = map[string]int{"revocation_missed": 88}
	res.Users.Affected = 70
	res.Headline = "80.0 % of 110 uses of credentials after logout were accepted: 100 % because the logout had no effect on what served the page (revocation_missed)"
	res.Expectations = []result.Expectation{{Text: "ghost_sessions ~ 80%", Holds: true, Observed: "80.0 %"}}
	h := sampleHeader("")
	h.Faults, h.Cures = nil, []string{"redis"}
	h.Expect = []history.Expectation{{Metric: "ghost_sessions", Bound: "~ 80%"}}
	return Run{
		Result: res, Header: h,
		Series: Series{Step: time.Second, Bins: 15, Ghosts: []Stack{{Cause: "revocation_missed", Counts: []int{0, 3, 5, 9, 6, 7, 8, 9, 8, 7, 6, 5, 6, 6, 3}}}},
	}
}

func sampleVacuous() Run {
	res := sampleResult("clock-skew", "broken", "One node's clock runs 25 seconds ahead")
	res.Outcome, res.Why = result.Unknown, "the fault clock_skew at 5s left no mark: what it should show was not tested"
	res.Compress = 1
	res.Faults = []result.Fault{{Name: "clock_skew", AtS: 5, Vacuous: true}}
	res.Expectations = []result.Expectation{{Text: "spurious_logouts > 1%", Observed: "0 of 4,000"}}
	h := sampleHeader("")
	h.Expect = []history.Expectation{{Metric: "spurious_logouts", Bound: "> 1%"}}
	return Run{Result: res, Header: h, Series: Series{Step: time.Second, Bins: 15}}
}
