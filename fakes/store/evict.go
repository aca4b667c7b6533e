package store

import (
	"maps"
	"slices"
)

// Evict forgets all but keep percent of the entries, as a cache that is full
// does: which ones, chance decides. Of the same entries and the same chance
// the same ones go.
func (m *Memory) Evict(keep int, chance interface{ IntN(n int) int }) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var forget []func()
	for _, id := range slices.Sorted(maps.Keys(m.sessions)) {
		forget = append(forget, func() { delete(m.sessions, id) })
	}
	for _, id := range slices.Sorted(maps.Keys(m.families)) {
		forget = append(forget, func() { delete(m.families, id) })
	}
	for _, id := range slices.Sorted(maps.Keys(m.revoked)) {
		forget = append(forget, func() { delete(m.revoked, id) })
	}
	for _, user := range slices.Sorted(maps.Keys(m.cutoffs)) {
		forget = append(forget, func() { delete(m.cutoffs, user) })
	}
	for i := range len(forget) - len(forget)*keep/100 {
		j := i + chance.IntN(len(forget)-i)
		forget[i], forget[j] = forget[j], forget[i]
		forget[i]()
	}
}
