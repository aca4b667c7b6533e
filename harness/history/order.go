package history

import (
	"cmp"
	"iter"
	"slices"
)

// ByTime yields the events of a history in the order of their times; the end
// stays last. It holds all of them in memory. The last pair may hold an error,
// as in [Reader.Events].
func ByTime(events iter.Seq2[Event, error]) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		var all []Event
		var failed error
		for e, err := range events {
			if failed = err; err == nil {
				all = append(all, e)
			}
		}
		slices.SortStableFunc(all, func(a, b Event) int {
			return cmp.Or(ends(a)-ends(b), cmp.Compare(a.At, b.At))
		})
		for _, e := range all {
			if !yield(e, nil) {
				return
			}
		}
		if failed != nil {
			yield(Event{}, failed)
		}
	}
}

func ends(e Event) int {
	if e.Type == End {
		return 1
	}
	return 0
}
