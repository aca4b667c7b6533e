package reports

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/result"
)

// ran is a run with these products.
func ran(variant string, parts ...history.Part) Run {
	return Run{Result: &result.Result{Scenario: "s", Variant: variant, Outcome: result.Pass}, Header: history.Header{Parts: parts}}
}

func TestPartsAreToldOnce(t *testing.T) {
	always := history.Difference{Field: "balancer.policy", Says: "503", Instead: "502"}
	once := history.Difference{Field: "balancer.drain", Says: "connections stay", Instead: "they are closed"}
	balancer := func(d ...history.Difference) history.Part {
		return history.Part{Role: "balancer", Product: "nginx", Version: "1.22.1", Image: "logoutlab/nginx:1.22.1", Differences: d}
	}
	own := history.Part{Role: "balancer", Product: "nginx", Config: "nginx.conf", ConfigSHA256: "5eed"}
	suite := Suite{Runs: []Run{
		ran("a", history.Part{Role: "store", Product: "redis"}, balancer(always)), ran("b", balancer(always, once)), ran("c", balancer(always)),
		ran("d", balancer(always)), ran("e", balancer(always)), ran("f", own),
	}}
	nginx := partKey{"balancer", "nginx 1.22.1", "logoutlab/nginx:1.22.1", ""}
	require.Equal(t, []partView{
		{nginx, "5 of 6 variants", []differenceView{{always, ""}, {once, "s/b"}}},
		{partKey{"balancer", "nginx", "", "a configuration of your own, nginx.conf (SHA-256 5eed)"}, "s/f", nil},
		{partKey{"store", "redis", "", ""}, "s/a", nil},
	}, partsOf(suite))

	for _, write := range writers() {
		var b bytes.Buffer
		require.NoError(t, write(&b, suite))
		for _, want := range []string{"nginx 1.22.1", "logoutlab/nginx:1.22.1", "they are closed", "a configuration of your own, nginx.conf (SHA-256 5eed)"} {
			require.Contains(t, b.String(), want)
		}
	}
	require.Empty(t, partsOf(sampleSuite()))
}
