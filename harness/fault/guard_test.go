package fault

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// lab is a cluster of three nodes that writes down what is done to it, and
// when, in whole seconds since the test's start.
type lab struct {
	began      time.Time
	calls      chan string
	fail       string // the call that fails
	clock      [3]time.Duration
	storeClock time.Duration
}

func newLab() *lab { return &lab{began: time.Now(), calls: make(chan string, 100)} }

func (l *lab) note(format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	l.calls <- fmt.Sprintf("%d %s", int(time.Since(l.began).Seconds()), text)
	if l.fail != "" && strings.HasPrefix(text, l.fail) {
		return errors.New("no such luck")
	}
	return nil
}

func (l *lab) Nodes() int                           { return len(l.clock) }
func (l *lab) ClockOffset(n int) time.Duration      { return l.clock[n] }
func (l *lab) SetOwnKey(n int, kind string) error   { return l.note("own key %d %s", n, kind) }
func (l *lab) SetCommonKey(n int) error             { return l.note("common key %d", n) }
func (l *lab) RotateKey() error                     { return l.note("rotate") }
func (l *lab) RetireOldKeys() error                 { return l.note("retire") }
func (l *lab) KillNode(n int) error                 { return l.note("kill %d", n) }
func (l *lab) StartNode(n int) error                { return l.note("start %d", n) }
func (l *lab) PauseNode(n int) error                { return l.note("pause %d", n) }
func (l *lab) ResumeNode(n int) error               { return l.note("resume %d", n) }
func (l *lab) StopStore() error                     { return l.note("store stop") }
func (l *lab) StartStore() error                    { return l.note("store start") }
func (l *lab) CutReplica(context.Context) error     { return l.note("cut replica") }
func (l *lab) FailOver(context.Context) error       { return l.note("fail over") }
func (l *lab) FlushStore(context.Context) error     { return l.note("flush") }
func (l *lab) ReloadBalancer(context.Context) error { return l.note("reload") }
func (l *lab) CutConnections(n int) (int, error)    { return 1, l.note("cut %d", n) }

func (l *lab) ForgetIdle(n int, after time.Duration) error { return l.note("forget %d %v", n, after) }

func (l *lab) SetClockOffset(n int, d time.Duration) error {
	err := l.note("clock %d %v", n, d)
	if err == nil {
		l.clock[n] = d
	}
	return err
}

func (l *lab) StoreClockOffset() time.Duration { return l.storeClock }

func (l *lab) SetStoreClockOffset(d time.Duration) error {
	l.storeClock = d
	return l.note("store's clock %v", d)
}

func (l *lab) StopNode(_ context.Context, n int, drain bool) error {
	return l.note("stop %d %v", n, drain)
}

func (l *lab) Partition(between scenario.Pair) (func() error, error) {
	return func() error { return l.note("heal %v", between) }, l.note("part %v", between)
}

func (l *lab) Disturb(between scenario.Pair, d Disturbance) (func() error, error) {
	return func() error { return l.note("calm %v", between) }, l.note("disturb %v %v", between, d)
}

func (l *lab) Mechanism(f scenario.Fault) string {
	if f.Name == "partition" {
		return "a wall"
	}
	return ""
}
func (l *lab) RelieveStore(context.Context) error           { return l.note("memory enough") }
func (l *lab) EvictStore(_ context.Context, keep int) error { return l.note("evict all but %d", keep) }

func (l *lab) SetMisconfigured(n int, on bool) error { return l.note("misconfigured %d %v", n, on) }

func (l *lab) done() []string {
	close(l.calls)
	var out []string
	for c := range l.calls {
		out = append(out, c)
	}
	return out
}

const s = time.Second

// live runs faults for `until` and returns what they did and recorded.
func live(t *testing.T, fail string, until time.Duration, faults ...scenario.Fault) (did, recorded []string, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := newLab()
		l.fail = fail
		record := &history.Memory{}
		g, buildErr := NewGuard(All(), faults, l, func() time.Duration { return time.Since(l.began) }, record)
		require.NoError(t, buildErr)
		ctx, cancel := context.WithTimeout(context.Background(), until)
		defer cancel()
		err = g.Run(ctx, 0)
		did = l.done()
		for e := range record.Events() {
			recorded = append(recorded, fmt.Sprintf("%d %s %s", int(e.At.Seconds()), e.Fault, e.State))
		}
	})
	return did, recorded, err
}

func TestLifeOfEachFault(t *testing.T) {
	all := scenario.Params{Node: -1}
	for name, c := range map[string]struct {
		fault scenario.Fault
		want  []string
	}{
		"clock_skew":  {scenario.Fault{Name: "clock_skew", At: s, For: 2 * s, Params: scenario.Params{Node: 1, Offset: 25 * s}}, []string{"1 clock 1 25s", "3 clock 1 0s"}},
		"skew of all": {scenario.Fault{Name: "clock_skew", At: s, Params: scenario.Params{Node: -1, Offset: s}}, []string{"1 clock 0 1s", "1 clock 1 1s", "1 clock 2 1s", "20 clock 0 0s", "20 clock 1 0s", "20 clock 2 0s"}},
		"clock_jump":  {scenario.Fault{Name: "clock_jump", At: s, For: s, Params: scenario.Params{Node: 0, Offset: -s}}, []string{"1 clock 0 -1s", "2 clock 0 0s"}},
		"skew of the store": {scenario.Fault{Name: "clock_skew", At: s, For: 2 * s, Params: scenario.Params{Node: scenario.Store, Offset: 25 * s}},
			[]string{"1 store's clock 25s", "3 store's clock 0s"}},
		"jump of the store": {scenario.Fault{Name: "clock_jump", At: s, Params: scenario.Params{Node: scenario.Store, Offset: -s}},
			[]string{"1 store's clock -1s", "20 store's clock 0s"}},
		"refuse to start": {scenario.Fault{Name: "missing_secret", For: s, Params: scenario.Params{Node: 1, Fallback: scenario.RefuseToStart}}, []string{"0 stop 1 false", "1 start 1"}},
		"missing_secret":  {scenario.Fault{Name: "missing_secret", For: s, Params: scenario.Params{Node: 1, Fallback: "empty"}}, []string{"0 own key 1 empty", "1 common key 1"}},
		"key_mismatch":    {scenario.Fault{Name: "key_mismatch", For: s, Params: scenario.Params{Node: 1, Key: "empty"}}, []string{"0 own key 1 empty", "1 common key 1"}},
		"rotation":        {scenario.Fault{Name: "key_rotation", At: s}, []string{"1 rotate", "1 retire"}},
		"overlap":         {scenario.Fault{Name: "key_rotation", At: s, Params: scenario.Params{Overlap: 5 * s}}, []string{"1 rotate", "6 retire"}},
		"long overlap":    {scenario.Fault{Name: "key_rotation", At: s, Params: scenario.Params{Overlap: time.Hour}}, []string{"1 rotate"}},
		"node_kill":       {scenario.Fault{Name: "node_kill", At: s, For: 3 * s, Params: scenario.Params{Node: 2}}, []string{"1 kill 2", "4 start 2"}},
		"node_stop":       {scenario.Fault{Name: "node_stop", At: s, For: s, Params: scenario.Params{Node: 2, Drain: true}}, []string{"1 stop 2 true", "2 start 2"}},
		"restart once":    {scenario.Fault{Name: "node_restart", At: s, For: 10 * s, Params: scenario.Params{Node: 0, Down: 2 * s}}, []string{"1 stop 0 false", "3 start 0"}},
		"rolling restart": {scenario.Fault{Name: "node_restart", At: s, For: 11 * s, Params: scenario.Params{Node: -1, Down: s, Every: 3 * s}},
			[]string{"1 stop 0 false", "2 start 0", "4 stop 1 false", "5 start 1", "7 stop 2 false", "8 start 2", "10 stop 0 false", "11 start 0"}},
		"restart of all, once": {scenario.Fault{Name: "node_restart", At: s, Params: scenario.Params{Node: -1, Down: 2 * s, Drain: true}},
			[]string{"1 stop 0 true", "3 start 0", "3 stop 1 true", "5 start 1", "5 stop 2 true", "7 start 2"}},
		"restart of all, cut short": {scenario.Fault{Name: "node_restart", At: 15 * s, Params: scenario.Params{Node: -1, Down: 3 * s}},
			[]string{"15 stop 0 false", "18 start 0", "18 stop 1 false", "20 start 1"}},
		"cut again and again": {scenario.Fault{Name: "connection_cut", At: s, For: 5500 * time.Millisecond, Params: scenario.Params{Node: 1, Every: 2 * s}}, []string{"1 cut 1", "3 cut 1", "5 cut 1"}},
		"balancer_reload":     {scenario.Fault{Name: "balancer_reload", At: s, For: 5 * s, Params: scenario.Params{Every: 3 * s}}, []string{"1 reload", "4 reload"}},
		"cut of what is idle": {scenario.Fault{Name: "connection_cut", At: s, For: 3 * s, Params: scenario.Params{Node: -1, Idle: 350 * s}},
			[]string{"1 forget 0 5m50s", "1 forget 1 5m50s", "1 forget 2 5m50s", "4 forget 0 0s", "4 forget 1 0s", "4 forget 2 0s"}},
		"cut of all": {scenario.Fault{Name: "connection_cut", At: s, Params: all}, []string{"1 cut 0", "1 cut 1", "1 cut 2"}},
		"scale up":   {scenario.Fault{Name: "scale", At: s, For: s, Params: scenario.Params{To: 4, Drain: true}}, []string{"1 start 3", "2 stop 3 true"}},
		"scale down": {scenario.Fault{Name: "scale", At: s, For: s, Params: scenario.Params{To: 2}}, []string{"1 stop 2 false", "2 start 2"}},
		"node_pause": {scenario.Fault{Name: "node_pause", At: s, For: 2 * s, Params: scenario.Params{Node: 1}}, []string{"1 pause 1", "3 resume 1"}},
		"store_down": {scenario.Fault{Name: "store_down", At: s, For: s}, []string{"1 store stop", "2 store start"}},
		"partition":  {scenario.Fault{Name: "partition", At: s, For: s, Params: scenario.Params{Between: scenario.Pair{"app-1", "store"}}}, []string{"1 part [app-1, store]", "2 heal [app-1, store]"}},
		"latency": {scenario.Fault{Name: "latency", At: s, For: s, Params: scenario.Params{Between: scenario.Pair{"app-1", "store"}, Delay: 2 * s, Jitter: s}},
			[]string{"1 disturb [app-1, store] {2s 1s 0 0}", "2 calm [app-1, store]"}},
		"reset": {scenario.Fault{Name: "reset", At: s, For: s, Params: scenario.Params{Between: scenario.Pair{"balancer", "nodes"}, Percent: 20}},
			[]string{"1 disturb [balancer, nodes] {0s 0s 20 0}", "2 calm [balancer, nodes]"}},
		"store_flush":              {scenario.Fault{Name: "store_flush", At: s}, []string{"1 flush"}},
		"store_failover":           {scenario.Fault{Name: "store_failover", At: s, Params: scenario.Params{Lag: 2 * s}}, []string{"1 cut replica", "3 fail over"}},
		"store_failover, at once":  {scenario.Fault{Name: "store_failover", At: s}, []string{"1 fail over"}},
		"store_evict":              {scenario.Fault{Name: "store_evict", At: s, Params: scenario.Params{Keep: 30}}, []string{"1 evict all but 30", "20 memory enough"}},
		"store_evict, for a while": {scenario.Fault{Name: "store_evict", At: s, For: s, Params: scenario.Params{Keep: 30}}, []string{"1 evict all but 30", "2 memory enough"}},
		"bad_deploy":               {scenario.Fault{Name: "bad_deploy", At: s, For: s, Params: scenario.Params{Node: 1}}, []string{"1 misconfigured 1 true", "2 misconfigured 1 false"}},
	} {
		t.Run(name, func(t *testing.T) {
			did, recorded, err := live(t, "", 20*s, c.fault)
			require.NoError(t, err)
			require.Equal(t, c.want, did)
			require.Len(t, recorded, 3)
			require.Contains(t, recorded[0], history.PhaseInject)
			require.Contains(t, recorded[1], history.PhaseEffective)
			require.Contains(t, recorded[2], history.PhaseRecover)
		})
	}
}

func TestFaultIsTakenBackOnEveryWayOut(t *testing.T) {
	kill := scenario.Fault{Name: "node_kill", At: 5 * s, For: 10 * s, Params: scenario.Params{Node: 0}}
	t.Run("the run ends before it", func(t *testing.T) {
		did, recorded, err := live(t, "", 2*s, kill)
		require.NoError(t, err)
		require.Empty(t, did)
		require.Empty(t, recorded)
	})
	t.Run("the run ends during it", func(t *testing.T) {
		did, _, err := live(t, "", 8*s, kill)
		require.NoError(t, err)
		require.Equal(t, []string{"5 kill 0", "8 start 0"}, did)
	})
	t.Run("it cannot be injected", func(t *testing.T) {
		did, recorded, err := live(t, "kill", 20*s, kill)
		require.ErrorContains(t, err, "fault node_kill: inject: app-1: no such luck")
		require.Equal(t, []string{"5 kill 0", "5 start 0"}, did)
		require.Equal(t, []string{"5 node_kill inject", "5 node_kill recover"}, recorded)
	})
	t.Run("it cannot be taken back", func(t *testing.T) {
		_, _, err := live(t, "start", 20*s, kill)
		require.ErrorContains(t, err, "fault node_kill: recover: app-1: no such luck")
	})
	t.Run("one node of several fails", func(t *testing.T) {
		everyNode := kill
		everyNode.Params.Node = -1
		did, _, err := live(t, "start 0", 8*s, everyNode)
		require.ErrorContains(t, err, "recover: app-1: no such luck")
		require.Equal(t, []string{"5 kill 0", "5 kill 1", "5 kill 2", "8 start 0", "8 start 1", "8 start 2"}, did)
	})
	t.Run("a clock that could not be moved is not moved back", func(t *testing.T) {
		did, _, err := live(t, "clock 1 2s", 8*s, scenario.Fault{Name: "clock_jump", At: s, Params: scenario.Params{Node: -1, Offset: 2 * s}})
		require.ErrorContains(t, err, "inject: app-2: no such luck")
		require.Equal(t, []string{"1 clock 0 2s", "1 clock 1 2s", "1 clock 2 2s", "1 clock 0 0s", "1 clock 2 0s"}, did)
	})
	t.Run("it fails while it lasts", func(t *testing.T) {
		_, _, err := live(t, "retire", 8*s, scenario.Fault{Name: "key_rotation", Params: scenario.Params{Overlap: s}})
		require.ErrorContains(t, err, "fault key_rotation: recover: no such luck")
	})
	t.Run("a later turn fails", func(t *testing.T) {
		did, _, err := live(t, "stop 1", 20*s, scenario.Fault{Name: "node_restart", Params: scenario.Params{Node: -1, Down: s, Every: 3 * s}})
		require.ErrorContains(t, err, "fault node_restart: recover: app-2: no such luck")
		require.Equal(t, []string{"0 stop 0 false", "1 start 0", "3 stop 1 false"}, did)
	})
	t.Run("the run is over before it starts", func(t *testing.T) {
		for range 20 { // chance would inject it in half of them
			did, recorded, err := live(t, "", 0, scenario.Fault{Name: "store_down"})
			require.NoError(t, err)
			require.Empty(t, did)
			require.Empty(t, recorded)
		}
	})
	t.Run("two at a time", func(t *testing.T) {
		did, _, err := live(t, "", 20*s, kill, scenario.Fault{Name: "store_down", At: 6 * s, For: s})
		require.NoError(t, err)
		require.Equal(t, []string{"5 kill 0", "6 store stop", "7 store start", "15 start 0"}, did)
	})
}

func TestIllegalOrderIsRefused(t *testing.T) {
	g := &Guard{clock: func() time.Duration { return 0 }, record: &history.Memory{}}
	f := &guarded{plan: scenario.Fault{Name: "store_down"}, fault: &storeDown{on: newLab()}}
	require.Error(t, g.recover(0, f), "not injected")
	require.NoError(t, g.inject(context.Background(), 0, f))
	require.Error(t, g.inject(context.Background(), 0, f), "injected before")
	require.NoError(t, g.recover(0, f))
	require.Error(t, g.recover(0, f), "taken back before")
}

func TestEveryFaultNeedsItsCapability(t *testing.T) {
	for _, name := range All().Names() {
		_, err := All().Build(scenario.Fault{Name: name}, struct{}{})
		if name == scenario.AppRestart { // clients are no part of any cluster
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, "fault "+name+": this substrate cannot")
		require.ErrorContains(t, All().Check([]scenario.Fault{{Name: name}}, struct{}{}), name)
	}
	_, err := All().Build(scenario.Fault{Name: "meteor"}, newLab())
	require.ErrorContains(t, err, `unknown fault "meteor" (accepted: app_restart, bad_deploy, balancer_reload, clock_jump,`)
}

// TestWhatIsRecordedOfAFault: the history says when, where and how.
func TestWhatIsRecordedOfAFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, record := newLab(), &history.Memory{}
		faults := []scenario.Fault{
			{Name: "store_down", At: s, For: s},
			{Name: "clock_skew", At: 2 * s, For: 3 * s, Params: scenario.Params{Node: 1, Offset: 25 * s}},
		}
		time.Sleep(7 * s) // the cluster took its time to start
		g, err := NewGuard(All(), faults, l, func() time.Duration { return time.Since(l.began) }, record)
		require.NoError(t, err)
		require.NoError(t, g.Run(t.Context(), 7*s))
		var got []history.Event
		for e := range record.Events() {
			if e.Index == 1 {
				got = append(got, e)
			}
		}
		note := func(at time.Duration, phase string) history.Event {
			return history.Event{At: at, Type: history.Fault, Fault: "clock_skew", Index: 1, State: phase, Node: "app-2",
				Params: history.Params{"node": "app-2", "offset": "+25s"}}
		}
		require.Equal(t, []history.Event{
			note(9*s, history.PhaseInject), note(9*s, history.PhaseEffective), note(12*s, history.PhaseRecover),
		}, got)
	})
}

// TestMechanismIsRecorded: by what means, where a cluster says so.
func TestMechanismIsRecorded(t *testing.T) {
	record := &history.Memory{}
	faults := []scenario.Fault{{Name: "partition", Params: scenario.Params{Between: scenario.Pair{"app-1", "store"}}}, {Name: "store_down"}}
	g, err := NewGuard(All(), faults, newLab(), func() time.Duration { return 0 }, record)
	require.NoError(t, err)
	for i := range g.faults {
		require.NoError(t, g.inject(t.Context(), i, &g.faults[i]))
	}
	got := map[string]history.Params{}
	for e := range record.Events() {
		got[e.Fault] = e.Params
	}
	require.Equal(t, map[string]history.Params{
		"partition": {"between": "[app-1, store]", "mechanism": "a wall"}, "store_down": {},
	}, got)
}

func TestDisturbedLinks(t *testing.T) {
	of := func(name, a, b string) scenario.Fault {
		return scenario.Fault{Name: name, Params: scenario.Params{Between: scenario.Pair{a, b}}}
	}
	require.Equal(t, []scenario.Link{{From: "app-2", To: "store"}, {From: "app-1", To: "store"}, {From: "balancer", To: "app-1"}}, Disturbed([]scenario.Fault{
		of("latency", "store", "app-2"), of("reset", "nodes", "store"), of("partition", "balancer", "app-2"), of("latency", "app-1", "balancer"), {Name: "store_down"},
	}, 2))
}

func TestRegistryHasEveryFaultOfAScenario(t *testing.T) {
	var specs []string
	for _, f := range scenario.FaultSpecs() {
		specs = append(specs, f.Name)
	}
	require.ElementsMatch(t, specs, All().Names())
}
