package scenario_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/jsonschema-go/jsonschema"
	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

func resolved(t *testing.T, s *jsonschema.Schema) *jsonschema.Resolved {
	t.Helper()
	r, err := s.Resolve(&jsonschema.ResolveOptions{ValidateDefaults: true})
	require.NoError(t, err)
	return r
}

// asJSON is what an editor validates: the file's data.
func asJSON(t *testing.T, src string) any {
	t.Helper()
	var v any
	require.NoError(t, yaml.Unmarshal([]byte(src), &v), src)
	return v
}

func TestGoodFilesMeetTheSchema(t *testing.T) {
	schema := resolved(t, scenario.JSONSchema())
	for _, name := range files(t, "testdata/good/*.yaml") {
		require.NoError(t, schema.Validate(asJSON(t, string(read(t, name)))), name)
	}
}

// file is a scenario with these texts in its places.
func file(architecture, with, fault, expect string) string {
	return fmt.Sprintf("scenario: x\narchitecture: {session: {kind: memory}%s}\nvariants: {a: {with: {%s}, faults: [%s], expect: [%s]}}\n",
		architecture, with, fault, expect)
}

const holds = "{spurious_logouts: 0}"

// What the parser refuses by its form, the schema refuses too.
func TestTheSchemaRefuses(t *testing.T) {
	schema := resolved(t, scenario.JSONSchema())
	require.NoError(t, schema.Validate(asJSON(t, file("", "session.idle: 1h, balancer: {health.rise: 3, retries: 2}, balancer.health: {fall: 1}", "{node_kill: {node: app-2}, at: 0}", holds))))
	for name, src := range map[string]string{
		"not a mapping":          "[]",
		"no name":                "variants: {a: {expect: [{errors: 0}]}}",
		"no variants":            "scenario: x",
		"empty variants":         "scenario: x\nvariants: {}",
		"wrong name":             "scenario: X Y\nvariants: {a: {expect: [{errors: 0}]}}",
		"wrong variant's name":   "scenario: x\nvariants: {A: {expect: [{errors: 0}]}}",
		"unknown field":          "scenario: x\nextra: 1\nvariants: {a: {expect: [{errors: 0}]}}",
		"unknown in a group":     file(", balancer: {polisy: random}", "", "", holds),
		"dotted path outside":    file(", balancer.policy: random", "", "", holds),
		"workload inside":        file(", workload: {users: 3}", "", "", holds),
		"wrong word":             file(", balancer: {policy: robin}", "", "", holds),
		"wrong unit":             file("", "session.idle: 3w", "", holds),
		"no unit":                file("", "session.idle: 30", "", holds),
		"sign":                   file("", "session.idle: -3s", "", holds),
		"too many nodes":         file(", nodes: 65", "", "", holds),
		"count as text":          file(", nodes: \"3\"", "", "", holds),
		"flag as text":           file(", cache: {enabled: \"yes\"}", "", "", holds),
		"unknown with":           file("", "sesion.idle: 3s", "", holds),
		"unknown fault":          file("", "", "{node_kil: {node: app-1}}", holds),
		"unknown setting":        file("", "", "{node_kill: {node: app-1, of: 3}}", holds),
		"setting missing":        file("", "", "{node_kill: {}}", holds),
		"wrong node":             file("", "", "{node_kill: {node: web-1}}", holds),
		"node_pause without for": file("", "", "{node_pause: {node: app-1}}", holds),
		"store_flush with for":   file("", "session.kind: redis", "{store_flush: {}, for: 3s}", holds),
		"two faults":             file("", "", "{node_kill: {node: app-1}, bad_deploy: {node: app-1}}", holds),
		"no fault":               file("", "", "{at: 3s}", holds),
		"wrong parts":            file("", "", "{partition: {between: [app-1]}, at: 3s}", holds),
		"wrong share":            file("", "session.kind: redis", "{store_evict: {keep: 50}}", holds),
		"empty expect":           file("", "", "", ""),
		"unknown metric":         file("", "", "", "{logouts: 0}"),
		"two metrics":            file("", "", "", "{errors: 0, lockouts: 0}"),
		"no metric":              file("", "", "", "{cause: clock_skew}"),
		"wrong bound":            file("", "", "", `{errors: "about 3"}`),
		"wrong cause":            file("", "", "", `{spurious_logouts: "> 0", cause: moon}`),
		"cause without any":      file("", "", "", `{errors: "> 0", cause: clock_skew}`),
		"wrong product":          file("", "", "", `{errors: 0, only: {balancer: apache}}`),
		"wrong deed":             "scenario: x\narchitecture: {session: {kind: memory}}\nworkload: {script: [{user: 1, at: 1s, do: dance}]}\nvariants: {a: {expect: [{errors: 0}]}}",
		"empty script":           "scenario: x\narchitecture: {session: {kind: memory}}\nworkload: {script: []}\nvariants: {a: {expect: [{errors: 0}]}}",
	} {
		_, err := scenario.Parse("x.yaml", []byte(src))
		require.Error(t, err, "the parser accepts it: %s\n%s", name, src)
		require.Error(t, schema.Validate(asJSON(t, src)), "%s\n%s", name, src)
	}
}

// The schema refuses nothing that the parser accepts, and the parser refuses
// no value for its form that the schema accepts, but for the limits of
// durations and percentages: every field with a few values, every kind of field with many.
func TestTheSchemaAndTheParserAgree(t *testing.T) {
	schema := resolved(t, scenario.JSONSchema())
	values := []string{`""`, "x", "0", "1", "-1", "64", "65", "1000001", `"0"`, `"3"`, "5s", "+5s", "-5s", "1d12h", "1d1d", "5", "0.5", "1.5h", ".5s", "3x", "true", `"true"`,
		"50%", "app-1", "app-0", "app-01", "all", "store", "[app-1, store]", "[a, b]", "[]", "[app-1]", "{}", "null", "none", "[{user: 1, at: 0s, do: login}]", "[{user: 0, at: 0s, do: login}]", "[{at: 0s, do: login}]"}
	few := []string{"x", "0", "5", "5s", "true", "{}", "null"}
	checked, seen := 0, map[scenario.Kind]bool{}
	valuesFor := func(f scenario.Field) []string { // all for the first field of a kind
		common := few
		if !seen[f.Kind] {
			common, seen[f.Kind] = values, true
		}
		return slices.Concat(common, f.Accepted)
	}
	try := func(t *testing.T, f scenario.Field, src string) {
		t.Helper()
		checked++
		_, err := scenario.Parse("x.yaml", []byte(src))
		refused := schema.Validate(asJSON(t, src))
		if err == nil {
			require.NoError(t, refused, src)
			return
		}
		formal := strings.Contains(err.Error(), ": "+f.Path+" is ") && strings.HasSuffix(err.Error(), "(accepted: "+f.Accepts()+")")
		if formal && f.Kind != scenario.Duration && f.Kind != scenario.Percent {
			require.Error(t, refused, "%s\n%v", src, err)
		}
	}
	for _, f := range scenario.Fields() {
		for _, v := range valuesFor(f) {
			try(t, f, "scenario: x\narchitecture: {session: {kind: jwt}}\nvariants: {a: {with: {"+f.Path+": "+v+"}, expect: [{errors: 0}]}}")
		}
	}
	for _, spec := range scenario.FaultSpecs() {
		for _, f := range spec.Params {
			for _, v := range valuesFor(f) {
				try(t, f, file("", "", fmt.Sprintf("{%s: {%s: %s}, for: 3s}", spec.Name, f.Path, v), holds))
			}
		}
	}
	require.Greater(t, checked, 1000)
	require.Len(t, seen, int(scenario.Script)+1, "every kind")
}

// Every metric takes the same bounds in the schema and in the parser, but for
// those that nothing observed could decide, and numbers beyond a limit.
func TestTheSchemaTakesTheBoundsOfTheParser(t *testing.T) {
	schema := resolved(t, scenario.JSONSchema())
	for _, metric := range scenario.Metrics() {
		for _, bound := range []string{"1", "0", `"= 3"`, `"> 1%"`, `"~ 80%"`, `"< 0.1% at 95%"`, `"< 5 at 95%"`, `"= 5% at 95%"`, `"40%..60%"`, `"1..3"`, `">= 100"`, `"< 250ms"`, `"<= 1.5s"`, `"10ms..50ms"`, `"0s"`, `"~ 3s"`, `"3m"`, `"1s..3%"`, `"x"`, "true"} {
			src := file("", "workload.logout_every: 3, workload.replays: 1", "", fmt.Sprintf("{%s: %s}", metric, bound))
			_, err := scenario.Parse("x.yaml", []byte(src))
			if refused := schema.Validate(asJSON(t, src)); err == nil {
				require.NoError(t, refused, src)
			} else {
				require.Error(t, refused, "%s\n%v", src, err)
			}
		}
	}
}

// The parser names what it accepts in each place: the schema has the same.
func TestTheSchemaHasThePartsOfTheParser(t *testing.T) {
	schema := scenario.JSONSchema()
	variant := schema.Properties["variants"].AdditionalProperties
	for name, c := range map[string]struct {
		src  string
		want []string
	}{
		"file":         {"scenario: x\nzzz: 1\nvariants: {a: {expect: [{errors: 0}]}}", schema.PropertyOrder},
		"about":        {"scenario: x\nabout: {zzz: 1}\nvariants: {a: {expect: [{errors: 0}]}}", schema.Properties["about"].PropertyOrder},
		"variant":      {"scenario: x\nvariants: {a: {zzz: 1, expect: [{errors: 0}]}}", variant.PropertyOrder},
		"architecture": {file(", zzz: 1", "", "", holds), schema.Properties["architecture"].PropertyOrder},
		"health":       {file(", balancer: {health: {zzz: 1}}", "", "", holds), schema.Properties["architecture"].Properties["balancer"].Properties["health"].PropertyOrder},
		"workload":     {"scenario: x\nworkload: {zzz: 1}\nvariants: {a: {with: {session.kind: memory}, expect: [{errors: 0}]}}", schema.Properties["workload"].PropertyOrder},
		"fault":        {file("", "", "{zzz: {}}", holds), schema.Defs["fault"].PropertyOrder},
		"setting":      {file("", "", "{latency: {zzz: 1}}", holds), schema.Defs["fault"].Properties["latency"].PropertyOrder},
	} {
		_, err := scenario.Parse("x.yaml", []byte(c.src))
		var errs scenario.Errors
		require.ErrorAs(t, err, &errs, name)
		accepted := ""
		for _, e := range errs {
			if strings.Contains(e.Msg, "zzz") {
				accepted = e.Accepted
			}
		}
		require.Equal(t, accepted, strings.Join(c.want, ", "), name)
	}
}
