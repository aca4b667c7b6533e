package sim_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/sim"
)

// million plays a plan, with a twentieth of its users under the race detector,
// and judges it.
func million(t *testing.T, architecture, load string, users int, faults string, see func(e *history.Event)) *oracle.Judgement {
	t.Helper()
	if raced {
		users /= 20
	}
	s := parse(t, "form.yaml", fmt.Sprintf("scenario: form\narchitecture: {%s}\nworkload: {users: %d, %s}\nvariants: {broken: {faults: [%s], expect: [{spurious_logouts: \"> 0\"}]}}\n",
		architecture, users, load, faults))
	on, p, ctx := &sim.Substrate{}, build(t, s, "broken", plan.Options{}), context.Background()
	judge := oracle.New(run.Header(ctx, run.Options{Plan: p, Substrate: on, Version: "test"}, substrate.Clock{Epoch: on.Epoch()}))
	_, _, err := on.Play(ctx, p, recorder(func(e *history.Event) {
		see(e)
		judge.Add(e)
	}), nil)
	require.NoError(t, err)
	return judge.Judgement()
}

func requireMillion(t *testing.T, j *oracle.Judgement) {
	t.Helper()
	require.True(t, raced || j.Requests >= 1_000_000, "%d requests", j.Requests)
}

func nothing(*history.Event) {}

// requireNear requires that a count is fewer than three standard deviations
// away from what a closed form says.
func requireNear[N int | float64](t *testing.T, count N, mean, variance float64) {
	t.Helper()
	z := (float64(count) - mean) / math.Sqrt(variance)
	t.Logf("%v, and the form says %.1f: z = %+.2f", count, mean, z)
	require.Less(t, math.Abs(z), 3.0, "%v, and the form says %.1f", count, mean)
}

// TestBadKey: one node of N has a key of its own, a share b = 1/N of logins and
// pages is its. A login on it lasts a geometric number of pages with the mean
// 1/(1-b), another one 1/b, and who is refused logs in again by the same
// chances: logouts are the renewals of a process whose gaps have the mean
// m = b/(1-b) + (1-b)/b and the variance v. So of n pages n/m are refused, with
// the variance nv/m³: nb(1-b) for two nodes, and 33 % more than that for five.
// Where a user's last login is cut short, that moves the mean by a constant of
// less than 0.2 a user, a tenth of a standard deviation here.
func TestBadKey(t *testing.T) {
	t.Parallel()
	for _, nodes := range []int{2, 5} {
		t.Run(fmt.Sprintf("one of %d", nodes), func(t *testing.T) {
			t.Parallel()
			j := million(t, fmt.Sprintf("nodes: %d, session: {kind: jwt, access_ttl: 12h, refresh_ttl: 0s}, balancer: {policy: random}", nodes),
				"think: 20s, duration: 28h", 210, "{key_mismatch: {node: app-2}, at: 0s}", nothing)
			requireMillion(t, j)
			b := 1 / float64(nodes)
			m := b/(1-b) + (1-b)/b
			square := b*(1+b)/((1-b)*(1-b)) + (1-b)*(2-b)/(b*b) // of a geometric number: (2-p)/p²
			n := float64(j.ValidActions)
			requireNear(t, j.Causes[oracle.KeyMismatch], n/m, n*(square-m*m)/(m*m*m))
			require.Equal(t, j.Valid.SpuriousLogout, j.Causes[oracle.KeyMismatch])
		})
	}
}

// TestRefreshRace: both halves of a page find their token expired, and each
// renews it with the refresh token that it left with. Answers of the node are
// late by a time that is uniform between 0 and w, each by its own, so that one
// half comes |D1-D2| after the other, which is more than g with the
// probability (1-g/w)². A node that forgives a reuse within g then takes it for
// theft, as one without a grace does always, and one whose grace is longer than
// any gap never does. Pages are chances that are independent of one another.
func TestRefreshRace(t *testing.T) {
	t.Parallel()
	const late = "{latency: {between: [balancer, app-1], delay: 200ms, jitter: 200ms}, at: 0s}" // w is 400 ms
	for name, c := range map[string]struct {
		grace, fault string
		users        int
		p            float64
	}{
		"a grace of a quarter of the window": {"100ms", late, 880, 0.75 * 0.75},
		"no grace":                           {"0s", late, 30, 1},
		"a grace but no gap":                 {"1ms", "", 30, 0},
		"a grace longer than the gap":        {"400ms", late, 30, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := million(t, "nodes: 1, session: {kind: jwt, access_ttl: 10s, refresh_ttl: 30d, refresh_store: memory, reuse_grace: "+c.grace+"}, "+
				"client: {kind: spa, refresh: naive, refresh_on: unauthorized, requests: 2}", "think: 1m, duration: 6h", c.users, c.fault, nothing)
			n := float64(j.ValidActions)
			if c.p == 0 || c.p == 1 {
				require.Equal(t, int(c.p*n), j.Causes[oracle.RefreshRace])
			} else {
				requireMillion(t, j)
				requireNear(t, j.Causes[oracle.RefreshRace], n*c.p, n*c.p*(1-c.p))
			}
			require.Equal(t, j.Valid.SpuriousLogout, j.Causes[oracle.RefreshRace])
		})
	}
}

// TestCached401: a proxy keeps a 401 for a minute, so that a page is refused to
// everybody from the first refusal until a minute after it, and to nobody
// before or later. The last to be refused came some time g before that end: at
// a rate of a pages a second, g is exponential with the mean 1/a, and the sum
// of a·g over n outages has the mean and the variance n.
func TestCached401(t *testing.T) {
	t.Parallel()
	const ttl = time.Minute
	const trip = 2 * time.Millisecond // from the cache to the node and back: who comes meanwhile is refused by the node too
	var faults []string
	for at := 5 * time.Minute; at < 80*time.Minute; at += 5 * time.Minute {
		faults = append(faults, fmt.Sprintf("{bad_deploy: {node: all}, at: %s, for: 1s}", at))
	}
	var outages []outage
	now := func() *outage { return &outages[len(outages)-1] }
	j := million(t, "nodes: 3, session: {kind: jwt, access_ttl: 12h, refresh_ttl: 0s}, cache: {enabled: true, cache_401: 60s}, client: {pages: 1}",
		"think: 20s, duration: 83m", 4400, strings.Join(faults, ", "), func(e *history.Event) {
			switch {
			case e.Type != history.Response || e.Op != history.OpPage:
			case e.Status == 401 && !e.Hit:
				if len(outages) == 0 || e.At > now().first+trip {
					outages = append(outages, outage{})
				}
				now().first = e.At // the later answer is kept
			case e.Status == 401:
				now().last = e.At
				if e.At > now().first+ttl/2 {
					now().late++
				}
			case len(outages) > 0 && e.At > now().first+trip && e.At < now().first+ttl:
				now().spared++
			}
		})
	requireMillion(t, j)
	require.Len(t, outages, len(faults))
	sum, refused := 0.0, 0
	for _, o := range outages {
		gap := ttl - (o.last - o.first)
		require.Zero(t, o.spared)
		require.GreaterOrEqual(t, gap, time.Duration(0))
		sum += float64(o.late) / (ttl / 2).Seconds() * gap.Seconds()
		refused += o.late
	}
	requireNear(t, sum, float64(len(outages)), float64(len(outages)))
	require.Greater(t, j.Causes[oracle.Cached401], refused)
	require.Empty(t, j.Causes["unexplained"])
}

// outage is one page's, as its users live through it.
type outage struct {
	first, last time.Duration // refusal that was kept, and refusal out of the cache
	late        int           // refusals in the second half of the TTL
	spared      int           // who got the page all the same
}
