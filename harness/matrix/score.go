package matrix

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/logoutlab/logoutlab/harness/result"
)

// Cost notes what an architecture costs without faults.
func (s *Score) Cost(r *result.Result) {
	s.P99MS = r.HTTP.LatencyMS.P99
	if r.Store != nil {
		s.StoreCounted, s.StoreCommands, s.StoreBytes = true, r.Store.CommandsPerAction, r.Store.BytesPerAction
	}
	most, all := 0, 0
	for _, n := range r.Nodes {
		most, all = max(most, n.Requests), all+n.Requests
	}
	if all > 0 {
		s.LoadBalance = float64(most) * float64(len(r.Nodes)) / float64(all)
	}
}

// Settle fills in what follows from all cells: scores, places and the headline.
func (m *Matrix) Settle() {
	counted := m.counted()
	for i := range m.Architectures {
		a := &m.Architectures[i]
		a.score(counted)
		a.markUnchanged()
	}
	m.compareLatencies()
	m.place()
	m.Headline = strings.Join(m.Sentences(), " ")
}

// counted are the faults that scores are over: those under which at least one
// architecture was measured.
func (m *Matrix) counted() map[string]bool {
	counted := map[string]bool{}
	for _, a := range m.Architectures {
		for _, c := range a.Cells {
			if c.State == Measured {
				counted[c.Fault] = true
			}
		}
	}
	return counted
}

// score sums up an architecture's cells of the faults that count. It is complete
// if all of them are known: then alone it may be held against others.
func (a *Architecture) score(counted map[string]bool) {
	s := &a.Score
	s.Cells, s.Complete, s.SpuriousLogouts, s.GhostSeconds, s.WorstFault, s.WorstGhostsFault = 0, true, 0, 0, "", ""
	none, _ := a.Cell(None)
	s.WorstShare, s.WorstGhostsShare = 0, 0
	for _, c := range a.Cells {
		if !counted[c.Fault] {
			continue
		}
		if c.State == CannotBe {
			fault := c.Fault
			c = none
			c.Fault = fault
		}
		if c.State != Measured {
			s.Complete = false
			continue
		}
		s.Cells++
		s.SpuriousLogouts += c.SpuriousLogouts.Value
		s.GhostSeconds += c.Ghosts.Mean
		if c.SpuriousLogouts.Value > s.WorstShare {
			s.WorstShare, s.WorstFault = c.SpuriousLogouts.Value, c.Fault
		}
		if c.Ghosts.Mean > s.WorstGhostsShare {
			s.WorstGhostsShare, s.WorstGhostsFault = c.Ghosts.Mean, c.Fault
		}
	}
	s.Complete = s.Complete && s.Cells > 0
	if s.Cells > 0 {
		s.WorstShare /= max(s.SpuriousLogouts, math.SmallestNonzeroFloat64)
		s.WorstGhostsShare /= max(s.GhostSeconds, math.SmallestNonzeroFloat64)
		s.SpuriousLogouts /= float64(s.Cells)
		s.GhostSeconds /= float64(s.Cells)
	}
}

// markUnchanged notes the cells that came out as the one without faults did.
func (a *Architecture) markUnchanged() {
	none, _ := a.Cell(None)
	for i := range a.Cells {
		c := &a.Cells[i]
		c.Unchanged = c.Fault != None && c.State == Measured && none.State == Measured && c.Changed == 0 && c.Blast.Logins == 0 &&
			c.P99MS == none.P99MS && c.Errors == none.Errors && c.SpuriousLogouts == none.SpuriousLogouts && c.Ghosts == none.Ghosts && maps.Equal(c.Causes, none.Causes)
	}
}

// compareLatencies holds each architecture against the fastest one.
func (m *Matrix) compareLatencies() {
	fastest := 0.0
	for _, a := range m.Architectures {
		if p := a.Score.P99MS; p > 0 && (fastest == 0 || p < fastest) {
			fastest = p
		}
	}
	for i := range m.Architectures {
		if s := &m.Architectures[i].Score; s.P99MS > 0 {
			s.P99AddedMS = s.P99MS - fastest
		}
	}
}

// noGhost is a difference in ghost-seconds that nobody would notice.
const noGhost = 1

// badness orders architectures by both sides: tenfold logouts of a million weigh
// as much as tenfold ghost-seconds.
func (s Score) badness() float64 {
	return math.Log10(1+s.SpuriousLogouts) + math.Log10(1+s.GhostSeconds)
}

// ties reports whether two scores are the same to who reads them.
func (s Score) ties(t Score) bool {
	return Figure(s.SpuriousLogouts) == Figure(t.SpuriousLogouts) && Figure(s.GhostSeconds) == Figure(t.GhostSeconds)
}

// place gives places by badness. Architectures with the same figures share one,
// and stand in it by what they ask of the store.
func (m *Matrix) place() {
	for i := range m.Architectures {
		m.Architectures[i].Score.Place = 0
	}
	all := m.complete()
	slices.SortStableFunc(all, func(a, b *Architecture) int {
		return cmp.Or(cmp.Compare(a.Score.badness(), b.Score.badness()), cmp.Compare(a.Score.SpuriousLogouts, b.Score.SpuriousLogouts))
	})
	for i, a := range all {
		a.Score.Place = i + 1
		if i > 0 && a.Score.ties(all[i-1].Score) {
			a.Score.Place = all[i-1].Score.Place
		}
	}
}

// complete are the architectures of which all that counts is known.
func (m *Matrix) complete() []*Architecture {
	var all []*Architecture
	for i := range m.Architectures {
		if m.Architectures[i].Score.Complete {
			all = append(all, &m.Architectures[i])
		}
	}
	return all
}

// Ranked are the architectures, the best first, those that share a place by what
// they ask of the store, and those without a place last.
func (m *Matrix) Ranked() []*Architecture {
	all := make([]*Architecture, len(m.Architectures))
	for i := range all {
		all[i] = &m.Architectures[i]
	}
	last := func(a *Architecture) int { return cmp.Or(a.Score.Place, len(all)+1) }
	slices.SortStableFunc(all, func(a, b *Architecture) int {
		if by := cmp.Compare(last(a), last(b)); by != 0 || a.Score.Place == 0 {
			return by
		}
		return cmp.Or(cmp.Compare(a.Score.StoreCommands, b.Score.StoreCommands), cmp.Compare(a.Name, b.Name))
	})
	return all
}

// placed are those of them with a place.
func (m *Matrix) placed() []*Architecture {
	return slices.DeleteFunc(m.Ranked(), func(a *Architecture) bool { return a.Score.Place == 0 })
}

// Best are the architectures in the first place; none if none has a place.
func (m *Matrix) Best() []*Architecture {
	return slices.DeleteFunc(m.placed(), func(a *Architecture) bool { return a.Score.Place != 1 })
}

// Worst is the architecture in the last place; nil if none is worse than another.
func (m *Matrix) Worst() *Architecture {
	all := m.placed()
	if len(all) == 0 || all[len(all)-1].Score.Place == 1 {
		return nil
	}
	return all[len(all)-1]
}

// MostLogouts is the architecture with a place that logs most users out; nil if
// none does.
func (m *Matrix) MostLogouts() *Architecture {
	return m.most(func(s Score) float64 { return s.SpuriousLogouts })
}

// MostGhosts is the architecture with a place whose credentials outlive the logout
// longest; nil if none does.
func (m *Matrix) MostGhosts() *Architecture {
	return m.most(func(s Score) float64 { return s.GhostSeconds })
}

func (m *Matrix) most(of func(Score) float64) *Architecture {
	var worst *Architecture
	for _, a := range slices.Backward(m.placed()) {
		if x := of(a.Score); x > 0 && (worst == nil || x > of(worst.Score)) {
			worst = a
		}
	}
	return worst
}

// leads reports whether no other is better on either side: fewer logouts, or
// ghosts shorter by what one would notice.
func (m *Matrix) leads(a *Architecture) bool {
	return !slices.ContainsFunc(m.placed(), func(b *Architecture) bool {
		return b.Score.SpuriousLogouts < a.Score.SpuriousLogouts && Figure(b.Score.SpuriousLogouts) != Figure(a.Score.SpuriousLogouts) ||
			b.Score.GhostSeconds < a.Score.GhostSeconds-noGhost
	})
}
