package scenario

import (
	"encoding/json"
	"math"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
)

// schemaDialect is the version of JSON Schema that the schemas are written in.
const schemaDialect = "https://json-schema.org/draft/2020-12/schema"

// JSONSchema is the JSON Schema (draft 2020-12) of a scenario file, made from
// the tables that [Parse] reads with, so that an editor completes and checks
// what is written. It accepts all that Parse does; what one field means for
// another, and limits of durations and percentages, only Parse knows.
func JSONSchema() *jsonschema.Schema {
	all := newIndex(Fields())
	workload := func(path string) bool { return strings.HasPrefix(path, "workload.") }
	s := object([]string{"scenario", "variants"},
		property{"scenario", nameSchema("The scenario's name, which its results are found under")},
		property{"title", textSchema("One sentence about it. Default: its name.")},
		property{"culprit", textSchema("Which known culprit it shows, if any.")},
		property{"about", aboutSchema()},
		property{"seed", &jsonschema.Schema{Type: "integer", Minimum: new(0.0), Maximum: new(float64(math.MaxUint64)), Description: "The seed of its runs, unless --seed is given. Default: 1."}},
		property{"architecture", described("The system under test, as all variants have it. Required somewhere: session.kind.",
			groupSchema(all.under(func(p string) bool { return !workload(p) }), "", false))},
		property{"workload", described("What users do.", groupSchema(all.under(workload), "workload.", false))},
		property{"variants", &jsonschema.Schema{
			Type: "object", MinProperties: new(1), PropertyNames: &jsonschema.Schema{Pattern: namePattern.String()},
			Description:          "The forms of the scenario, by name: usually broken first, then its cures.",
			AdditionalProperties: variantSchema(all),
		}},
	)
	s.Schema, s.Title, s.Defs = schemaDialect, "A scenario of logoutlab", definitions()
	return s
}

// FaultsJSONSchema is the JSON Schema (draft 2020-12) of a file of named lists
// of faults, as [ParseFaultSets] reads it.
func FaultsJSONSchema() *jsonschema.Schema {
	set := object([]string{"inject"},
		property{"title", textSchema("One sentence about them. Default: their name.")},
		property{"inject", list("What is injected.", ref("fault"))},
	)
	s := object([]string{"faults"}, property{"faults", &jsonschema.Schema{
		Type: "object", MinProperties: new(1),
		PropertyNames:        &jsonschema.Schema{Pattern: namePattern.String(), Not: constant(NoFault)},
		Description:          "Lists of faults, by name.",
		AdditionalProperties: set,
	}})
	s.Schema, s.Title, s.Defs = schemaDialect, "Named faults of logoutlab", map[string]*jsonschema.Schema{"fault": faultSchema()}
	return s
}

// definitions are the parts that are named: every field by its path, a fault,
// an expectation.
func definitions() map[string]*jsonschema.Schema {
	all := map[string]*jsonschema.Schema{"fault": faultSchema(), "expectation": expectationSchema()}
	for _, f := range Fields() {
		all[f.Path] = f.schema()
	}
	return all
}

// property is one key of an object.
type property struct {
	name   string
	schema *jsonschema.Schema
}

// object has these properties, in this order, and no others.
func object(required []string, all ...property) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "object", Required: required, Properties: map[string]*jsonschema.Schema{}, AdditionalProperties: nothing()}
	for _, p := range all {
		s.Properties[p.name] = p.schema
		s.PropertyOrder = append(s.PropertyOrder, p.name)
	}
	return s
}

// nothing is the schema that no value meets.
func nothing() *jsonschema.Schema { return &jsonschema.Schema{Not: &jsonschema.Schema{}} }

func ref(name string) *jsonschema.Schema { return &jsonschema.Schema{Ref: "#/$defs/" + name} }

func constant(v any) *jsonschema.Schema { return &jsonschema.Schema{Const: &v} }

// list is a list that is not empty.
func list(doc string, of *jsonschema.Schema) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "array", MinItems: new(1), Items: of, Description: doc}
}

func described(doc string, s *jsonschema.Schema) *jsonschema.Schema {
	s.Description = doc
	return s
}

func nameSchema(doc string) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: namePattern.String(), Description: doc + ": " + nameForm + "."}
}

func textSchema(doc string) *jsonschema.Schema {
	f := text("", nil, "", doc)
	return f.schema()
}

func aboutSchema() *jsonschema.Schema {
	var all []property
	for _, t := range topics(&About{}) {
		all = append(all, property{t.field, textSchema(t.asks + ".")})
	}
	return described("The scenario, explained.", object(nil, all...))
}

// groupSchema is what can stand in the group of fields with this prefix ("" or
// "a.b."): fields and groups by their names, and, dotted, by longer paths too.
func groupSchema(x index, prefix string, dotted bool) *jsonschema.Schema {
	var all []property
	seen := map[string]bool{}
	add := func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		if _, field := x.fields[prefix+name]; field {
			all = append(all, property{name, ref(prefix + name)})
		} else {
			all = append(all, property{name, groupSchema(x, prefix+name+".", dotted)})
		}
	}
	for _, name := range x.names(prefix) {
		add(name)
	}
	for _, path := range x.paths {
		rest, inside := strings.CutPrefix(path, prefix)
		if !dotted || !inside {
			continue
		}
		for i, c := range rest {
			if c == '.' {
				add(rest[:i])
			}
		}
		add(rest)
	}
	return object(nil, all...)
}

func variantSchema(fields index) *jsonschema.Schema {
	return object([]string{"expect"},
		property{"title", textSchema("One sentence about the variant.")},
		property{"with", described("What the variant has otherwise than the architecture and the workload; dotted paths such as session.leeway will do.", groupSchema(fields, "", true))},
		property{"faults", &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
			described("The faults of the first variant.", constant(same)), ref("fault"),
		}}, Description: "What is injected; `same` stands for the first variant's faults."}},
		property{"expect", list("What must hold; all of it.", ref("expectation"))},
	)
}

// faultSchema is {NAME: {settings}, at: ..., for: ...}.
func faultSchema() *jsonschema.Schema {
	var all []property
	var forms []*jsonschema.Schema
	for _, spec := range FaultSpecs() {
		var settings []property
		var required []string
		for _, p := range spec.Params {
			settings = append(settings, property{p.Path, p.schema()})
			if p.Required {
				required = append(required, p.Path)
			}
		}
		one := described(spec.Doc, object(required, settings...))
		if len(required) == 0 {
			one.Type, one.Types = "", []string{"object", "null"}
		}
		all = append(all, property{spec.Name, one})
		form := &jsonschema.Schema{Required: []string{spec.Name}}
		switch {
		case spec.Ends:
			form.Required = append(form.Required, "for")
		case !spec.Lasts:
			form.Not = &jsonschema.Schema{Required: []string{"for"}}
		}
		forms = append(forms, form)
	}
	for _, f := range faultTimes(&Fault{}) {
		all = append(all, property{f.Path, f.schema()})
	}
	s := object(nil, all...)
	s.OneOf = forms
	return s
}

// expectationSchema is {METRIC: BOUND, cause: CAUSE, only: {balancer: PRODUCT}}.
func expectationSchema() *jsonschema.Schema {
	var all []property
	var forms []*jsonschema.Schema
	for _, m := range Metrics() {
		all = append(all, property{m, boundSchema(inDurations(m))})
		forms = append(forms, &jsonschema.Schema{Required: []string{m}})
	}
	cause := word("cause", nil, "", "At least 99 % of what is counted has this cause.", Causes()...)
	all = append(all, property{cause.Path, cause.schema()})
	for _, name := range []string{"only", "except"} {
		product := word("balancer", nil, "", "The balancer product.", BalancerProducts()...)
		all = append(all, property{name, object([]string{product.Path}, property{product.Path, product.schema()})})
	}
	s := object(nil, all...)
	s.OneOf = forms
	var have []*jsonschema.Schema
	for _, m := range withCauses() {
		have = append(have, &jsonschema.Schema{Required: []string{m}})
	}
	s.DependentSchemas = map[string]*jsonschema.Schema{cause.Path: {AnyOf: have}}
	return s
}

// schema is what the field takes, as far as a JSON Schema can say it.
func (f Field) schema() *jsonschema.Schema {
	s := f.form()
	s.Description = f.Doc
	if f.Kind != Text && f.Kind != Word && f.Kind != Flag { // of those the form says it
		s.Description += " Accepted: " + f.Accepts() + "."
	}
	switch {
	case f.Default != "":
		s.Default = f.defaultJSON()
	case f.Depends != "":
		s.Description += " Default: " + f.Depends + "."
	}
	return s
}

func (f Field) form() *jsonschema.Schema {
	switch f.Kind {
	case Word:
		return oneOfWords(f.Accepted)
	case Count:
		return &jsonschema.Schema{Type: "integer", Minimum: new(float64(f.Min)), Maximum: new(float64(f.Max))}
	case Percent:
		return &jsonschema.Schema{Type: "string", Pattern: `^\+?` + integersFrom(f.Min, f.Max) + `%$`}
	case Duration:
		return f.durationForm()
	case Flag:
		return &jsonschema.Schema{Type: "boolean"}
	case Node:
		return nameOr(append([]string{"all"}, f.Accepted...))
	case Parts:
		return pairForm()
	case Script:
		var all []property
		var required []string
		for _, one := range actionFields(&Action{}) {
			all = append(all, property{one.Path, one.schema()})
			if one.Required {
				required = append(required, one.Path)
			}
		}
		action := object(required, all...)
		action.DependentSchemas = map[string]*jsonschema.Schema{"page": {Properties: map[string]*jsonschema.Schema{"do": oneOfWords(opening)}}}
		return list("", action)
	default:
		return f.textForm()
	}
}

// textForm is a text, of its form if it has one.
func (f Field) textForm() *jsonschema.Schema {
	s := &jsonschema.Schema{Types: []string{"string", "integer"}} // YAML takes an unquoted 1 for a number
	if f.matches == nil {
		return s
	}
	s.Pattern = f.matches.String()
	if !f.matches.MatchString("1") {
		s.Type, s.Types = "string", nil
	}
	return s
}

// pairForm is two neighbours on a request's way, in either order.
func pairForm() *jsonschema.Schema {
	way := func(i int) *jsonschema.Schema { // a schema is in one place alone
		return []*jsonschema.Schema{constant(CachePart), constant(BalancerPart), nameOr([]string{AllNodes}), constant(StorePart)}[i]
	}
	s := &jsonschema.Schema{Type: "array", MinItems: new(2), MaxItems: new(2)}
	for i := range len(ranks) - 1 {
		s.AnyOf = append(s.AnyOf, &jsonschema.Schema{PrefixItems: []*jsonschema.Schema{way(i), way(i + 1)}}, &jsonschema.Schema{PrefixItems: []*jsonschema.Schema{way(i + 1), way(i)}})
	}
	return s
}

// durationForm is a duration with a unit, within the limits, or 0 where the field
// takes it.
func (f Field) durationForm() *jsonschema.Schema {
	sign, least := `\+?`, time.Duration(f.Min)
	if f.Min < 0 { // offsets, as far as possible either way
		sign, least = `[-+]?`, 0
	}
	form := func(durations string) *jsonschema.Schema {
		return &jsonschema.Schema{Type: "string", Pattern: "^" + sign + "(?:" + durations + ")$"}
	}
	within, bare := form(durationsFrom(least, time.Duration(f.Max))), &jsonschema.Schema{Enum: []any{0, "0"}}
	switch {
	case f.notZero:
		within.Not = form(noDuration())
		return within
	case f.orZero:
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{within, form(noDuration()), bare}}
	case f.Min > 0:
		return within
	}
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{within, bare}}
}

func (f Field) defaultJSON() json.RawMessage {
	if f.Kind == Count || f.Kind == Flag {
		return json.RawMessage(f.Default)
	}
	text, _ := json.Marshal(f.Default) // of a string: never an error
	return text
}

func oneOfWords(words []string) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	for _, w := range words {
		s.Enum = append(s.Enum, w)
	}
	return s
}

// nameOr is the name of a node, or one of the words.
func nameOr(words []string) *jsonschema.Schema {
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{oneOfWords(words), {Type: "string", Pattern: `^app-[1-9][0-9]*$`}}}
}
