package gate

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Accept refuses what cannot be held against the baseline: each variant that is
// to run, with its seeds, must be in it, of the same version, and tested alike:
// on the same substrate, with the same compression, workload, faults and promise.
// The system under test may differ, which is what a comparison is for; see
// [Comparison.Systems]. A baseline may have more variants. The error names all
// that differs.
func (b *Baseline) Accept(version string, planned []Variant) error {
	var errs []error
	if version != b.Version {
		errs = append(errs, fmt.Errorf("it is of logoutlab %s, and this is %s: another version may judge otherwise", b.Version, version))
	}
	for _, v := range planned {
		was := b.variant(v.Name())
		if was == nil {
			errs = append(errs, fmt.Errorf("it has no %s: it is of %s", v.Name(), b.names()))
			continue
		}
		list := was.otherTest(v)
		if !slices.Equal(was.Seeds(), v.Seeds()) {
			list = append(list, fmt.Sprintf("the seeds are %s, and were %s", seedList(v.Seeds()), seedList(was.Seeds())))
		}
		if len(list) > 0 {
			errs = append(errs, fmt.Errorf("%s: %s", v.Name(), strings.Join(list, "; ")))
		}
	}
	return errors.Join(errs...)
}

func (b *Baseline) variant(name string) *Variant {
	i := slices.IndexFunc(b.Variants, func(v Variant) bool { return v.Name() == name })
	if i < 0 {
		return nil
	}
	return &b.Variants[i]
}

// names are those of the variants, the first few of many.
func (b *Baseline) names() string {
	const shown = 4
	var names []string
	for _, v := range b.Variants[:min(shown, len(b.Variants))] {
		names = append(names, v.Name())
	}
	if more := len(b.Variants) - shown; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}

// ofTest are the facts of a header that are of the test, and not of the system
// under test. The compression is told as a number.
var ofTest = []string{"compression", "promise", "workload"}

// otherTest says in words how another test differs.
func (v *Variant) otherTest(now Variant) []string {
	var list differences
	list.add("the substrate", now.Substrate, v.Substrate)
	if now.Compress != v.Compress {
		list = append(list, fmt.Sprintf("the compression is %g, and was %g (give --compress %g)", now.Compress, v.Compress, v.Compress))
	}
	if now.Test == v.Test {
		return list
	}
	before := len(list)
	for _, name := range ofTest[1:] {
		list.add("the "+name, now.Facts[name], v.Facts[name])
	}
	list.add("the list of faults", strings.Join(now.Faults, "; "), strings.Join(v.Faults, "; "))
	if len(list) == before {
		list = append(list, fmt.Sprintf("the workload's settings or its script have changed (digest %.12s, and was %.12s)", now.Test, v.Test))
	}
	return list
}

// otherSystem says in words how another system under test differs.
func (v *Variant) otherSystem(now Variant) []string {
	var list differences
	list.add("the product", strings.Join(now.Products, ", "), strings.Join(v.Products, ", "))
	if now.Design == v.Design || now.Test != v.Test {
		return list
	}
	before := len(list)
	names := maps.Clone(v.Facts)
	if names == nil {
		names = map[string]string{}
	}
	maps.Copy(names, now.Facts)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !slices.Contains(ofTest, name) {
			list.add("the "+name, now.Facts[name], v.Facts[name])
		}
	}
	if len(list) == before {
		list = append(list, fmt.Sprintf("settings of the architecture have changed (digest %.12s, and was %.12s)", now.Design, v.Design))
	}
	return list
}

// differences are in words.
type differences []string

func (d *differences) add(what, now, was string) {
	if now != was {
		*d = append(*d, fmt.Sprintf("%s is %q, and was %q", what, cmp.Or(now, "none"), cmp.Or(was, "none")))
	}
}

// seedList writes rising seeds, ranges as FIRST..LAST.
func seedList(seeds []uint64) string {
	var words []string
	for i := 0; i < len(seeds); {
		j := i
		for j+1 < len(seeds) && seeds[j+1] == seeds[j]+1 {
			j++
		}
		if j == i {
			words = append(words, fmt.Sprint(seeds[i]))
		} else {
			words = append(words, fmt.Sprintf("%d..%d", seeds[i], seeds[j]))
		}
		i = j + 1
	}
	return cmp.Or(strings.Join(words, ","), "none")
}
