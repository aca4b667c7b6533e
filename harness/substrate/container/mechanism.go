package container

import (
	"github.com/logoutlab/logoutlab/harness/fault"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
	"github.com/logoutlab/logoutlab/harness/substrate/wire"
)

var _ fault.Mechanic = (*Cluster)(nil)

// mechanisms are the means by which faults come about, by the fault's name.
var mechanisms = map[string]string{
	"clock_skew":      "an offset in the node's program, set through its control port",
	"clock_jump":      "an offset in the node's program, set through its control port",
	"key_mismatch":    "other keys put into the node's key ring, through its control port",
	"missing_secret":  "other keys put into the node's key ring, through its control port; or the node stopped, as by node_stop",
	"key_rotation":    "new keys put into all nodes' key rings through their control ports, and published where there is a JWKS endpoint",
	"node_kill":       "SIGKILL by way of Docker (docker kill), then docker start",
	"node_stop":       "SIGTERM by way of Docker (docker stop), without grace for requests under way; then docker start",
	"node_restart":    "SIGTERM by way of Docker (docker stop), without grace for requests under way; then docker start",
	"scale":           "processes started in containers that were there from the start; stopped with SIGTERM (docker stop) without grace; the balancer knows of their places from the start",
	"node_pause":      "the cgroup freezer (docker pause)",
	"connection_cut":  "the node's connections that carry a request reset (SO_LINGER 0), through its control port",
	"balancer_reload": "the signal to read its configuration again: SIGUSR2 to HAProxy's master process, after which drained servers are drained again; SIGHUP to nginx",
	"store_down":      "SIGKILL of Redis by way of Docker (docker kill), then docker start with its append-only file",
	"partition":       "iptables DROP in the network namespaces of both parts",
	"latency":         wire.Mechanism,
	"reset":           wire.Mechanism,
	"store_flush":     "FLUSHALL",
	"store_evict":     "UNLINK of keys drawn at random; with noeviction CONFIG SET maxmemory 1, and 0 afterwards",
	"store_failover":  "REPLICAOF an address where nobody is, on the replica; after the lag SIGKILL of the primary (docker kill), REPLICAOF NO ONE, and the primary's address for the replica",
	"app_restart":     "the client itself: its process and its storage are the workload's",
	"bad_deploy":      "a switch in the node's program, set through its control port: it refuses every authenticated request",
}

// ofMemcached are the means where the store is a memcached.
var ofMemcached = map[string]string{
	"store_down":  "SIGKILL of memcached by way of Docker (docker kill), then docker start, without its data",
	"store_flush": "flush_all",
	"store_evict": "delete of keys drawn at random, of those that lru_crawler metadump lists",
}

// drains are the means by which balancers keep away from a node that is to
// stop, when it is drained.
var drains = map[bool]string{
	true:  "HAProxy's runtime API (set server ... state maint)",
	false: "a new configuration and a reload of the balancer",
}

// Mechanism says by what means a fault comes about.
func (c *Cluster) Mechanism(f scenario.Fault) string {
	if f.Params.Node == scenario.Store {
		return "a preloaded library (LD_PRELOAD) that adds the offset to the store's CLOCK_REALTIME"
	}
	if f.Params.Idle > 0 {
		return "the node's connections that had carried no request for so long reset (SO_LINGER 0) when the next one comes, by the node's program, as its control port says"
	}
	if f.Params.Drain {
		return drains[controlled(c.balancerProduct)] + "; SIGTERM by way of Docker (docker stop), with the drain time as grace; then docker start"
	}
	if means := ofMemcached[f.Name]; means != "" && c != nil && c.arch.Session.Store() == parts.Memcached {
		return means
	}
	return mechanisms[f.Name]
}
