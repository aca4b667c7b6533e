package store

import "maps"

// Clone is a memory of its own that remembers the same, as a replica does.
func (m *Memory) Clone() *Memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &Memory{
		sessions: maps.Clone(m.sessions), families: maps.Clone(m.families),
		revoked: maps.Clone(m.revoked), cutoffs: maps.Clone(m.cutoffs),
	}
}
