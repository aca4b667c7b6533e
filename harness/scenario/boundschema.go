package scenario

import (
	"fmt"

	"github.com/google/jsonschema-go/jsonschema"
)

// The figures of bounds, as [parseFigure] reads them.
var (
	micros      = fmt.Sprintf(`(?:\.[0-9]{1,%d})?`, mostDecimals)
	spanFigure  = fmt.Sprintf(`\s*[0-9]{1,%d}`, mostSpanDigits) + micros + `\s*m?s`
	countFigure = fmt.Sprintf(`\s*[0-9]{1,%d}(?:\.0{1,%d})?\s*`, mostDigits, mostDecimals)
	shareFigure = `\s*(?:` + integersFrom(0, 99) + micros + `|` + integersFrom(100, 100) + `(?:\.0*)?)\s*%`
	levelFigure = `\s*` + integersFrom(leastLevel, 99) + micros + `\s*%`
)

// boundSchema is what [ParseBound] reads, in form: of a metric in durations, or of
// one that counts. Which end of a range is the higher one only that knows.
func boundSchema(spans bool) *jsonschema.Schema {
	// What holds, or fails, whatever is observed.
	idle := &jsonschema.Schema{Pattern: `^\s*(?:(?:>=|<)\s*0+(?:\.0*)?\s*(?:%|m?s)?|(?:<=|>)\s*` + integersFrom(100, 100) + `(?:\.0*)?\s*%)\s*(?: at .*)?$`}
	if spans {
		return &jsonschema.Schema{
			Type: "string", Pattern: `^\s*(?:(?:>=|<=|>|<|=)?` + spanFigure + `|=?` + spanFigure + `\s*\.\.` + spanFigure + `)\s*$`, Not: idle,
			Description: "A duration: " + spanForms + ".",
		}
	}
	either := `(?:` + countFigure + `|` + shareFigure + `)`
	return &jsonschema.Schema{
		AnyOf: []*jsonschema.Schema{
			{Type: "integer", Minimum: new(0.0), Maximum: new(float64(pow10(mostDigits) - 1))},
			{Type: "string", Not: idle, Pattern: `^\s*(?:(?:>=|<=|>|<|=)?` + either + `|~` + shareFigure +
				`|=?` + countFigure + `\s*\.\.` + countFigure + `|=?` + shareFigure + `\s*\.\.` + shareFigure +
				`|(?:>=|<=|>|<)` + shareFigure + ` at ` + levelFigure + `)\s*$`},
		},
		Description: "A count or a share: " + boundForms + ".",
	}
}

func pow10(n int) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}
