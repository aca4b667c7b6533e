package history

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestByTime(t *testing.T) {
	broken := errors.New("broken")
	source := func(yield func(Event, error) bool) {
		for _, e := range []Event{{At: 2, Type: Begin}, {At: 5, Type: Action}, {At: 3, Type: Decision}, {At: 3, Type: Response}, {At: 1, Type: End}} {
			if !yield(e, nil) {
				return
			}
		}
		yield(Event{}, broken)
	}
	var at []time.Duration
	var types []Type
	var last error
	for e, err := range ByTime(source) {
		if last = err; err == nil {
			at, types = append(at, e.At), append(types, e.Type)
		}
	}
	require.Equal(t, []time.Duration{2, 3, 3, 5, 1}, at)
	require.Equal(t, []Type{Begin, Decision, Response, Action, End}, types, "equals keep their order, the end stays last")
	require.ErrorIs(t, last, broken)
	for range ByTime(source) {
		break // reading may stop at any event
	}
}
