package scenario

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestCollide(t *testing.T) {
	const m = time.Minute
	on := func(name string, node int, at, lasts time.Duration) Fault {
		return Fault{Name: name, At: at, For: lasts, Params: Params{Node: node}}
	}
	cut := func(one, other string, at time.Duration) Fault {
		return Fault{Name: "partition", At: at, For: 2 * m, Params: Params{Node: -1, Between: Pair{one, other}}}
	}
	bare := func(fallback string) Fault {
		return Fault{Name: "missing_secret", At: m, For: 5 * m, Params: Params{Fallback: fallback}}
	}
	idle := func(node int, at time.Duration) Fault {
		return Fault{Name: "connection_cut", At: at, For: 3 * m, Params: Params{Node: node, Idle: m}}
	}
	to := func(n int) Fault { return Fault{Name: "scale", At: m, For: 5 * m, Params: Params{Node: -1, To: n}} }
	for name, c := range map[string]struct {
		a, b Fault
		want bool
	}{
		"one within the other":        {on("bad_deploy", 0, m, 8*m), on("bad_deploy", 0, 3*m, m), true},
		"one after the other":         {on("bad_deploy", 0, m, 2*m), on("bad_deploy", 0, 3*m, m), false},
		"until the end":               {on("node_kill", 0, m, 0), on("node_restart", 0, 9*m, m), true},
		"before it":                   {on("node_kill", 0, 9*m, 0), on("node_restart", 0, m, m), false},
		"on another node":             {on("clock_skew", 0, m, 8*m), on("clock_skew", 1, 3*m, m), false},
		"on all nodes":                {on("clock_skew", -1, m, 8*m), on("clock_jump", 1, 3*m, m), true},
		"on all nodes and the store":  {on("clock_skew", -1, m, 8*m), on("clock_skew", Store, 3*m, m), false},
		"on the store twice":          {on("clock_jump", Store, m, 8*m), on("clock_skew", Store, 3*m, m), true},
		"clock and process":           {on("clock_skew", 0, m, 8*m), on("node_kill", 0, 3*m, m), false},
		"no secret and another":       {bare("random"), on("key_mismatch", 0, 2*m, m), true},
		"no secret, but a process":    {bare("random"), on("node_kill", 0, 2*m, m), false},
		"no secret and no process":    {bare(RefuseToStart), on("node_kill", 0, 2*m, m), true},
		"no process, but a key":       {bare(RefuseToStart), on("key_mismatch", 0, 2*m, m), false},
		"cuts hurt nobody's recovery": {on("connection_cut", 0, m, 8*m), on("connection_cut", 0, 3*m, m), false},
		"idle ones cut twice":         {idle(0, m), idle(-1, 3*m), true},
		"idle ones of two nodes":      {idle(0, m), idle(1, 3*m), false},
		"idle ones, and all":          {idle(0, m), on("connection_cut", 0, 2*m, m), false},
		"a node that goes":            {to(2), on("node_kill", 2, 2*m, m), true},
		"a node that stays":           {to(2), on("node_kill", 1, 2*m, m), false},
		"nodes that come":             {to(5), on("node_restart", -1, 2*m, m), false},
		"scaled twice":                {to(5), to(4), true},
		"the store twice":             {on("store_down", -1, m, 2*m), on("store_down", -1, 2*m, 2*m), true},
		"one cut within the other":    {cut("app-1", "store", m), cut("store", "app-1", 2*m), true},
		"a cut and a wider one":       {cut("nodes", "store", m), cut("app-1", "store", 2*m), true},
		"cuts of two nodes":           {cut("app-2", "store", m), cut("app-1", "store", 2*m), false},
		"cuts on two sides of a node": {cut("balancer", "app-1", m), cut("app-1", "store", 2*m), false},
		"cuts of nodes on two sides":  {cut("balancer", "nodes", m), cut("nodes", "store", 2*m), false},
		"cuts of cache and balancer":  {cut("balancer", "cache", m), cut("cache", "balancer", 2*m), true},
		"one cut after the other":     {cut("app-1", "store", m), cut("app-1", "store", 3*m), false},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, collide(c.a, c.b, 3))
			require.Equal(t, c.want, collide(c.b, c.a, 3))
		})
	}
}
