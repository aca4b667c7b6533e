package result

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// MaxSeeds is as many as may be asked for at once: each has its own history.
const MaxSeeds = 10_000

// Seeds is a range of seeds, both ends included.
type Seeds struct{ First, Last uint64 }

// errSeeds says what a range of seeds looks like.
var errSeeds = errors.New("FIRST..LAST, two different whole numbers from 0 to 18446744073709551615 in rising order, such as 1..20")

// ParseSeeds reads FIRST..LAST. The error says what is accepted.
func ParseSeeds(text string) (Seeds, error) {
	from, to, ok := strings.Cut(text, "..")
	if !ok {
		return Seeds{}, errSeeds
	}
	first, err := strconv.ParseUint(from, 0, 64)
	last, err2 := strconv.ParseUint(to, 0, 64)
	if err != nil || err2 != nil || first >= last {
		return Seeds{}, errSeeds
	}
	if last-first >= MaxSeeds {
		return Seeds{}, fmt.Errorf("at most %s seeds at once, such as %d..%d", thousands(MaxSeeds), first, first+MaxSeeds-1)
	}
	return Seeds{first, last}, nil
}

// Count is how many seeds there are.
func (s Seeds) Count() int { return int(s.Last-s.First) + 1 }

// At is the seed at a position, from 0.
func (s Seeds) At(i int) uint64 { return s.First + uint64(i) }

// String is FIRST..LAST.
func (s Seeds) String() string { return fmt.Sprintf("%d..%d", s.First, s.Last) }

// MarshalText writes FIRST..LAST.
func (s Seeds) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads FIRST..LAST.
func (s *Seeds) UnmarshalText(text []byte) error {
	read, err := ParseSeeds(string(text))
	if err == nil {
		*s = read
	}
	return err
}
