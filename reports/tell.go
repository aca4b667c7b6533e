package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/oracle"
)

// The lanes that every story may have. A node's lane is nodeLane of its name.
const (
	userLane     = "user"
	cacheLane    = "cache"
	balancerLane = "balancer"
)

func nodeLane(name string) string { return "node " + name }

const (
	storyHead = 5  // steps kept from the start of a long story
	storyTail = 13 // and from its end
)

// teller turns the events of a story into steps.
type teller struct {
	cached bool
	k      scale
	served map[int]string // request -> the node that decided on it
	failed map[int]string // request -> the node that the balancer's latest attempt failed at
	steps  []Step
}

// storyOf tells a story of the judge's in lanes and steps.
func storyOf(s oracle.Story, h history.Header) Story {
	t := teller{cached: h.Facts["cache"] != "", k: scale(h.Compress), served: map[int]string{}, failed: map[int]string{}}
	for _, e := range s.Events {
		switch {
		case e.Type == history.Decision && e.Req != 0:
			t.served[e.Req] = e.Node
		case e.Type == history.Route && e.Req != 0 && e.Node != "":
			t.failed[e.Req] = e.Node
		}
		t.cached = t.cached || e.Hit || e.Age > 0
	}
	for i := range s.Events {
		t.event(&s.Events[i])
	}
	slices.SortStableFunc(t.steps, func(a, b Step) int { return cmp.Compare(a.At, b.At) })
	steps := shortened(t.steps, s.Omitted)
	steps = append(steps, ending(s.Finding, steps))
	f := s.Finding
	return Story{
		Cause: cmp.Or(f.Cause, string(f.Verdict)),
		Title: storyTitle(f),
		Lanes: lanesOf(steps, t.cached, f.User, h.Nodes),
		Steps: steps,
	}
}

func storyTitle(f oracle.Finding) string {
	what := map[oracle.Verdict]string{
		oracle.SpuriousLogout: "was logged out without reason",
		oracle.GhostSession:   "was still accepted after the logout",
		oracle.WrongIdentity:  "was shown somebody else's data",
		oracle.Lockout:        "could not log back in",
	}[f.Verdict]
	title := fmt.Sprintf("User %d %s", f.User, cmp.Or(what, string(f.Verdict)))
	if f.Cause != "" {
		title += ": " + oracle.InWords(f.Cause)
	}
	return title + "."
}

func (t *teller) event(e *history.Event) {
	switch e.Type {
	case history.Response:
		t.response(e)
	case history.Decision:
		t.add(Step{
			At: e.At, From: nodeLane(e.Node), To: nodeLane(e.Node), Label: decisionLabel(e),
			Evidence: decisionWords(e, t.k), Tone: toneOf(e.Accept),
		})
	case history.Route:
		to := balancerLane // which may not say where its attempt went
		if e.Node != "" {
			to = nodeLane(e.Node)
		}
		t.add(Step{At: e.At, From: balancerLane, To: to, Label: errorWords(e.Err), Tone: Bad})
	case history.Node:
		t.add(Step{At: e.At, From: nodeLane(e.Node), To: nodeLane(e.Node), Label: "node " + e.State})
	case history.Action:
		t.action(e)
	}
}

func (t *teller) add(s Step) { t.steps = append(t.steps, s) }

// response is two arrows: the request when it left, the answer when it came. A
// node whose connection failed did not answer: the balancer did in its place.
func (t *teller) response(e *history.Event) {
	far, via := t.route(e)
	label := requestLabel(e)
	if e.Replay > 0 {
		label += fmt.Sprintf(" (attempt %d)", e.Replay+1)
	}
	t.add(Step{At: e.Sent, From: userLane, To: far, Via: via, Label: label})
	back := slices.Clone(via)
	slices.Reverse(back)
	if node := t.served[e.Req]; node != "" && node == t.failed[e.Req] && len(back) > 0 {
		far, back = balancerLane, back[1:]
	}
	answer, bad := answerWords(e)
	tone := toneOf(!bad)
	t.add(Step{At: e.At, From: far, To: userLane, Via: back, Label: answer, Evidence: answerEvidence(e), Tone: tone})
}

// route is where a request went, and through what.
func (t *teller) route(e *history.Event) (far string, via []string) {
	if e.Hit || (e.Age > 0 && t.cached) {
		return cacheLane, nil
	}
	if t.cached {
		via = append(via, cacheLane)
	}
	if node := t.served[e.Req]; node != "" {
		return nodeLane(node), append(via, balancerLane)
	}
	return balancerLane, via
}

// action is only told where it is not what the user wanted.
func (t *teller) action(e *history.Event) {
	if e.Shown != history.ShownLogin && e.Shown != history.ShownError && !e.LoggedOut {
		return
	}
	label := map[string]string{
		history.ShownLogin: "sees the login page", history.ShownError: "sees an error",
	}[e.Shown]
	s := Step{At: e.At, From: userLane, To: userLane, Label: cmp.Or(label, "is logged out"), Tone: Bad}
	if e.Kind == history.KindLogout {
		s.Label, s.Tone = "logs out", Neutral
	}
	s.Evidence = gaveUpWords(e.GaveUp)
	t.add(s)
}

func toneOf(good bool) Tone {
	if good {
		return Good
	}
	return Bad
}

// ending is the verdict, with the judge's own evidence.
func ending(f oracle.Finding, steps []Step) Step {
	s := Step{
		At: f.At, From: userLane, To: userLane, Tone: Bad,
		Label: string(f.Verdict), Evidence: strings.Join(f.Evidence, "; "),
	}
	if n := len(steps); n > 0 {
		s.At = max(s.At, steps[n-1].At)
	}
	return s
}

// shortened keeps the start and the end of a long story, and says how much is
// missing. omitted is how many events the judge itself left out.
func shortened(steps []Step, omitted int) []Step {
	if len(steps) <= storyHead+storyTail && omitted == 0 {
		return steps
	}
	head := min(storyHead, len(steps))
	tail := max(len(steps)-storyTail, head)
	gap := Step{From: userLane, To: userLane, Label: "time passes", Evidence: "Requests in between are left out here; the history has them."}
	if head < len(steps) {
		gap.At = steps[head].At
	}
	return slices.Concat(steps[:head], []Step{gap}, steps[tail:])
}

// lanesOf is the parties that the steps name, in the order of the path.
func lanesOf(steps []Step, cached bool, user int, nodes []string) []Lane {
	lanes := []Lane{{userLane, fmt.Sprintf("User %d", user)}}
	if cached {
		lanes = append(lanes, Lane{cacheLane, "Cache"})
	}
	lanes = append(lanes, Lane{balancerLane, "Balancer"})
	used := map[string]bool{}
	for _, s := range steps {
		used[s.From], used[s.To] = true, true
	}
	for _, n := range nodes {
		if used[nodeLane(n)] {
			lanes = append(lanes, Lane{nodeLane(n), n})
		}
	}
	return lanes
}
