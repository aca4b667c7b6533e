package reports

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/result"
)

const ms = time.Millisecond

func judged() *oracle.Judgement {
	j := &oracle.Judgement{
		Series: oracle.Series{Width: 100 * ms, Buckets: make([]oracle.Bucket, 120)},
		Findings: []oracle.Finding{
			{At: 250 * ms, User: 1, Verdict: oracle.SpuriousLogout, Cause: oracle.KeyMismatch, Evidence: []string{"a", "b"}},
			{At: 350 * ms, User: 2, Verdict: oracle.SpuriousLogout, Cause: oracle.KeyMismatch},
			{At: 99 * time.Second, User: 2, Verdict: oracle.SpuriousLogout, Cause: oracle.ConnectionCut},
			{At: 400 * ms, User: 3, Verdict: oracle.GhostSession, Cause: oracle.RevocationMissed},
			{At: 500 * ms, User: 4, Verdict: oracle.Error},
		},
		Stories: []oracle.Story{
			{Finding: oracle.Finding{User: 4, Verdict: oracle.Error}},
			{Finding: oracle.Finding{User: 1, Verdict: oracle.SpuriousLogout, Cause: oracle.KeyMismatch}},
		},
	}
	return j
}

func TestNewRun(t *testing.T) {
	r := NewRun(history.Header{}, &result.Result{}, judged())
	require.Equal(t, 60, r.Series.Bins)
	require.Equal(t, 200*ms, r.Series.Step)
	require.Len(t, r.Series.Logouts, 2)
	require.Equal(t, oracle.KeyMismatch, r.Series.Logouts[0].Cause)
	require.Equal(t, []int{0, 2, 0}, r.Series.Logouts[0].Counts[:3])
	require.Equal(t, 1, r.Series.Logouts[1].Counts[59], "past the end is counted in the last bin")
	require.Equal(t, 1, r.Series.Ghosts[0].Counts[2])
	require.Len(t, r.Stories, 1, "an error is not a story")
	require.Equal(t, 5, r.Found)
	require.Equal(t, "a; b", r.Sample[0].Evidence)
}

func TestCausesOfEveryVerdict(t *testing.T) {
	all := append(judged().Findings,
		oracle.Finding{At: 600 * ms, User: 5, Verdict: oracle.WrongIdentity, Cause: oracle.CachedOtherUser},
		oracle.Finding{At: 700 * ms, User: 5, Verdict: oracle.Error, Cause: oracle.StoreDown})
	j := judged()
	j.Findings = all
	r := NewRun(history.Header{}, &result.Result{}, j)
	require.Equal(t, map[oracle.Verdict]map[string]int{
		oracle.SpuriousLogout: {oracle.KeyMismatch: 2, oracle.ConnectionCut: 1},
		oracle.GhostSession:   {oracle.RevocationMissed: 1},
		oracle.WrongIdentity:  {oracle.CachedOtherUser: 1},
		oracle.Error:          {oracle.StoreDown: 1}, // one has no cause
	}, r.Causes)
	require.Equal(t, 1, r.Series.Mixed[0].Counts[3])
	name, _ := worstCause(r)
	require.Equal(t, oracle.CachedOtherUser, name)
}

func TestSampleTakesAFewOfEachKind(t *testing.T) {
	var all []oracle.Finding
	for range 100 {
		all = append(all, oracle.Finding{Verdict: oracle.Unknown})
	}
	all = append(all, oracle.Finding{Verdict: oracle.SpuriousLogout, Cause: oracle.ClockSkew})
	got := sampleOf(all)
	require.Len(t, got, sampleEach+1)
	require.Equal(t, oracle.ClockSkew, got[sampleEach].Cause)
}

func TestEmptyJudgement(t *testing.T) {
	r := NewRun(history.Header{}, &result.Result{}, &oracle.Judgement{})
	require.Zero(t, r.Series)
	require.NotEmpty(t, render(t, Suite{Runs: []Run{r}}))
}

func storyEvents() []history.Event {
	return []history.Event{
		{Type: history.Decision, At: 2 * ms, Req: 1, Op: history.OpLogin, Node: "app-1", Accept: true, Reason: history.ReasonOK, Issued: "77c0", KeyFP: "5e1d"},
		{Type: history.Response, At: 3 * ms, Sent: 1 * ms, Req: 1, Op: history.OpLogin, Path: "/login", Status: 200, Body: history.BodyTokens},
		{Type: history.Route, At: 11 * ms, Req: 2, Node: "app-3", Err: history.ErrRefused},
		{Type: history.Decision, At: 12 * ms, Req: 2, Op: history.OpPage, Node: "app-2", Reason: history.ReasonBadSignature, Token: "a1f3", Kid: "k1", KeyFP: "c904", ExpIn: 7 * time.Second, Clock: 212 * ms},
		{Type: history.Response, At: 13 * ms, Sent: 10 * ms, Req: 2, Op: history.OpPage, Path: "/page/3", Status: 401, Body: history.BodyError},
		{Type: history.Action, At: 14 * ms, User: 17, Kind: history.KindPage, Shown: history.ShownLogin, LoggedOut: true, GaveUp: history.GaveUpRejected},
	}
}

func TestStoryOfALogout(t *testing.T) {
	s := storyOf(oracle.Story{
		Finding: oracle.Finding{User: 17, At: 14 * ms, Verdict: oracle.SpuriousLogout, Cause: oracle.KeyMismatch, Evidence: []string{"signed with 5e1d", "verified with c904"}},
		Events:  storyEvents(),
	}, history.Header{Nodes: []string{"app-1", "app-2", "app-3", "app-4"}})
	var lanes []string
	for _, l := range s.Lanes {
		lanes = append(lanes, l.Name)
	}
	require.Equal(t, []string{"User 17", "Balancer", "app-1", "app-2", "app-3"}, lanes, "the path's order, and only nodes that took part")
	app1, app2 := nodeLane("app-1"), nodeLane("app-2")
	require.Equal(t, []Step{
		{At: 1 * ms, From: "user", To: app1, Via: []string{"balancer"}, Label: "POST /login"},
		{At: 2 * ms, From: app1, To: app1, Label: "logged in", Evidence: "Issued session 77c0 signed with key 5e1d.", Tone: Good},
		{At: 3 * ms, From: app1, To: "user", Via: []string{"balancer"}, Label: "200 tokens", Tone: Good},
		{At: 10 * ms, From: "user", To: app2, Via: []string{"balancer"}, Label: "GET /page/3"},
		{At: 11 * ms, From: "balancer", To: nodeLane("app-3"), Label: "connection refused", Tone: Bad},
		{
			At: 12 * ms, From: app2, To: app2, Label: "bad_signature", Tone: Bad,
			Evidence: "The signature of token a1f3 does not match this node's key c904. The token names key id k1. It had 7\u00a0s left. This node's clock is 200\u00a0ms ahead.",
		},
		{At: 13 * ms, From: app2, To: "user", Via: []string{"balancer"}, Label: "401", Tone: Bad},
		{At: 14 * ms, From: "user", To: "user", Label: "sees the login page", Evidence: "The request was refused and the client has no way to renew.", Tone: Bad},
		{At: 14 * ms, From: "user", To: "user", Label: "spurious_logout", Evidence: "signed with 5e1d; verified with c904", Tone: Bad},
	}, s.Steps)
	require.Contains(t, s.Title, "User 17 was logged out without reason")
}

func TestStoryFromTheCache(t *testing.T) {
	s := storyOf(oracle.Story{
		Finding: oracle.Finding{User: 2, Verdict: oracle.SpuriousLogout, Cause: oracle.Cached401},
		Events: []history.Event{
			{Type: history.Response, At: 9 * ms, Sent: 8 * ms, Req: 5, Op: history.OpPage, Path: "/page/1", Status: 401, Age: 3, Hit: true},
		},
	}, history.Header{Nodes: []string{"app-1"}})
	require.Len(t, s.Lanes, 3)
	require.Equal(t, "cache", s.Steps[0].To)
	require.Equal(t, "Served from the cache, 3 seconds old.", s.Steps[1].Evidence)
}

func TestLongStoriesAreShortened(t *testing.T) {
	steps := make([]Step, 100)
	for i := range steps {
		steps[i].At = time.Duration(i)
	}
	got := shortened(steps, 0)
	require.Len(t, got, storyHead+1+storyTail)
	require.Equal(t, "time passes", got[storyHead].Label)
	require.Equal(t, steps[99], got[len(got)-1])
	require.Len(t, shortened(steps[:3], 0), 3)
	require.Len(t, shortened(steps[:3], 40), 4, "what the judge left out is said too")
}

func TestRefusalsInWords(t *testing.T) {
	for want, e := range map[string]history.Event{
		"Token t ran out 25\u00a0s ago by this node's clock; leeway 0\u00a0s.":             {Reason: history.ReasonExpired, Token: "t", ExpIn: -25 * time.Second},
		"Token t was issued 5\u00a0s in the future of this node's clock; leeway 1\u00a0s.": {Reason: history.ReasonNotYet, Token: "t", IatIn: 5 * time.Second, Leeway: time.Second},
		"Token t names key id k2, which this node does not have.":                          {Reason: history.ReasonUnknownKey, Token: "t", Kid: "k2"},
		"Session s is not known here. The node has started 2 times.":                       {Reason: history.ReasonUnknownSess, Session: "s", Boot: 2},
		"Refresh token r had been used before, so its family is revoked.":                  {Reason: history.ReasonReused, Op: history.OpRefresh, Token: "r"},
		"What was presented could not be read: it is no session id or token of this use.":  {Reason: history.ReasonMalformed},
		"The session store did not answer.":                                                {Reason: history.ReasonStoreDown},
		"The credential was refused: something_new.":                                       {Reason: "something_new"},
	} {
		require.Equal(t, want, decisionWords(&e, 1))
	}
}

func TestAnswersInWords(t *testing.T) {
	for _, c := range []struct {
		e    history.Event
		want string
		bad  bool
	}{
		{history.Event{Status: 302, Location: "/login", Op: history.OpPage}, "302 to /login", true},
		{history.Event{Status: 303, Location: "/page/1", Op: history.OpLogin}, "303 to /page/1", false},
		{history.Event{Status: 200, Body: history.BodyLogin, Op: history.OpPage}, "200 login page", true},
		{history.Event{Status: 200, Body: history.BodyPage, Op: history.OpPage}, "200 page", false},
		{history.Event{Err: history.ErrReset}, "connection cut", true},
		{history.Event{Status: 503}, "503", true},
	} {
		got, bad := answerWords(&c.e)
		require.Equal(t, c.want, got)
		require.Equal(t, c.bad, bad, c.want)
	}
}

// A node whose connection was cut did not answer: the balancer did.
func TestStoryOfACutConnection(t *testing.T) {
	s := storyOf(oracle.Story{
		Finding: oracle.Finding{User: 2, Verdict: oracle.SpuriousLogout, Cause: oracle.ConnectionCut},
		Events: []history.Event{
			{Type: history.Decision, At: 9 * ms, Req: 5, Op: history.OpPage, Node: "app-1", Accept: true, Reason: history.ReasonOK},
			{Type: history.Route, At: 10 * ms, Req: 5, Node: "app-1", Err: history.ErrReset},
			{Type: history.Response, At: 11 * ms, Sent: 8 * ms, User: 2, Req: 5, Op: history.OpPage, Path: "/page/1", Status: 502},
		},
	}, history.Header{Nodes: []string{"app-1"}, Facts: map[string]string{"cache": "yes"}})
	answer := s.Steps[3]
	require.Equal(t, Step{At: 11 * ms, From: balancerLane, To: userLane, Via: []string{cacheLane}, Label: "502", Tone: Bad}, answer)
}
