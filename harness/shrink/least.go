package shrink

import "slices"

// least leaves out as many items as do allows: halves first, then smaller
// parts, and single ones until none can go. do says whether what remains will
// do, and items do.
func least[T any](items []T, do func([]T) bool) []T {
	for size := (len(items) + 1) / 2; size > 0; {
		gone := false
		for i := 0; i < len(items); {
			rest := slices.Concat(items[:i], items[min(i+size, len(items)):])
			if do(rest) {
				items, gone = rest, true
				continue
			}
			i += size
		}
		switch {
		case size > 1:
			size = (size + 1) / 2
		case !gone:
			size = 0
		}
	}
	return items
}
