package scenario

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParseFault(t *testing.T) {
	s, err := Parse("x.yaml", []byte(`
scenario: x
architecture: {nodes: 3, session: {kind: memory}}
variants:
  broken:
    faults: [{node_kill: {node: all}, at: 1m}]
    expect: [{spurious_logouts: 0}]
`))
	require.NoError(t, err)
	v := s.Variants[0]

	f, err := ParseFault(v, "{node_stop: {node: app-2, drain: false}, for: 10s}")
	require.NoError(t, err)
	require.Equal(t, "node_stop", f.Name)
	require.Equal(t, 10*time.Second, f.For)
	require.Equal(t, 1, f.Params.Node)
	f, err = ParseFault(v, "{partition: {between: [balancer, app-3]}}")
	require.NoError(t, err)
	require.Equal(t, Pair{"balancer", "app-3"}, f.Params.Between)
	require.Len(t, v.Faults, 1)
	require.Equal(t, "partition: {between: [balancer, app-3]}", f.Text())
	for _, text := range []string{"connection_cut", " connection_cut: {}", "{connection_cut: {}}", "connection_cut:"} {
		f, err = ParseFault(v, text)
		require.NoError(t, err, text)
		require.Equal(t, "connection_cut: {node: all, every: 0s}", f.Text())
		require.Zero(t, f.For)
		if text != "connection_cut:" {
			f, err = ParseFault(v, Lasting(text, 90*time.Second))
			require.NoError(t, err, text)
			require.Equal(t, 90*time.Second, f.For)
		}
	}
	f, err = ParseFault(v, "{connection_cut: {idle: 350s}}")
	require.NoError(t, err)
	require.Equal(t, "connection_cut: {node: all, every: 0s, idle: 5m50s}", f.Text())
	again, err := ParseFault(v, f.Text())
	require.NoError(t, err)
	require.Equal(t, f.Params, again.Params)
	f, err = ParseFault(v, Lasting("node_kill:\n  node: app-2\n", time.Second))
	require.NoError(t, err)
	require.Equal(t, "node_kill: {node: app-2} for 1s", f.Text()+" for "+FormatDuration(f.For))
	_, err = ParseFault(v, Lasting("{node_kill: {node: app-2}, for: 1s}", time.Second))
	require.ErrorContains(t, err, "twice")

	other := f
	other.Name, other.Params.Node = "node_pause", -1
	thing, ok := Collide(f, other, 3)
	require.True(t, ok)
	require.Equal(t, "process", thing)

	for text, want := range map[string]string{
		"{node_kil: {node: app-1}}":             "{node_kil: {node: app-1}}: unknown fault node_kil (accepted: ",
		"{node_kill: {}}":                       "node_kill needs node",
		"{node_kill: {nod: app-1}}":             "node_kill has no setting nod",
		"{node_kill: {node: app-4}}":            "node_kill on app-4, but nodes is 3 (accepted: app-1..app-3 or all)",
		"{key_rotation: {}}":                    "it needs session.kind: jwt",
		"{store_down: {}}":                      "there is no shared store",
		"{node_stop: {node: all, drain: true}}": "balancer.drain",
		"{node_kill: {node: app-1}, for: 10}":   "for is",
		"{connection_cut: {idle: 0s}}":          "idle is 0s (accepted: a duration",
		"{node_kill: {node: app-1}":             "not valid YAML",
		"same":                                  "a fault is text",
		"":                                      "empty",
	} {
		_, err := ParseFault(v, text)
		require.ErrorContains(t, err, want, text)
		require.IsType(t, Errors{}, err)
	}
}

// TestReplica: a failover needs a replica, and a replica a Redis.
func TestReplica(t *testing.T) {
	for session, want := range map[string]string{
		"{kind: redis, replica: true}":     "",
		"{kind: jwt, replica: true}":       "", // its refresh tokens
		"{kind: redis}":                    "store_failover, but the store has no replica",
		"{kind: memcached}":                "store_failover, but the store has no replica",
		"{kind: memory}":                   "there is no shared store",
		"{kind: memcached, replica: true}": "session.replica means nothing without a shared Redis",
	} {
		_, err := Parse("s.yaml", []byte("scenario: s\narchitecture: {session: "+session+"}\nvariants:\n  broken:\n"+
			"    faults: [{store_failover: {lag: 5s}}]\n    expect: [{spurious_logouts: 0}]\n"))
		if want == "" {
			require.NoError(t, err, session)
			continue
		}
		require.ErrorContains(t, err, want, session)
	}
}

// TestClockOfMemcached: a Redis goes by the machine's clock, a memcached does not.
func TestClockOfMemcached(t *testing.T) {
	for kind, want := range map[string]string{"redis": "", "memcached": "clock_skew on memcached", "memory": "there is no shared store"} {
		_, err := Parse("s.yaml", []byte("scenario: s\narchitecture: {session: {kind: "+kind+"}}\nvariants:\n  broken:\n"+
			"    faults: [{clock_skew: {node: store, offset: +1h}}]\n    expect: [{spurious_logouts: 0}]\n"))
		if want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, "s.yaml:5:")
		require.ErrorContains(t, err, want)
	}
}
