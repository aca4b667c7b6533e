package fault

import (
	"maps"
	"slices"
	"strconv"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// scaleWitness counts what nodes that go cost, as a [nodeWitness] does, and
// what those that come decide: each decision of theirs leaves a mark, and is
// changed if it refuses a user who was kept on another node.
type scaleWitness struct{ nodeWitness }

func newScaleWitness() *scaleWitness { return &scaleWitness{*newNodeWitness(false)} }

func (w *scaleWitness) phase(e *history.Event) {
	w.nodeWitness.phase(e)
	switch e.State {
	case history.PhaseInject:
		w.only = w.comeOrGo(e.Params["to"])
	case history.PhaseRecover:
		for node, down := range w.down {
			if down {
				w.last[node]++ // its life is over for good
			}
		}
	}
}

// comeOrGo tells the nodes that are not up yet, or one too many.
func (w *scaleWitness) comeOrGo(to string) func(node string) bool {
	stay, _ := strconv.Atoi(to) // as the guard wrote it
	there := maps.Clone(w.boot)
	maps.DeleteFunc(there, func(node string, _ int) bool { return w.down[node] })
	var names []string
	for i := range stay {
		names = append(names, scenario.NodeName(i))
	}
	return func(node string) bool { return there[node] == 0 || !slices.Contains(names, node) }
}

func (w *scaleWitness) decision(d *history.Event, by grounds) {
	before := w.got.Marks
	w.nodeWitness.decision(d, by)
	if w.got.Marks > before || !w.at(d.At) || !w.on(d.Node) {
		return
	}
	if i := by.session; i != nil && i.Node != d.Node && strange(d, by) && w.users.kept() {
		w.changed(true)
		return
	}
	w.mark()
}
