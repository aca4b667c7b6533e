// Package shard divides a suite of variants among machines, and says whether
// what came back is all of it.
package shard

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// Most is as many shards as a suite may have.
const Most = 10_000

// Shard is one of several parts of a suite: Index of Of, counted from 1.
type Shard struct{ Index, Of int }

var errShard = fmt.Errorf("I/N, two whole numbers with 1 <= I <= N <= %d, such as 2/4", Most)

// Parse reads I/N. The error says what is accepted.
func Parse(text string) (Shard, error) {
	index, of, ok := strings.Cut(text, "/")
	i, err := strconv.ParseUint(index, 10, 16) // no sign
	n, err2 := strconv.ParseUint(of, 10, 16)
	if !ok || err != nil || err2 != nil || i < 1 || i > n || n > Most {
		return Shard{}, errShard
	}
	return Shard{int(i), int(n)}, nil
}

// String is I/N.
func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index, s.Of) }

// MarshalText writes I/N.
func (s Shard) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads I/N.
func (s *Shard) UnmarshalText(text []byte) error {
	read, err := Parse(string(text))
	if err == nil {
		*s = read
	}
	return err
}

// Take is the shard's part of a list: every Of-th, from Index on. Neighbours,
// which are variants of one scenario and take about as long, go to different
// shards.
func Take[T any](s Shard, list []T) []T {
	var out []T
	for i := s.Index - 1; i < len(list); i += s.Of {
		out = append(out, list[i])
	}
	return out
}

// Record says of which suite a directory is a shard.
type Record struct {
	Shard     Shard    `json:"shard"`
	Version   string   `json:"version"`   // of logoutlab
	Substrate string   `json:"substrate"` // with the flags that choose its parts
	Seeds     string   `json:"seeds"`     // of each variant, in words
	Selection []string `json:"selection"` // all variants of the suite, in order
	Digest    string   `json:"digest"`    // SHA-256 of all that was to run
	Command   string   `json:"command"`   // what runs the whole suite
}

// Part is a directory and what it says of itself, with the variants that it
// tells of.
type Part struct {
	Dir    string
	Record *Record // nil: it is no shard
	Has    []string
}

// Check tells whether the parts are all shards of one suite, each once. The
// error names what differs, what is missing and what is there twice.
func Check(parts []Part) error {
	if len(parts) == 0 {
		return errors.New("name the directories of all shards")
	}
	for _, p := range parts {
		if p.Record == nil {
			return fmt.Errorf("%s is no shard: it was run without --shard", p.Dir)
		}
	}
	for _, p := range parts {
		for _, name := range p.Record.Selection {
			if !fs.ValidPath(name) || strings.Count(name, "/") != 1 {
				return fmt.Errorf("%s names a variant %q: accepted are SCENARIO/VARIANT: the file was edited", p.Dir, name)
			}
		}
	}
	first := parts[0]
	var errs []error
	for _, p := range parts[1:] {
		if d := differences(first, p); d != "" {
			errs = append(errs, fmt.Errorf("%s is of another suite than %s: %s", p.Dir, first.Dir, d))
		}
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	return errors.Join(complete(parts), whole(parts))
}

// differences says in words how two suites differ; "" if they are one.
func differences(a, b Part) string {
	var list []string
	differ := func(what, now, was string) {
		if now != was {
			list = append(list, fmt.Sprintf("%s is %s, not %s", what, cmp.Or(now, "none"), cmp.Or(was, "none")))
		}
	}
	x, y := a.Record, b.Record
	differ("the number of shards", strconv.Itoa(y.Shard.Of), strconv.Itoa(x.Shard.Of))
	differ("the version", y.Version, x.Version)
	differ("the substrate", y.Substrate, x.Substrate)
	differ("the seed", y.Seeds, x.Seeds)
	less := func(a, b []string) string {
		return strings.Join(slices.DeleteFunc(slices.Clone(a), func(name string) bool { return slices.Contains(b, name) }), ", ")
	}
	if !slices.Equal(x.Selection, y.Selection) {
		more, fewer := less(y.Selection, x.Selection), less(x.Selection, y.Selection)
		switch {
		case more == "" && fewer == "":
			list = append(list, "the variants are in another order")
		default:
			list = append(list, fmt.Sprintf("it has the variants %s in the place of %s", cmp.Or(more, "none"), cmp.Or(fewer, "none")))
		}
	}
	if len(list) == 0 && x.Digest != y.Digest {
		list = append(list, fmt.Sprintf("a scenario or an option has changed (%s, not %s)", y.Command, x.Command))
	}
	return strings.Join(list, "; ")
}

// complete tells which shards are missing, and which are there twice.
func complete(parts []Part) error {
	of := parts[0].Record.Shard.Of
	where := make([][]string, of+1)
	for _, p := range parts {
		i := p.Record.Shard.Index
		where[i] = append(where[i], p.Dir)
	}
	var missing []string
	var errs []error
	for i := 1; i <= of; i++ {
		switch name := (Shard{i, of}).String(); len(where[i]) {
		case 0:
			missing = append(missing, name)
		case 1:
		default:
			errs = append(errs, fmt.Errorf("shard %s is there %d times: %s", name, len(where[i]), strings.Join(where[i], ", ")))
		}
	}
	if len(missing) > 0 {
		errs = append(errs, fmt.Errorf("missing: shard %s", strings.Join(missing, ", ")))
	}
	return errors.Join(errs...)
}

// whole tells whether each part has what is its own, and nothing else.
func whole(parts []Part) error {
	var errs []error
	for _, p := range parts {
		own := Take(p.Record.Shard, p.Record.Selection)
		for _, name := range p.Has {
			if !slices.Contains(own, name) {
				errs = append(errs, fmt.Errorf("%s has %s, which is not in shard %s", p.Dir, name, p.Record.Shard))
			}
		}
		for _, name := range own {
			if !slices.Contains(p.Has, name) {
				errs = append(errs, fmt.Errorf("%s says nothing of %s, which is in shard %s", p.Dir, name, p.Record.Shard))
			}
		}
	}
	return errors.Join(errs...)
}
