package loopback

import (
	"github.com/logoutlab/logoutlab/harness/fault"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/wire"
)

var _ fault.Mechanic = (*Cluster)(nil)

// mechanisms are the means by which faults come about, by the fault's name.
var mechanisms = map[string]string{
	"clock_skew":      "an offset added to the clock that the node reads",
	"clock_jump":      "an offset added to the clock that the node reads",
	"key_mismatch":    "other keys put into the node's key ring",
	"missing_secret":  "other keys put into the node's key ring; or the node stopped, as by node_stop",
	"key_rotation":    "new keys put into all nodes' key rings, and published where there is a JWKS endpoint",
	"node_kill":       "the node's listener closed, its connections reset (SO_LINGER 0), its memory dropped",
	"node_stop":       "the node's listener and connections closed, its memory dropped; with drain the balancer keeps away first",
	"node_restart":    "the node's listener and connections closed, its memory dropped, then served again; with drain the balancer keeps away first",
	"scale":           "nodes prepared, and started or stopped as by node_stop; the balancer knows of their places from the start",
	"node_pause":      "reads and writes of the node's connections held back",
	"connection_cut":  "the balancer's connections to the node that carry a request reset (SO_LINGER 0)",
	"balancer_reload": "the balancer's state made as new, idle connections closed on both sides",
	"store_down":      "the relay in front of the store closed, connections included; Redis keeps its data, memcached is emptied",
	"latency":         wire.Mechanism,
	"reset":           wire.Mechanism,
	"store_flush":     "FLUSHALL, or flush_all; in a store of the user's own this run's keys are removed (UNLINK, or delete)",
	"store_evict":     "UNLINK, or delete, of keys of this run, drawn at random; with noeviction what would need memory refused in front of the store",
	"store_failover":  "this run's keys copied when the replica hears nothing more; after the lag the relay in front of the store closed, connections included, and the copy put in the place of the keys",
	"app_restart":     "the client itself: its process and its storage are the workload's",
	"bad_deploy":      "a switch in the node: it refuses every authenticated request",
}

// Mechanism says by what means a fault comes about.
func (c *Cluster) Mechanism(f scenario.Fault) string {
	if f.Params.Idle > 0 {
		return "connections to the node that had carried no request for so long reset (SO_LINGER 0) at the node, when the next one comes"
	}
	return mechanisms[f.Name]
}
