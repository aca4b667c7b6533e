package result

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The quantiles are those of printed tables: 2.776 for 4 degrees of freedom,
// 12.706 for one.
func TestMeanInterval(t *testing.T) {
	mean, sd, lo, hi := meanInterval([]float64{0.1, 0.2, 0.3, 0.4, 0.5})
	require.InDelta(t, 0.3, mean, 1e-12)
	require.InDelta(t, 0.158114, sd, 1e-6)
	require.InDelta(t, 0.3-2.776*0.158114/2.236068, lo, 1e-4)
	require.InDelta(t, 0.3+2.776*0.158114/2.236068, hi, 1e-4)

	mean, _, lo, hi = meanInterval([]float64{0.50, 0.52})
	require.InDelta(t, 0.51, mean, 1e-12)
	require.InDelta(t, 0.51-12.706*0.01, lo, 1e-4)
	require.InDelta(t, 0.51+12.706*0.01, hi, 1e-4)

	_, _, lo, hi = meanInterval([]float64{0, 1})
	require.Equal(t, []float64{0, 1}, []float64{lo, hi}, "a share is no less than 0 and no more than 1")
	mean, sd, lo, hi = meanInterval([]float64{0.1, 0.1, 0.1})
	require.Equal(t, []float64{0.1, 0, 0.1, 0.1}, []float64{mean, sd, lo, hi})
	mean, _, lo, hi = meanInterval([]float64{0.1})
	require.Equal(t, []float64{0.1, 0, 1}, []float64{mean, lo, hi}, "one alone tells of no spread")
}

// replica is a run of which n of 500 page views ended at the login.
func replica(seed uint64, outcome Outcome, n int, causes map[string]int) Replica {
	j := judgement()
	j.Verdicts.SpuriousLogout, j.Causes = n, causes
	r := New(header(), j, marked(), noneChanged)
	r.Seed, r.Outcome = seed, outcome
	return NewReplica(r, j, "result.json")
}

func fourReplicas() []Replica {
	return []Replica{
		replica(1, Pass, 50, map[string]int{"session_not_on_node": 50}),
		replica(2, Fail, 100, map[string]int{"session_not_on_node": 75, "session_lost": 25}),
		replica(3, Unknown, 0, nil),
		replica(4, Fail, 150, map[string]int{"session_not_on_node": 150}),
	}
}

// Whatever the order in which runs end, they come to the same.
func TestReplicate(t *testing.T) {
	each := fourReplicas()
	want, err := json.MarshalIndent(Replicate(Seeds{1, 5}, each), "", "  ")
	require.NoError(t, err)
	path := filepath.Join("testdata", "replications.json")
	if *update {
		require.NoError(t, os.WriteFile(path, append(want, '\n'), 0o644))
	}
	golden, err := os.ReadFile(path)
	require.NoError(t, err, "run: go test ./harness/result -update")
	require.Equal(t, string(golden), string(want)+"\n")
	require.NotContains(t, string(want), "null")
	for seed := range uint64(10) {
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(each), func(i, j int) { each[i], each[j] = each[j], each[i] })
		got, err := json.MarshalIndent(Replicate(Seeds{1, 5}, each), "", "  ")
		require.NoError(t, err)
		require.Equal(t, string(want), string(got))
	}
	var back Replications
	require.NoError(t, json.Unmarshal(want, &back))
	again, err := json.MarshalIndent(back, "", "  ")
	require.NoError(t, err)
	require.Equal(t, string(want), string(again), "what is written reads back")
}

func TestSpreads(t *testing.T) {
	all := Replicate(Seeds{1, 5}, fourReplicas())
	logouts, ok := all.Rate("spurious_logouts")
	require.True(t, ok)
	require.Equal(t, 4, logouts.Seeds)
	require.InDelta(t, 0.15, logouts.Mean, 1e-12)
	require.Equal(t, Extreme{0, 3}, logouts.Min)
	require.Equal(t, Extreme{0.3, 4}, logouts.Max)
	require.Equal(t, []int{300, 2000}, []int{logouts.Pooled.Count, logouts.Pooled.Of})
	require.Equal(t, map[string]int{"session_not_on_node": 275, "session_lost": 25}, all.Pooled("spurious_logouts"))

	// A cause is 0 on a seed with harm that has other causes, and nothing on
	// one without harm.
	for _, s := range all.Causes {
		if s.Metric == "spurious_logouts" && s.Cause == "session_lost" {
			require.Equal(t, 3, s.Seeds)
			require.InDelta(t, 0.25/3, s.Mean, 1e-12)
			require.Equal(t, []Extreme{{0, 1}, {0.25, 2}}, []Extreme{s.Min, s.Max})
		}
	}
	first := all.Expectations[0]
	require.Equal(t, []int{2, 2}, []int{first.Holds, first.Fails})
	require.Equal(t, uint64(2), *first.FirstFail)
	require.Contains(t, first.Observed, "75.0 % of them session_not_on_node")
}

func TestReplicatedOutcome(t *testing.T) {
	pass, fail, unknown := replica(1, Pass, 0, nil), replica(2, Fail, 5, nil), replica(3, Unknown, 0, nil)
	for _, c := range []struct {
		name  string
		seeds Seeds
		each  []Replica
		want  Outcome
		shown uint64
		why   string
	}{
		{"all pass", Seeds{1, 1}, []Replica{pass}, Pass, 1, ""},
		{"one fails", Seeds{1, 3}, []Replica{unknown, pass, fail}, Fail, 2, "1 of 3 seeds fails; 1 of 3 seeds is unknown; seed 2: w"},
		{"one is unknown", Seeds{1, 2}, []Replica{unknown, pass}, Unknown, 3, "1 of 2 seeds is unknown; seed 3: w"},
		{"one is missing", Seeds{1, 2}, []Replica{pass}, Unknown, 1, "1 of 2 seeds was not run to the end"},
		{"one fails, another is missing", Seeds{1, 2}, []Replica{fail}, Fail, 2, "1 of 1 seeds fails; 1 of 2 seeds was not run to the end; seed 2: w"},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := Replicate(c.seeds, c.each)
			require.Equal(t, c.want, all.Outcome())
			require.Equal(t, c.shown, all.Shown())
			why := ""
			if c.shown != 1 {
				why = "w"
			}
			r := all.Of(&Result{Seed: c.shown, Why: why})
			require.Equal(t, c.want, r.Outcome)
			require.Equal(t, c.why, r.Why)
		})
	}
}

// Where nobody was harmed on any seed, the interval of the mean says nothing:
// the headline has the exact bound of all seeds together.
func TestReplicatedHeadline(t *testing.T) {
	calm := func(seed uint64) Replica {
		j := judgement()
		j.Verdicts.SpuriousLogout, j.Causes = 0, nil
		r := New(header(), j, marked(), noneChanged)
		r.Seed = seed
		return NewReplica(r, j, "")
	}
	all := Replicate(Seeds{1, 2}, []Replica{calm(1), calm(2)})
	require.Contains(t, all.headline(), "Over 2 seeds nobody was logged out in 1,000 page views (95 % upper bound: 0.3 %)")
	harm := Replicate(Seeds{1, 5}, fourReplicas())
	require.Contains(t, harm.headline(), "Over 4 seeds 15.00 % of page views were spurious logouts on average (95 %: 0 % to 35.54 %)")
}
