package fault

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// Fault is one thing that goes wrong. Inject returns once it has taken effect.
// Recover takes it back; it is called exactly once after Inject, when the
// fault's time is over or the run ends, and must leave nothing running.
type Fault interface {
	Inject(ctx context.Context) error
	Recover(ctx context.Context) error
}

// Builder makes a fault against a cluster. It fails if the cluster lacks the
// capability that the fault needs.
type Builder func(f scenario.Fault, cluster any) (Fault, error)

// Registry holds the builders by the fault's name.
type Registry map[string]Builder

// All returns the registry of every fault that logoutlab knows.
func All() Registry {
	return Registry{
		"clock_skew":      newClockSkew,
		"clock_jump":      newClockJump,
		"key_mismatch":    newKeyMismatch,
		"missing_secret":  newMissingSecret,
		"key_rotation":    newKeyRotation,
		"node_kill":       newNodeKill,
		"node_stop":       newNodeStop,
		"node_restart":    newNodeRestart,
		"scale":           newScale,
		"node_pause":      newNodePause,
		"connection_cut":  newConnectionCut,
		"balancer_reload": newBalancerReload,
		"store_down":      newStoreDown,
		"partition":       newPartition,
		"latency":         newLatency,
		"reset":           newReset,
		"store_flush":     newStoreFlush,
		"store_evict":     newStoreEvict,
		"store_failover":  newStoreFailover,
		"bad_deploy":      newBadDeploy,
		"app_restart":     newAppRestart,
	}
}

// Names returns the faults' names, sorted.
func (r Registry) Names() []string {
	names := make([]string, 0, len(r))
	for n := range r {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// Build makes one fault.
func (r Registry) Build(f scenario.Fault, cluster any) (Fault, error) {
	b, ok := r[f.Name]
	if !ok {
		return nil, fmt.Errorf("unknown fault %q (accepted: %s)", f.Name, strings.Join(r.Names(), ", "))
	}
	return b(f, cluster)
}

// Check says which of the faults a cluster of this type cannot suffer; a typed
// nil pointer will do. It starts nothing.
func (r Registry) Check(faults []scenario.Fault, cluster any) error {
	for _, f := range faults {
		if _, err := r.Build(f, cluster); err != nil {
			return err
		}
	}
	return nil
}

func lacks(name, capability string) error {
	return fmt.Errorf("fault %s: this substrate cannot %s", name, capability)
}
