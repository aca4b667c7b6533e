package oracle

import (
	"maps"
	"slices"
)

// endUnfinished counts the actions that the history leaves under way.
func (f *Fold) endUnfinished() {
	for _, number := range slices.Sorted(maps.Keys(f.actions)) {
		a := f.actions[number]
		f.j.Actions++
		f.j.Verdicts.Add(Unknown)
		f.series.verdict(a.span.From, Unknown)
		f.j.Findings = append(f.j.Findings, Finding{
			Action: a.number, User: a.id, Kind: a.kind, At: a.span.From, Verdict: Unknown,
			Evidence: []string{"the history ends before this action does"},
		})
		f.causes = append(f.causes, cause{})
	}
	clear(f.actions)
}

// tell fills in what is counted at the end.
func (f *Fold) tell() {
	for _, n := range f.nodes.list {
		f.j.Nodes = append(f.j.Nodes, NodeCount{Name: n.name, Requests: n.requests, Rejections: n.rejections})
	}
	for number, u := range f.users {
		if u.affected {
			f.j.Affected = append(f.j.Affected, number)
		}
	}
	slices.Sort(f.j.Affected)
	f.j.Harmed = len(f.j.Affected)
	f.j.Series = f.series.result(f.j)
	f.j.Stories = f.stories.result(f.j.Findings)
}
