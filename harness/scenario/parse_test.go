package scenario_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

var update = flag.Bool("update", false, "write the golden files anew")

func files(t testing.TB, pattern string) []string {
	names, err := filepath.Glob(pattern)
	require.NoError(t, err)
	require.NotEmpty(t, names)
	return names
}

func read(t testing.TB, name string) []byte {
	src, err := os.ReadFile(name)
	require.NoError(t, err)
	return src
}

func golden(t *testing.T, name, got string) {
	if *update {
		require.NoError(t, os.WriteFile(name, []byte(got), 0o644))
	}
	require.Equal(t, string(read(t, name)), got)
}

func TestBadFilesSayEverythingAtOnce(t *testing.T) {
	for _, name := range files(t, "testdata/bad/*.yaml") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			_, err := scenario.Parse(filepath.Base(name), read(t, name))
			var errs scenario.Errors
			require.ErrorAs(t, err, &errs)
			golden(t, strings.TrimSuffix(name, ".yaml")+".golden", err.Error()+"\n")
		})
	}
}

func TestGoodFiles(t *testing.T) {
	for _, name := range files(t, "testdata/good/*.yaml") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			s, err := scenario.Parse(name, read(t, name))
			require.NoError(t, err)
			require.NotEmpty(t, s.Variants)
		})
	}
}

func parse(t *testing.T, src string) *scenario.Scenario {
	s, err := scenario.Parse("x.yaml", []byte(src))
	require.NoError(t, err)
	return s
}

func TestVariantsLieOverTheCommonPart(t *testing.T) {
	s := parse(t, string(read(t, "testdata/good/clock-skew.yaml")))
	require.Equal(t, "clock-skew", s.Name)
	require.Equal(t, "1a", s.Culprit)
	require.Len(t, s.Variants, 3)
	broken, leeway, redis := s.Variants[0], s.Variants[1], s.Variants[2]

	require.Equal(t, 5, broken.Architecture.Nodes)
	require.Zero(t, broken.Architecture.Session.Leeway)
	require.Equal(t, scenario.Params{Node: 1, Offset: 25 * time.Second}, broken.Faults[0].Params)
	require.Equal(t, map[string]string{"node": "app-2", "offset": "+25s"}, broken.Faults[0].Words())
	require.Equal(t, "clock_skew", broken.Expect[0].Cause)
	require.Equal(t, "> 1%", broken.Expect[0].Bound.String())
	require.Equal(t, 16, broken.Expect[0].Line)

	require.Equal(t, time.Minute, leeway.Architecture.Session.Leeway)
	require.Equal(t, broken.Faults, leeway.Faults)
	at, ok := leeway.Position("session.leeway")
	require.True(t, ok)
	require.Equal(t, scenario.Position{Line: 19, Col: 28}, at)

	require.Equal(t, "redis", redis.Architecture.Session.Kind)
	require.Equal(t, "none", redis.Architecture.Client.Refresh, "token settings of the common part fall away")
	require.Equal(t, 12*time.Hour, redis.Architecture.Session.Idle)
}

func TestDefaults(t *testing.T) {
	a := parse(t, string(read(t, "testdata/good/least.yaml"))).Variants[0].Architecture
	require.Equal(t, 3, a.Nodes)
	require.Equal(t, "private", a.App.CacheControl)
	require.Equal(t, "browser", a.Client.Kind)
	require.Equal(t, "none", a.Client.Refresh)
	require.Equal(t, 10*time.Second, a.Client.Timeout)
	require.Equal(t, scenario.Promise{Idle: 12 * time.Hour, Absolute: 720 * time.Hour}, a.Promise)
	require.Equal(t, scenario.Health{Interval: 10 * time.Second, Timeout: 2 * time.Second, Rise: 2, Fall: 2}, a.Balancer.Health)
}

func TestDefaultsThatDepend(t *testing.T) {
	const file = `{scenario: s, architecture: {session: {kind: jwt, WITH}}, variants: {v: {expect: [{errors: 0}]}}}`
	day := 24 * time.Hour
	for _, c := range []struct {
		with, keys, client, refresh string
		promise                     time.Duration
	}{
		{"alg: HS256", "shared", "spa", "single_flight", 30 * day},
		{"alg: ES256", "jwks", "spa", "single_flight", 30 * day},
		{"refresh_ttl: 0s", "shared", "spa", "none", 15 * time.Minute},
		{"refresh_ttl: 2d", "shared", "spa", "single_flight", 2 * day},
	} {
		a := parse(t, strings.Replace(file, "WITH", c.with, 1)).Variants[0].Architecture
		require.Equal(t, c.keys, a.Session.Keys, c.with)
		require.Equal(t, c.client, a.Client.Kind, c.with)
		require.Equal(t, c.refresh, a.Client.Refresh, c.with)
		require.Equal(t, c.promise, a.Promise.Absolute, c.with)
		require.Equal(t, c.promise, a.Promise.Idle, c.with)
	}
}

func TestEveryFieldHasAGoodDefaultAndADocSentence(t *testing.T) {
	for _, f := range scenario.Fields() {
		require.True(t, strings.HasSuffix(f.Doc, "."), f.Path)
		if f.Kind != scenario.Text && !f.Required {
			require.True(t, (f.Default == "") != (f.Depends == ""), f.Path)
		}
	}
	for _, spec := range scenario.FaultSpecs() {
		require.NotEmpty(t, spec.Doc, spec.Name)
	}
}

func TestDurationsCanBeChangedInAClone(t *testing.T) {
	v := parse(t, string(read(t, "testdata/good/every-fault.yaml"))).Variants[0]
	c := v.Clone()
	seen := map[string]bool{}
	for _, d := range c.Durations() {
		require.False(t, seen[d.Path], d.Path)
		seen[d.Path] = true
		*d.Value /= 2
	}
	require.True(t, seen["session.access_ttl"] && seen["workload.think"] && seen["faults[0].offset"] && seen["faults[0].for"])
	require.False(t, seen["client.timeout"], "real time is never compressed")
	require.Equal(t, v.Architecture.Session.AccessTTL/2, c.Architecture.Session.AccessTTL)
	require.Equal(t, 25*time.Second, v.Faults[0].Params.Offset)
	require.Equal(t, 12500*time.Millisecond, c.Faults[0].Params.Offset)
}

func FuzzParse(f *testing.F) {
	for _, name := range append(files(f, "testdata/bad/*.yaml"), files(f, "testdata/good/*.yaml")...) {
		f.Add(read(f, name))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		s, err := scenario.Parse("fuzz.yaml", src)
		if err == nil {
			require.NotEmpty(t, s.Variants)
			return
		}
		require.IsType(t, scenario.Errors{}, err)
		for _, e := range err.(scenario.Errors) {
			require.Positive(t, e.Line)
			require.Positive(t, e.Col)
		}
	})
}
