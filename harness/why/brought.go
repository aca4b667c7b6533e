package why

import (
	"slices"

	"github.com/logoutlab/logoutlab/harness/oracle"
)

// What makes nodes come and go, and what keeps an answer from arriving.
var (
	nodes = []string{"node_kill", "node_stop", "node_restart", "scale"}
	links = []string{"connection_cut", "node_kill", "node_stop", "node_restart", "node_pause", "scale", "balancer_reload", "partition", "latency", "reset"}
	store = []string{"store_down", "store_failover", "partition", "latency", "reset"}
)

// Brought lists the kinds of fault that can bring a cause about; design says
// that it also comes about without any.
func Brought(cause string) (faults []string, design bool) {
	switch cause {
	case oracle.ClockSkew:
		return []string{"clock_skew", "clock_jump"}, false
	case oracle.KeyMismatch:
		return []string{"key_mismatch", "missing_secret"}, true // session.keys: per_node
	case oracle.ForgedToken:
		return []string{"key_mismatch", "missing_secret"}, false
	case oracle.KeyRetired:
		return []string{"key_rotation"}, false
	case oracle.SessionLost:
		return nodes, true // a node may die of the load alone
	case oracle.SessionNotOnNode:
		return append([]string{"node_pause", "balancer_reload", "partition"}, nodes...), true // who moved once is missed on the way back
	case oracle.StoreDown:
		return store, false
	case oracle.StoreEvicted:
		return []string{"store_evict", "store_flush", "store_failover", "store_down", "clock_skew", "clock_jump"}, false
	case oracle.ConnectionCut, oracle.RefreshLost:
		return links, false
	case oracle.DrainMissing:
		return []string{"node_stop", "node_restart", "scale"}, false
	case oracle.RefreshRace:
		return links, true // a renewal that was lost on its way is made again
	case oracle.StorageEvicted:
		return []string{"app_restart"}, false
	case oracle.RevocationMissed: // a logout that did not arrive, that was of a credential which the node refused, or that was forgotten
		return slices.Concat(links, store, []string{"store_flush", "store_evict", "key_mismatch", "missing_secret", "key_rotation", "clock_skew", "clock_jump", "bad_deploy"}), true
	case oracle.NodeMisconfig:
		return []string{"bad_deploy"}, false
	case oracle.Cached401:
		return []string{"bad_deploy", "clock_skew", "clock_jump", "key_mismatch", "missing_secret", "key_rotation", "store_flush", "store_evict"}, true
	case oracle.Unexplained:
		return nil, false
	}
	return nil, true
}
