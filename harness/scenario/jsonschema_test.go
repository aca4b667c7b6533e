package scenario_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

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

// limitsOf are values at a field's limits, and just beyond them.
func limitsOf(f scenario.Field) (inside, beyond []string) {
	switch f.Kind {
	case scenario.Count, scenario.Percent:
		sign := map[scenario.Kind]string{scenario.Percent: "%"}[f.Kind]
		for _, n := range []int64{f.Min, f.Max} {
			inside = append(inside, fmt.Sprint(n)+sign)
		}
		return inside, []string{fmt.Sprint(f.Min-1) + sign, fmt.Sprint(f.Max+1) + sign}
	case scenario.Duration:
		for _, u := range []struct {
			name string
			size int64
		}{{"d", int64(24 * time.Hour)}, {"h", int64(time.Hour)}, {"m", int64(time.Minute)}, {"s", int64(time.Second)}, {"ms", int64(time.Millisecond)}, {"us", int64(time.Microsecond)}, {"ns", 1}} {
			most := f.Max / u.size
			beyond = append(beyond, fmt.Sprintf("%d%s", most+1, u.name))
			if f.Max%u.size == 0 {
				inside = append(inside, fmt.Sprintf("%d%s", most, u.name))
			}
			if f.Max%u.size == 0 && u.size > 1 && u.name != "d" {
				beyond = append(beyond, fmt.Sprintf("%d.001%s", most, u.name))
				inside = append(inside, fmt.Sprintf("%d.00000000000009%s", most, u.name)) // less than a nanosecond more
			}
			if least := f.Min / u.size; least > 0 && f.Min%u.size == 0 {
				inside = append(inside, fmt.Sprintf("%d%s", least, u.name))
				if least > 1 {
					beyond = append(beyond, fmt.Sprintf("%d%s", least-1, u.name))
				}
			}
		}
		if f.Min >= 0 {
			beyond = append(beyond, "-1ns")
		} else {
			beyond = append(beyond, "-"+beyond[0])
		}
		if f.Min > 0 {
			beyond = append(beyond, scenario.FormatDuration(time.Duration(f.Min-1)))
		}
		switch zeros := []string{"0", "0s", "+0ms"}; {
		case f.Min > 0 && !strings.Contains(f.Accepts(), ", 0 or "), strings.HasSuffix(f.Accepts(), ", not 0"):
			beyond = append(beyond, zeros...)
		default:
			inside = append(inside, zeros...)
		}
	case scenario.Word:
		inside, beyond = f.Accepted, []string{f.Accepted[0] + "s"}
	case scenario.Node:
		inside, beyond = []string{"app-1", "all"}, []string{"app-0", "app", "node-1"}
	case scenario.Parts:
		inside, beyond = []string{"[balancer, nodes]", "[app-1, balancer]", "[store, app-2]", "[cache, balancer]"}, []string{"[cache, store]", "[cache, app-1]", "[store, store]", "[balancer, store]", "[app-1]", "[app-1, store, cache]"}
	case scenario.Flag:
		inside, beyond = []string{"true", "false"}, []string{"yes", "1"}
	}
	return inside, beyond
}

// Beyond each limit of each field both refuse, and at it neither does.
func TestTheSchemaHasTheLimitsOfTheParser(t *testing.T) {
	schema := resolved(t, scenario.JSONSchema())
	refused := 0
	try := func(f scenario.Field, write func(value string) string) {
		inside, beyond := limitsOf(f)
		for _, v := range inside {
			src := write(v)
			_, err := scenario.Parse("x.yaml", []byte(src))
			require.False(t, err != nil && strings.Contains(err.Error(), ": "+f.Path+" is "), "%s\n%v", src, err)
			require.NoError(t, schema.Validate(asJSON(t, src)), src)
		}
		for _, v := range beyond {
			src := write(v)
			_, err := scenario.Parse("x.yaml", []byte(src))
			require.Error(t, err, src)
			require.Error(t, schema.Validate(asJSON(t, src)), "%s\n%v", src, err)
			refused++
		}
	}
	for _, f := range scenario.Fields() {
		try(f, func(v string) string {
			return "scenario: x\narchitecture: {session: {kind: jwt}}\nvariants: {a: {with: {" + f.Path + ": " + v + "}, expect: [{errors: 0}]}}"
		})
	}
	for _, spec := range scenario.FaultSpecs() {
		lasts := ""
		if spec.Lasts {
			lasts = ", for: 3s"
		}
		for _, f := range spec.Params {
			others := ""
			for _, o := range spec.Params {
				if some, _ := limitsOf(o); o.Required && o.Path != f.Path {
					others += ", " + o.Path + ": " + some[len(some)-1]
				}
			}
			try(f, func(v string) string {
				return file("", "", fmt.Sprintf("{%s: {%s: %s%s}%s}", spec.Name, f.Path, v, others, lasts), holds)
			})
		}
	}
	require.Greater(t, refused, 500)
}

// Other limits, each with a value at it and one beyond.
func TestTheSchemaHasOtherLimitsOfTheParser(t *testing.T) {
	schema := resolved(t, scenario.JSONSchema())
	script := func(action string) string {
		return "scenario: x\narchitecture: {session: {kind: jwt}, client: {pages: 100000}}\nworkload: {duration: 1h, script: [" + action + "]}\nvariants: {a: {expect: [{errors: 0}]}}"
	}
	cookies := func(setting string) string { return file(", "+setting, "", "", holds) }
	bound := func(b string) string {
		return file("", "workload.logout_every: 3, workload.replays: 1", "", `{spurious_logouts: `+b+`}`)
	}
	span := func(b string) string { return file("", "", "", `{latency_p99: "`+b+`"}`) }
	seeded := func(seed string) string { return "seed: " + seed + "\n" + file("", "", "", holds) }
	for name, c := range map[string][2]string{
		"seed, below 0":      {seeded("0"), seeded("-1")},
		"seed, too large":    {seeded("18446744073709551615"), seeded("20000000000000000000")},
		"name too long":      {"scenario: " + strings.Repeat("x", 63) + "\nvariants: {a: {with: {session.kind: memory}, expect: [{errors: 0}]}}", "scenario: " + strings.Repeat("x", 64) + "\nvariants: {a: {with: {session.kind: memory}, expect: [{errors: 0}]}}"},
		"fault's at":         {file("", "", "{node_kill: {node: app-1}, at: 0s}", holds), file("", "", "{node_kill: {node: app-1}, at: -1ns}", holds)},
		"fault's for":        {file("", "", "{node_kill: {node: app-1}, for: 1ms}", holds), file("", "", "{node_kill: {node: app-1}, for: 999us}", holds)},
		"fault's for, long":  {file("", "", "{node_kill: {node: app-1}, for: 3650d}", holds), file("", "", "{node_kill: {node: app-1}, for: 3651d}", holds)},
		"user 0":             {script("{user: 1, at: 1s, do: login}"), script("{user: 0, at: 1s, do: login}")},
		"user, too large":    {script("{user: 10000000, at: 1s, do: login}"), script("{user: 10000001, at: 1s, do: login}")},
		"moment":             {script("{user: 1, at: 0s, do: login}"), script("{user: 1, at: -1s, do: login}")},
		"page 0":             {script("{user: 1, at: 1s, do: page, page: 1}"), script("{user: 1, at: 1s, do: page, page: 0}")},
		"page, too large":    {script("{user: 1, at: 1s, do: page, page: 100000}"), script("{user: 1, at: 1s, do: page, page: 100001}")},
		"page of a login":    {script("{user: 1, at: 1s, do: page, page: 3}"), script("{user: 1, at: 1s, do: login, page: 3}")},
		"domain":             {cookies("cookie: {domain: .example.test}, hosts: {home: \"https://www.example.test\"}"), cookies("cookie: {domain: \"a b\"}, hosts: {home: \"https://www.example.test\"}")},
		"path":               {cookies("cookie: {path: /app}"), cookies("cookie: {path: app}")},
		"no path":            {cookies("cookie: {path: /}"), cookies(`cookie: {path: ""}`)},
		"earlier path":       {cookies(`cookie: {earlier_path: ""}`), cookies("cookie: {earlier_path: app}")},
		"origin":             {cookies("hosts: {home: \"http://a.test\"}"), cookies("hosts: {home: a.test}")},
		"origin with a path": {cookies(`hosts: {home: ""}`), cookies("hosts: {home: \"https://a.test/x\"}")},
		"other origin":       {cookies("hosts: {home: \"http://a.test\", other: \"http://b.test\"}"), cookies("hosts: {home: \"http://a.test\", other: \"ftp://b.test\"}")},
		"more than all":      {bound(`"> 99.999999%"`), bound(`"> 100.000001%"`)},
		"never holds":        {bound(`"< 1"`), bound(`"< 0"`)},
		"always holds":       {bound(`">= 1"`), bound(`">= 0"`)},
		"share always holds": {bound(`"<= 99%"`), bound(`"<= 100%"`)},
		"share never holds":  {bound(`"> 99%"`), bound(`"> 100%"`)},
		"no whole number":    {bound(`"< 5.0"`), bound(`"< 5.5"`)},
		"about a count":      {bound(`"~ 5%"`), bound(`"~ 5"`)},
		"mixed range":        {bound(`"1..3"`), bound(`"1..3%"`)},
		"range beyond all":   {bound(`"1%..100%"`), bound(`"1%..101%"`)},
		"level too low":      {bound(`"< 1% at 50%"`), bound(`"< 1% at 49.999999%"`)},
		"level too high":     {bound(`"< 1% at 99.999999%"`), bound(`"< 1% at 100%"`)},
		"digits":             {bound(`"< 999999999999"`), bound(`"< 1000000000000"`)},
		"digits of a number": {bound("999999999999"), bound("1000000000000")},
		"decimals":           {bound(`"< 1.000001%"`), bound(`"< 1.0000001%"`)},
		"span never holds":   {span("< 1ms"), span("< 0ms")},
		"span's digits":      {span("< 999999s"), span("< 1000000s")},
		"span always holds":  {span(">= 0.1s"), span(">= 0s")},
		"product is missing": {file("", "", "", "{errors: 0}, {spurious_logouts: 0, only: {balancer: nginx}}"), file("", "", "", "{errors: 0}, {spurious_logouts: 0, only: {}}")},
		"no neighbours":      {file(", cache: {enabled: true}", "", "{partition: {between: [cache, balancer]}}", holds), file(", cache: {enabled: true}", "", "{partition: {between: [cache, nodes]}}", holds)},
	} {
		_, err := scenario.Parse("x.yaml", []byte(c[0]))
		require.NoError(t, err, "%s\n%s", name, c[0])
		require.NoError(t, schema.Validate(asJSON(t, c[0])), "%s\n%s", name, c[0])
		_, err = scenario.Parse("x.yaml", []byte(c[1]))
		require.Error(t, err, "%s\n%s", name, c[1])
		require.Error(t, schema.Validate(asJSON(t, c[1])), "%s\n%s\n%v", name, c[1], err)
	}
}

// The schema refuses nothing that the parser accepts, and the parser refuses
// no value for its form that the schema accepts: every field with a few values,
// every kind of field with many.
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
		if formal {
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
