package sim_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/loopback"
	"github.com/logoutlab/logoutlab/harness/substrate/sim"
)

const (
	compress = 100 // makes a second of a plan ten milliseconds of net/http
	together = 5   // systems of net/http that are up at a time: more would wait for each other
	first    = 35  // the second at which the first user begins, when all parts have got going
)

// script lets three users act in turn, one every twenty seconds: each is there
// again after a minute. Faults come between two of them, and lives of ninety
// seconds end between two turns of a user, so that nothing hangs on how fast a
// machine is.
func script(deeds ...string) string {
	var all []string
	for turn, do := range deeds {
		for user := range 3 {
			all = append(all, fmt.Sprintf("{user: %d, at: %ds, do: %s}", user+1, first+60*turn+20*user, do))
		}
	}
	return "[" + strings.Join(all, ", ") + "]"
}

// turns is a life with two logins, the first of which ends by a logout.
func turns() string {
	return script("login", "page", "page", "page", "logout", "replay", "login", "page", "page")
}

const (
	jwt     = "access_ttl: 90s, refresh_ttl: 1h, leeway: 0s, rotation: true"
	renewal = "client: {kind: spa, refresh: single_flight, refresh_on: unauthorized}" // on its own clock a client would renew near the end
)

// turnsOf is turns, with forged tokens in it where that is what a case is about.
func turnsOf(name string) string {
	if strings.HasPrefix(name, "forged") {
		return script("login", "page", "forge", "forge", "logout", "forge", "login", "page", "forge")
	}
	return turns()
}

// cases are architectures and faults. Those with an access_ttl of an hour are
// about something else than its end.
func cases() map[string]struct{ architecture, faults string } {
	return map[string]struct{ architecture, faults string }{
		"memory":          {"nodes: 2, session: {kind: memory}, client: {kind: browser}, app: {rejects_with: redirect}", ""},
		"memory-kill":     {"nodes: 2, balancer: {stickiness: lb_cookie, sticky_ttl: 1h}, session: {kind: memory}, client: {kind: browser, retry: idempotent}", "{node_kill: {node: app-1}, at: 185s, for: 1m}"},
		"redis-flush":     {"nodes: 3, session: {kind: redis, idle: 1h}, client: {kind: browser}", "{store_flush: {}, at: 185s}"},
		"redis-down":      {"nodes: 3, session: {kind: redis, idle: 1h}, client: {kind: browser}", "{store_down: {}, at: 185s, for: 1m}"},
		"redis-rejects":   {"nodes: 3, session: {kind: redis, idle: 0s}, client: {kind: browser}, app: {rejects_with: redirect, on_store_error: reject}", "{store_down: {}, at: 185s, for: 1m}"},
		"redis-unchecked": {"nodes: 3, session: {kind: jwt, alg: HS256, " + jwt + ", revocation: shared_blacklist}, app: {on_store_error: accept}, " + renewal, "{store_down: {}, at: 185s, for: 1m}"},
		"redis-full":      {"nodes: 3, session: {kind: redis, idle: 0s, eviction: noeviction}, client: {kind: browser}", "{store_evict: {}, at: 330s, for: 2m}"},
		"rolling":         {"nodes: 2, session: {kind: redis, idle: 1h, rolling: true}, client: {kind: browser}, app: {cache_control: \"max-age=50\"}, cache: {enabled: true, ignore_vary: true, cache_set_cookie: true}", ""},
		"idle":            {"nodes: 2, session: {kind: redis, idle: 30s}, client: {kind: browser}", ""},
		"renewal":         {"nodes: 2, session: {kind: jwt, alg: HS256, " + jwt + ", revocation: shared_blacklist}, " + renewal, ""},
		"blacklist":       {"nodes: 2, session: {kind: jwt, alg: ES256, access_ttl: 1h, refresh_ttl: 2h, leeway: 0s, revocation: shared_blacklist}, client: {kind: browser}", ""},
		"local-blacklist": {"nodes: 2, session: {kind: jwt, alg: HS256, access_ttl: 1h, refresh_ttl: 2h, leeway: 0s, revocation: local_blacklist}, " + renewal, ""},
		"user-block":      {"nodes: 2, session: {kind: jwt, alg: HS256, " + jwt + ", revocation: user_block}, " + renewal, ""},
		"not-before":      {"nodes: 2, session: {kind: jwt, alg: HS256, access_ttl: 1h, refresh_ttl: 0s, leeway: 2m, revocation: user_not_before}, client: {kind: browser}", "{clock_skew: {node: app-2, offset: +90s}, at: 0s}"},
		"expiry":          {"nodes: 2, session: {kind: jwt, alg: HS256, access_ttl: 90s, refresh_ttl: 0s, leeway: 0s}, client: {kind: browser}", ""},
		"skew":            {"nodes: 2, session: {kind: jwt, alg: HS256, access_ttl: 75s, refresh_ttl: 0s, leeway: 0s}, client: {kind: browser}", "{clock_skew: {node: app-2, offset: +30s}, at: 0s}"},
		"ahead":           {"nodes: 2, session: {kind: jwt, alg: ES256, access_ttl: 1h, refresh_ttl: 0s, leeway: 0s}, client: {kind: browser}", "{clock_skew: {node: app-2, offset: +90s}, at: 0s}"},
		"mismatch":        {"nodes: 2, session: {kind: jwt, alg: HS256, " + jwt + "}, " + renewal, "{key_mismatch: {node: app-2}, at: 125s, for: 4m}"},
		"pairs":           {"nodes: 2, session: {kind: jwt, alg: ES256, " + jwt + "}, " + renewal, "{key_mismatch: {node: app-2}, at: 125s, for: 4m}"},
		"rotation":        {"nodes: 2, session: {kind: jwt, alg: ES256, access_ttl: 1h, refresh_ttl: 0s, leeway: 0s}, client: {kind: browser}", "{key_rotation: {overlap: 60s}, at: 125s}"},
		"jwks":            {"nodes: 2, session: {kind: jwt, alg: ES256, keys: jwks, jwks_refetch: true, " + jwt + "}, " + renewal, "{key_mismatch: {node: app-2}, at: 125s, for: 4m}"},
		"forged":          {"nodes: 2, session: {kind: jwt, alg: HS256, " + jwt + "}, " + renewal, "{missing_secret: {node: app-2, fallback: empty}, at: 125s, for: 4m}"},
		"forged-default":  {"nodes: 2, session: {kind: jwt, alg: HS256, access_ttl: 1h, refresh_ttl: 0s, leeway: 0s}, client: {kind: browser}", "{missing_secret: {node: app-2, fallback: default}, at: 125s, for: 4m}"},
		"forged-pairs":    {"nodes: 2, session: {kind: jwt, alg: ES256, " + jwt + "}, " + renewal, ""},
		"bad-deploy":      {"nodes: 2, session: {kind: jwt, alg: ES256, " + jwt + "}, " + renewal, "{bad_deploy: {node: app-2}, at: 125s, for: 1m}"},
	}
}

// TestSame: tokens without cryptography and real ones, in virtual time and over
// net/http, give the same decisions and the same answers.
func TestSame(t *testing.T) {
	type ends func() (string, error)
	plans, overHTTP := map[string]*plan.Plan{}, map[string]ends{}
	room := make(chan struct{}, together)
	for name, c := range cases() {
		s := parse(t, "same.yaml", "scenario: same\narchitecture: {"+c.architecture+"}\nworkload: {duration: 10m, script: "+turnsOf(name)+"}\n"+
			"variants: {broken: {faults: ["+c.faults+"], expect: [{errors: 0}]}}\n")
		p := build(t, s, "broken", plan.Options{Compress: compress})
		plans[name] = p
		dir := t.TempDir()
		var text string
		var err error
		done := make(chan struct{})
		go func() {
			defer close(done)
			room <- struct{}{}
			text, err = inTime(p, dir)
			<-room
		}()
		t.Cleanup(func() { <-done })
		overHTTP[name] = func() (string, error) { <-done; return text, err }
	}
	for name, p := range plans {
		t.Run(name, func(t *testing.T) {
			symbolic, _, err := decisions(p, &sim.Substrate{}, t.TempDir())
			require.NoError(t, err)
			golden := filepath.Join("testdata", "same", name+".txt")
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(symbolic), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), symbolic)
			signed, _, err := decisions(p, sim.RealTokens(), t.TempDir())
			require.NoError(t, err)
			require.Equal(t, symbolic, signed, "signed tokens in virtual time")
			wire, err := overHTTP[name]()
			require.NoError(t, err)
			require.Equal(t, symbolic, wire, "net/http")
			sum := sha256.Sum256([]byte(wire))
			t.Logf("all three decide the same: %s", hex.EncodeToString(sum[:8]))
		})
	}
}

// inTime runs a plan over net/http; again, if the machine was so busy that a
// user or an answer came too late to tell.
func inTime(p *plan.Plan, dir string) (text string, err error) {
	const late = 10 * time.Second / compress
	lag := late + 1
	for try := 0; try < 3 && lag > late && err == nil; try++ {
		text, lag, err = decisions(p, &loopback.Substrate{}, filepath.Join(dir, strconv.Itoa(try)))
	}
	if err == nil && lag > late {
		err = fmt.Errorf("a user or an answer came %v late, three times in a row: this machine is too busy for this test", lag)
	}
	return text, err
}

// decisions is what a run decided and answered, by user: without times, and
// without ids and fingerprints, which are drawn. Lag is how late a user began, or how long an answer took.
func decisions(p *plan.Plan, on substrate.Substrate, dir string) (text string, lag time.Duration, err error) {
	if _, err := run.Run(context.Background(), run.Options{Plan: p, Substrate: on, Dir: dir, Version: "test"}); err != nil {
		return "", 0, err
	}
	r, err := history.Open(filepath.Join(dir, run.HistoryFile))
	if err != nil {
		return "", 0, err
	}
	decided := map[int]string{}
	var seen []history.Event
	for e, err := range r.Events() {
		if err != nil {
			return "", 0, err
		}
		switch e.Type {
		case history.Decision:
			decided[e.Req] += fmt.Sprintf(" | %s %s accept=%t %s kid=%s ended=%t", e.Node, e.Op, e.Accept, e.Reason, e.Kid, e.Ended)
		case history.Response, history.Action:
			seen = append(seen, e)
			if e.Type == history.Response {
				lag = max(lag, e.At-e.Sent)
			}
		case history.End:
			lag = max(lag, e.Load.MaxLag)
		}
	}
	slices.SortStableFunc(seen, func(a, b history.Event) int {
		return cmp.Or(cmp.Compare(a.User, b.User), cmp.Compare(a.Action, b.Action), cmp.Compare(number(a), number(b)))
	})
	var all strings.Builder
	for _, e := range seen {
		if e.Type == history.Action {
			fmt.Fprintf(&all, "user %d: %s shown=%s out=%t %s\n", e.User, e.Kind, e.Shown, e.LoggedOut, e.GaveUp)
			continue
		}
		fmt.Fprintf(&all, "  %s %d %s %s id=%d set=%v clear=%v%s%s\n", e.Op, e.Status, e.Body, e.Location, e.Identity, e.Set, e.Clear, e.Err, decided[e.Req])
	}
	return all.String(), lag, nil
}

// number puts an action's end behind its requests.
func number(e history.Event) int {
	if e.Type == history.Action {
		return math.MaxInt
	}
	return e.Req
}
