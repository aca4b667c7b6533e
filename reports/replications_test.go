package reports

import (
	"bytes"
	"encoding/xml"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/result"
)

// seeded is a run that stands for several seeds, each with so many of 4,000
// page views that ended at the login.
func seeded(r Run, outcomes []result.Outcome, logouts []int) Run {
	var each []result.Replica
	runs := map[uint64]*result.Result{}
	for i, n := range logouts {
		res := *r.Result
		res.Seed, res.Outcome, res.Why = uint64(i)+1, outcomes[i], ""
		if res.Outcome != result.Pass {
			res.Why = "expected spurious_logouts 0 <b>"
		}
		res.Verdicts = result.Verdicts{OK: 4000 - n, SpuriousLogout: n}
		res.Causes = map[string]int{}
		if n > 0 {
			res.Causes["key_retired"] = n
		}
		res.Users.Affected = n
		runs[res.Seed] = &res
		each = append(each, result.NewReplica(&res, &oracle.Judgement{Verdicts: oracle.Counts{SpuriousLogout: n}, ValidActions: 4000}, "seed/result.json"))
	}
	all := result.Replicate(result.Seeds{First: 1, Last: uint64(len(logouts))}, each)
	all.Repeat = "logoutlab run <x> --seeds"
	r.Result = all.Of(runs[all.Shown()])
	return r
}

const pass, fail = result.Pass, result.Fail

func TestSeedsInEveryReport(t *testing.T) {
	r := seeded(sampleFailed(), []result.Outcome{pass, fail, fail, pass}, []int{0, 40, 80, 0})
	suite := Suite{Title: "t", Started: sampleStart, Runs: []Run{r}}
	require.Equal(t, uint64(2), r.Result.Seed)

	page := render(t, suite)
	for _, part := range []string{
		"Over seeds 1..4", "2 seeds as expected, 2 seeds not as expected (the first is 2)",
		"<b>0.75\u00a0%</b></td><td class=\"num\">0\u20132.3\u00a0%</td>", "2.0\u00a0% (seed 3)", "120 of 16,000 (95\u00a0%: 0.62\u20130.90\u00a0%)",
		"key_retired</span> <small>of spurious logouts</small>", "What follows is the run of <b>seed 2</b> alone",
		"logoutlab run &lt;x&gt; --seeds", "(over seeds 1..4; p95 and requests of seed 2)", "fails on 4 seeds",
	} {
		require.Contains(t, page, part)
	}
	require.NotContains(t, unscripted(t, page), "<script")

	var b bytes.Buffer
	require.NoError(t, Markdown(&b, suite))
	for _, part := range []string{
		"0.75\u00a0% (95\u00a0%: 0\u20132.3\u00a0%)", "| 1..4 |", "#### key-mismatch/jwks over seeds 1..4", "| spurious logouts | 4 | 0.75\u00a0% |",
		"| key\\_retired of spurious logouts | 2 | 100\u00a0% |", "Of seed 2 alone:", "Repeat: `logoutlab run <x> --seeds`",
	} {
		require.Contains(t, b.String(), part)
	}

	b.Reset()
	require.NoError(t, JUnit(&b, suite))
	var got junitSuites
	require.NoError(t, xml.Unmarshal(b.Bytes(), &got))
	c := got.Suites[0].Cases[0]
	require.Contains(t, got.Suites[0].Properties, junitProperty{"seeds", "1..4"})
	require.Contains(t, got.Suites[0].Properties, junitProperty{"rate", "0.0075"})
	require.Contains(t, got.Suites[0].Properties, junitProperty{"repeat", suite.Runs[0].Result.Replications.Repeat})
	require.Contains(t, c.Failure.Message, "2 of 4 seeds fail; seed 2: expected spurious_logouts 0 <b>")
	require.Contains(t, c.Failure.Text, "1..4: 2 seeds as expected, 2 seeds not as expected (the first is 2)")
}

// A cure must hold with every seed, whichever run stands for all.
func TestACureIsJudgedOverAllSeeds(t *testing.T) {
	broken := sampleBroken()
	broken.Header.Cures = []string{"shared-key"}
	holds := seeded(sampleCured(), []result.Outcome{pass, pass}, []int{0, 0})
	harms := seeded(sampleCured(), []result.Outcome{pass, pass}, []int{0, 3})
	require.Zero(t, harms.Result.Verdicts.SpuriousLogout, "the run that stands for all shows no harm")
	require.Equal(t, "cured by shared-key", remedyWords(Suite{Runs: []Run{broken, holds}}.remedies(broken)))
	require.Equal(t, "did not cure here: shared-key", remedyWords(Suite{Runs: []Run{broken, harms}}.remedies(broken)))
	require.Equal(t, 3, harmed(harms.Result))
	require.Contains(t, answer(Suite{Runs: []Run{holds, holds}}), "Nobody was harmed in 16,000 page views of 2 variants")
}

// Where all seeds are alike, the row has the exact interval of all together.
func TestOverallInterval(t *testing.T) {
	r := seeded(sampleCured(), []result.Outcome{pass, pass}, []int{0, 0})
	row := rowView(r, "", false)
	require.Equal(t, "0 %", plain(row.Rate))
	require.Equal(t, "0\u20130.046 %", plain(row.Interval))
	cause, part := worstCause(seeded(sampleCured(), []result.Outcome{pass, pass}, []int{0, 3}))
	require.Equal(t, "key_retired", cause)
	require.InDelta(t, 1, part, 0)
}

func TestTally(t *testing.T) {
	two := uint64(2)
	for words, tally := range map[string]result.Tally{
		"holds on 3 seeds ":         {Holds: 3},
		"is not for this balancer ": {Elsewhere: true},
		"holds on 1 seed not measured on 2 seeds; fails on 1 seed; first on seed 2: observed 5": {Holds: 1, Unmeasured: 2, Fails: 1, FirstFail: &two, Observed: "5"},
	} {
		row := tallyRowOf(tally)
		require.Equal(t, words, row.Chip.Words+" "+row.Words)
	}
	require.Equal(t, "1 seed as expected, 1 seed unknown (the first is 2), 3 seeds not run to the end", outcomesWords(&result.Replications{
		Seeds: result.Seeds{First: 1, Last: 5}, Judged: 2, Outcomes: result.Outcomes{Pass: 1, Unknown: 1}, FirstUnknown: &two,
	}))
	require.Nil(t, spreadsOf(sampleCured().Result))
	require.False(t, strings.Contains(render(t, sampleSuite()), "Over seeds"))
}
