package history

import (
	"maps"
	"slices"

	"github.com/mailru/easyjson/jlexer"
	"github.com/mailru/easyjson/jwriter"
)

// Params are a fault's settings in words. They are written in key order, so
// that equal histories are equal bytes.
type Params map[string]string

// MarshalEasyJSON writes p as a JSON object with sorted keys.
func (p Params) MarshalEasyJSON(w *jwriter.Writer) {
	w.RawByte('{')
	for i, k := range slices.Sorted(maps.Keys(p)) {
		if i > 0 {
			w.RawByte(',')
		}
		w.String(k)
		w.RawByte(':')
		w.String(p[k])
	}
	w.RawByte('}')
}

// UnmarshalEasyJSON reads a JSON object of strings.
func (p *Params) UnmarshalEasyJSON(in *jlexer.Lexer) {
	if in.IsNull() {
		in.Skip()
		return
	}
	read := Params{}
	in.Delim('{')
	for in.Ok() && !in.IsDelim('}') {
		k := in.String()
		in.WantColon()
		read[k] = in.String()
		in.WantComma()
	}
	in.Delim('}')
	*p = read
}
