package history

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"math"

	"github.com/mailru/easyjson/jlexer"
	"github.com/mailru/easyjson/jwriter"
)

// Kind is what Header.Kind must say.
const Kind = "logoutlab-history"

// MaxLine is the length of the longest line that is written or read, in bytes.
const MaxLine = 1 << 20

// ErrLongLine says that a line is longer than [MaxLine].
var ErrLongLine = fmt.Errorf("the line is longer than %d bytes", MaxLine)

// castagnoli is the polynomial of CRC-32C (RFC 9260 appendix A), for which
// processors have an instruction.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// unsummed is what an End event's line says before its Sum; false if the Sum
// is not the last that it says.
func unsummed(line []byte, e *Event) ([]byte, bool) {
	return bytes.CutSuffix(line, fmt.Appendf(nil, `,"sum":%d}`, e.Sum))
}

// AppendLine appends e as one JSON line, newline included, to b. Equal events
// give equal bytes.
func AppendLine(b []byte, e *Event) ([]byte, error) {
	if e.Load != nil && !e.Load.finite() {
		return b, errors.New("the load generator's figures hold a number that is not finite")
	}
	start := len(b)
	var w jwriter.Writer
	w.Buffer.Buf = b // writes in place while the capacity lasts
	e.MarshalEasyJSON(&w)
	if w.Error != nil {
		return b, w.Error
	}
	w.RawByte('\n')
	out := w.Buffer.BuildBytes()
	if len(out)-start > MaxLine {
		return out[:start], ErrLongLine
	}
	return out, nil
}

// ParseLine reads one JSON line into e. Unknown fields are skipped: a newer
// version may have added them. An unknown event type is an error (see
// [Schema]).
func ParseLine(line []byte, e *Event) error {
	*e = Event{}
	in := jlexer.Lexer{Data: line}
	e.UnmarshalEasyJSON(&in)
	in.Consumed()
	if err := in.Error(); err != nil {
		return err
	}
	switch {
	case e.Type == "":
		return errors.New(`no event: "t" is missing`)
	case !e.Type.known():
		return fmt.Errorf("unknown event type %.40q", e.Type)
	}
	return nil
}

func appendHeader(b []byte, h Header) ([]byte, error) {
	h.Schema, h.Kind = Schema, Kind
	line, err := json.Marshal(h)
	if err != nil {
		return b, err
	}
	if len(line) >= MaxLine {
		return b, ErrLongLine
	}
	return append(append(b, line...), '\n'), nil
}

// parseHeader reads the first line. What it returns besides the header tells
// what the line is instead; "" if it is a header.
func parseHeader(line []byte) (Header, string) {
	var h Header
	var kind struct {
		Schema int    `json:"schema"`
		Kind   string `json:"kind"`
	}
	switch err := json.Unmarshal(line, &kind); {
	case err != nil:
		return h, "a gzip file of something else than JSON lines"
	case kind.Kind == "":
		return h, "JSON without a history's header as its first line"
	case kind.Kind != Kind:
		return h, fmt.Sprintf("JSON of kind %.40q", kind.Kind)
	case kind.Schema != Schema:
		return h, fmt.Sprintf("a history of schema %d; use the version of logoutlab that wrote it", kind.Schema)
	}
	if err := json.Unmarshal(line, &h); err != nil {
		return h, "a history whose header cannot be read: " + err.Error()
	}
	return h, ""
}

func (l *Load) finite() bool {
	for _, v := range []float64{l.SuccessRatio, l.P50, l.P95, l.P99, l.PlannedRate, l.AchievedRate} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}
