package run

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/loopback"
	"github.com/logoutlab/logoutlab/scenarios"
)

const clinic = `
scenario: clinic
title: What counts as a cure
architecture:
  session: {kind: jwt, access_ttl: 15m, refresh_ttl: 1d}
workload: {users: 10, think: 20s, duration: 10m, logout_every: 10, replays: 1}
variants:
  broken:
    faults: [{key_rotation: {overlap: 0s}, at: 2m}, {node_restart: {node: all, down: 2s}, at: 3m, for: 1m}]
    expect: [{spurious_logouts: "> 1%"}]
  another-form:
    faults: [{key_rotation: {overlap: 0s}, at: 2m}]
    expect: [{spurious_logouts: "> 1%"}]
  same:
    faults: [same]
    expect: [{spurious_logouts: 0}]
  own-parameters:
    with: {balancer.drain: 1m}
    faults: [{key_rotation: {overlap: 1d}, at: 2m}, {node_restart: {node: all, down: 2s, drain: true}, at: 3m, for: 1m}]
    expect: [{spurious_logouts: 0}, {ghost_sessions: 0}]
  weaker:
    faults: [{key_rotation: {overlap: 0s}, at: 2m}, {node_restart: {node: app-1, down: 2s}, at: 3m, for: 1m}]
    expect: [{spurious_logouts: 0}]
  later:
    faults: [{key_rotation: {overlap: 0s}, at: 9m}, {node_restart: {node: all, down: 2s}, at: 3m, for: 1m}]
    expect: [{spurious_logouts: 0}]
  without:
    expect: [{spurious_logouts: 0}]
  fewer-users:
    with: {workload.users: 9}
    faults: [same]
    expect: [{spurious_logouts: 0}]
  trades-one-harm-for-another:
    faults: [same]
    expect: [{spurious_logouts: 0}, {ghost_sessions: "> 1%"}]
  fewer-replays:
    with: {workload.replays: 0}
    faults: [same]
    expect: [{spurious_logouts: 0}]
  more-replays:
    with: {workload.replays: 2}
    faults: [same]
    expect: [{spurious_logouts: 0}]
  only-better:
    faults: [same]
    expect: [{spurious_logouts: "< 1%"}]
  looks-at-errors-alone:
    faults: [same]
    expect: [{errors: 0}]
  not-with-nginx:
    faults: [same]
    expect: [{spurious_logouts: 0, except: {balancer: nginx}}, {spurious_logouts: "< 1%", only: {balancer: nginx}}]
`

func TestCures(t *testing.T) {
	s, err := scenario.Parse("clinic.yaml", []byte(clinic))
	require.NoError(t, err)
	require.Equal(t, []string{"same", "own-parameters", "more-replays", "not-with-nginx"}, cures(s, "broken", ""))
	require.NotContains(t, cures(s, "broken", "nginx"), "not-with-nginx")
	require.Equal(t, []string{"own-parameters", "more-replays", "not-with-nginx"}, cures(s, "same", ""))
	require.Empty(t, cures(s, "another-form", ""))
	require.Empty(t, cures(s, "without", ""), "nothing else goes without faults")
}

func TestEveryCulpritOfTheCatalogueHasACure(t *testing.T) {
	for _, name := range scenarios.Names() {
		source, err := scenarios.Source(name)
		require.NoError(t, err)
		s, err := scenario.Parse(name, source)
		require.NoError(t, err)
		if first := s.Variants[0]; !promises(first, "") {
			require.NotEmpty(t, cures(s, first.Name, ""), name)
		}
	}
}

// The header tells of the scenario in scenario time, and of the run beside it.
func TestHeaderHasBothClocks(t *testing.T) {
	s, err := scenario.Parse("clinic.yaml", []byte(clinic))
	require.NoError(t, err)
	p, err := plan.Build(s, "own-parameters", plan.Options{Seed: 1, Users: 7, For: 5 * time.Minute, Compress: 60})
	require.NoError(t, err)
	h := Header(t.Context(), Options{Plan: p, Substrate: &loopback.Substrate{}}, substrate.NewClock())

	require.Equal(t, "7 users for 5m, a pause of 20s on average, a logout every 10 pages, then 1 page with a kept copy", h.Facts["workload"])
	require.Equal(t, "7 users for 5s, a pause of 333.33ms on average, a logout every 10 pages, then 1 page with a kept copy", h.RunFacts["workload"])
	require.Contains(t, h.Facts["session"], "access 15m, refresh 1d")
	require.Contains(t, h.RunFacts["session"], "access 15s, refresh 24m")
	require.NotContains(t, h.RunFacts, "nodes")

	rotation := h.Faults[0]
	require.Equal(t, 2*time.Second, rotation.At)
	require.Equal(t, map[string]string{"overlap": "1d"}, rotation.Params)
}

// What a reader compares between two variants must be in the facts.
func TestFactsTellOfWhatMatters(t *testing.T) {
	for setting, want := range map[string]string{
		"balancer.stickiness: lb_cookie, balancer.sticky_ttl: 1d":                        "sticky by lb_cookie for 1d",
		"client.kind: browser, balancer.stickiness: app_cookie, balancer.app_cookie: at": "sticky by the application's cookie at",
		"balancer.stickiness: lb_cookie, balancer.sticky_max: 8":                         "to a node with less than 8 requests under way",
		"balancer.slow_start: 2m":                                            "a node that comes up has its full share after 2m",
		"app.work: 1s, app.warm_up: 40s, app.cold_work: 3s":                  "1s a page, 3s on a node that has just started, less and less for 40s",
		"balancer.retries: 1":                                                "1 retry on conn_failure",
		"balancer.drain: 1m":                                                 "drains for up to 1m",
		"session.kind: redis":                                                "redis, ends 12h after the last use, 30d after the login",
		"session.reuse_grace: 1m":                                            "rotated, reuse grace 1m",
		"session.leeway: 30s":                                                "leeway 30s",
		"client.refresh: naive, client.refresh_on: unauthorized":             "renews naive on unauthorized, no retries",
		"client.retry: idempotent":                                           "3 retries of idempotent requests from 1s",
		"client.on_error: logout":                                            "after an error: logout",
		"client.requests: 3":                                                 "3 parallel requests a page",
		"app.rejects_with: redirect, app.error_cache_control: no-store":      "rejects with redirect, Cache-Control of pages: private, of rejections: no-store",
		"cache.enabled: true, cache.cache_401: 60s, cache.ignore_vary: true": "keeps a 401 for 1m, ignores Vary",
		"promise.revocation: 1m":                                             "a logout takes effect within 1m",
		"workload.logout_every: 4, workload.replays: 3":                      "a logout every 4 pages, then 3 pages with a kept copy",
		"session.alg: ES256, session.keys: jwks, session.jwks_refetch: true": "jwt ES256, keys jwks",
	} {
		file := strings.Replace(clinic, "  same:\n", "  same:\n    with: {"+setting+"}\n", 1)
		if strings.Contains(setting, "redis") {
			file = strings.ReplaceAll(file, "{key_rotation: {overlap: 0s}, at: 2m}", "{store_down: {}, at: 2m}")
			file = strings.Replace(file, "{kind: jwt, access_ttl: 15m, refresh_ttl: 1d}", "{kind: jwt}", 1)
		}
		s, err := scenario.Parse("clinic.yaml", []byte(file))
		require.NoError(t, err, setting)
		v, _ := s.Variant("same")
		var all []string
		for _, f := range facts(v) {
			all = append(all, f)
		}
		require.Contains(t, strings.Join(all, "\n"), want)
	}
}
