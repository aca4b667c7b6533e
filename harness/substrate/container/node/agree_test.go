package node

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/fault"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/loopback"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

// system is one node that faults can reach.
type system interface {
	fault.ClockSkewer
	fault.KeySetter
	fault.KeyRotator
	fault.Misconfigurer
	StopNode(ctx context.Context, node int, drain bool) error
	URL() string
}

var _ system = (*loopback.Cluster)(nil)

// remote is the system of one program, controlled as a container is.
type remote struct {
	*started
	url    string
	keys   *parts.Keyring
	offset time.Duration
}

var ctx = context.Background()

func (r *remote) URL() string                     { return r.url }
func (r *remote) ClockOffset(int) time.Duration   { return r.offset }
func (r *remote) SetOwnKey(n int, k string) error { return r.keys.SetOwn(n, k) }
func (r *remote) SetCommonKey(n int) error        { return r.keys.SetCommon(n) }
func (r *remote) RotateKey() error                { return r.keys.Rotate() }
func (r *remote) RetireOldKeys() error            { return r.keys.RetireOld() }
func (r *remote) PutJWKS([]byte) error            { return nil }
func (r *remote) SetClockOffset(_ int, d time.Duration) error {
	r.offset = d
	return r.SetClock(ctx, d)
}
func (r *remote) SetMisconfigured(_ int, on bool) error     { return r.Client.SetMisconfigured(ctx, on) }
func (r *remote) PutKeys(_ int, s parts.KeySet) error       { return r.SetKeys(ctx, s) }
func (r *remote) StopNode(context.Context, int, bool) error { r.stop(); return nil }

// inProcess is loopback's node.
func inProcess(t *testing.T, architecture string) (system, *history.Memory) {
	record := &history.Memory{}
	c, err := (&loopback.Substrate{}).Start(ctx, planOf(t, architecture), substrate.NewClock(), record)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c.(*loopback.Cluster), record
}

// asProgram is the same node behind a control port.
func asProgram(t *testing.T, architecture string) (system, *history.Memory) {
	r := &remote{started: start(t)}
	s := stateOf(t, architecture)
	var err error
	r.keys, err = parts.NewKeyring(s.Architecture, planOf(t, architecture).Stream("keys"), r)
	require.NoError(t, err)
	require.NoError(t, r.PutState(ctx, s))
	r.url = r.app(t)
	return r, &r.events
}

// play takes a user through a life with every change that a fault makes, and
// returns the statuses.
func play(t *testing.T, s system, keys bool) (statuses []int) {
	u := newUser(t)
	id := func() string { return strconv.Itoa(len(statuses) + 1) }
	ask := func(status int) { statuses = append(statuses, status) }
	login := func() { u.access, u.refresh = "", ""; ask(u.logIn(t, id(), s.URL())) }
	page := func() { ask(u.page(t, id(), s.URL())) }
	refresh := func() { ask(u.post(t, id(), s.URL()+"/refresh")) }

	page()
	login()
	page()
	refresh()
	page()
	require.NoError(t, s.SetClockOffset(0, 2*time.Hour))
	page()
	require.NoError(t, s.SetClockOffset(0, -2*time.Hour))
	page()
	require.NoError(t, s.SetClockOffset(0, 0))
	require.NoError(t, s.SetMisconfigured(0, true))
	page()
	require.NoError(t, s.SetMisconfigured(0, false))
	login()
	page()
	if keys {
		for _, kind := range []string{"random", "default", "empty"} {
			require.NoError(t, s.SetOwnKey(0, kind))
			page()
			refresh()
		}
		require.NoError(t, s.SetCommonKey(0))
		page()
		require.NoError(t, s.RotateKey())
		page()
		refresh()
		require.NoError(t, s.RetireOldKeys())
		page()
		require.NoError(t, s.RotateKey())
		require.NoError(t, s.RetireOldKeys())
		page()
		login()
	}
	ask(u.post(t, id(), s.URL()+"/logout"))
	page()
	require.NoError(t, s.StopNode(ctx, 0, false))
	return statuses
}

// canonical makes two runs comparable: ids are numbered as they come, and
// times lose what the machine adds to them.
func canonical(events []history.Event) []history.Event {
	seen := map[string]string{}
	number := func(ids ...*string) {
		for _, id := range ids {
			if *id != "" && seen[*id] == "" {
				seen[*id] = fmt.Sprint("#", len(seen)+1)
			}
			*id = seen[*id]
		}
	}
	for i := range events {
		e := &events[i]
		number(&e.Session, &e.Token, &e.Issued, &e.NewTok, &e.NewRT, &e.KeyFP)
		e.Clock, e.At = (e.Clock - e.At).Round(time.Minute), 0
		e.ExpIn, e.IatIn = e.ExpIn.Round(time.Minute), e.IatIn.Round(time.Minute)
	}
	return events
}

// TestProgramAndLoopbackAgree: the same requests and faults give the same
// answers and events, whether the node is loopback's or a program of its own.
func TestProgramAndLoopbackAgree(t *testing.T) {
	for name, architecture := range map[string]string{
		"memory":           "nodes: 1, session: {kind: memory}",
		"redis, redirect":  "nodes: 1, session: {kind: redis}, app: {rejects_with: redirect, clear_on_reject: true}",
		"HS256, cookies":   "nodes: 1, session: {kind: jwt, leeway: 10s, revocation: local_blacklist}, client: {kind: browser}",
		"HS256, bearer":    "nodes: 1, session: {kind: jwt, rotation: true, refresh_store: redis, revocation: shared_blacklist}",
		"HS256, forbidden": "nodes: 1, session: {kind: jwt, keys: per_node, revocation: refresh_deletion}, app: {rejects_with: forbidden}",
		"ES256":            "nodes: 1, session: {kind: jwt, alg: ES256, keys: jwks}, app: {rejects_with: login_page}",
	} {
		t.Run(name, func(t *testing.T) {
			keys := planOf(t, architecture).Variant.Architecture.Session.Kind == "jwt"
			one, said := inProcess(t, architecture)
			want := play(t, one, keys)
			other, saidToo := asProgram(t, architecture)
			require.Equal(t, want, play(t, other, keys))

			expect := canonical(only(said, history.Decision, history.Node))
			got := canonical(only(saidToo, history.Decision, history.Node))
			require.Len(t, expect, len(want)+3, "a decision for each request; up, stopping, down")
			require.Equal(t, expect, got)
		})
	}
}
