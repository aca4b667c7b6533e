package result

import (
	"maps"
	"reflect"

	"github.com/google/jsonschema-go/jsonschema"
)

// JSONSchema is the JSON Schema (draft 2020-12) of a [Result] as `--json` and
// result.json have it, or of a list of several, made from the type itself.
// Fields that it does not know are allowed: later versions add some.
func JSONSchema() (*jsonschema.Schema, error) {
	one, err := SchemaFor[Result](nil)
	if err != nil {
		return nil, err
	}
	one.Properties["schema"] = &jsonschema.Schema{Const: new(any(Schema))}
	here := &jsonschema.Schema{Ref: "#/$defs/result"}
	return &jsonschema.Schema{
		Schema:      "https://json-schema.org/draft/2020-12/schema",
		Title:       "A result of logoutlab",
		Description: "What one run of one variant found, as result.json and --json have it; --json prints a list for several.",
		Defs:        map[string]*jsonschema.Schema{"result": one},
		AnyOf:       []*jsonschema.Schema{here, {Type: "array", Items: here}},
	}, nil
}

// SchemaFor is the JSON Schema of a part of the contract, whose types may have
// those of this package in them; others names more types that are written as a
// text.
func SchemaFor[T any](others map[reflect.Type]*jsonschema.Schema) (*jsonschema.Schema, error) {
	known := map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[Seeds]():   {Type: "string", Pattern: `^[0-9]+\.\.[0-9]+$`},
		reflect.TypeFor[Outcome](): {Type: "string", Enum: []any{Pass, Fail, Unknown}},
	}
	maps.Copy(known, others)
	s, err := jsonschema.For[T](&jsonschema.ForOptions{TypeSchemas: known})
	if err == nil {
		extensible(s)
	}
	return s, err
}

// extensible allows objects to have fields that the schema does not name.
func extensible(s *jsonschema.Schema) {
	if s == nil {
		return
	}
	if s.Properties != nil {
		s.AdditionalProperties = nil
	}
	for _, p := range s.Properties {
		extensible(p)
	}
	extensible(s.Items)
	extensible(s.AdditionalProperties)
}
