package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/logoutlab/logoutlab/harness/history"
)

// partView is a product that stood in the place of a part of our own, and
// where it did otherwise than the scenarios say.
type partView struct {
	partKey
	Where       string // "" if every variant ran with it
	Differences []differenceView
}

// partKey is what tells products apart.
type partKey struct {
	Role, Product string // "balancer", "haproxy 2.6.12"
	Image         string
	Config        string // the user's own configuration, in words; "" if there was none
}

type differenceView struct {
	history.Difference
	Where string // "" if it concerns all variants that ran with the product
}

// partsOf gathers the products of all runs, each once, with each of its
// differences once.
func partsOf(s Suite) []partView {
	var all census[partKey]
	differences := map[partKey]*census[history.Difference]{}
	for _, r := range s.Runs {
		for _, p := range r.Header.Parts {
			k := partKey{p.Role, strings.TrimSpace(p.Product + " " + p.Version), p.Image, configWords(p)}
			all.add(k, r)
			if differences[k] == nil {
				differences[k] = &census[history.Difference]{}
			}
			for _, d := range p.Differences {
				differences[k].add(d, r)
			}
		}
	}
	var out []partView
	for _, k := range all.keys {
		v := partView{partKey: k, Where: all.where(k, len(s.Runs))}
		for _, d := range differences[k].keys {
			v.Differences = append(v.Differences, differenceView{d, differences[k].where(d, len(all.with[k]))})
		}
		out = append(out, v)
	}
	slices.SortStableFunc(out, func(a, b partView) int { return cmp.Compare(a.Role, b.Role) })
	return out
}

// census notes which variants have something, in order of first appearance.
type census[K comparable] struct {
	keys []K
	with map[K][]string
}

func (t *census[K]) add(k K, r Run) {
	if t.with == nil {
		t.with = map[K][]string{}
	}
	if t.with[k] == nil {
		t.keys = append(t.keys, k)
	}
	t.with[k] = append(t.with[k], r.Result.Scenario+"/"+r.Result.Variant)
}

// where names the variants that have k; "" if it is all of them.
func (t *census[K]) where(k K, of int) string {
	const readable = 3
	names := t.with[k]
	switch {
	case len(names) >= of:
		return ""
	case len(names) <= readable:
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%d of %s", len(names), plural(of, "variant", "variants"))
}

// configWords says that the user's own configuration was used.
func configWords(p history.Part) string {
	if p.Config == "" {
		return ""
	}
	return fmt.Sprintf("a configuration of your own, %s (SHA-256 %s)", p.Config, p.ConfigSHA256)
}

// mdParts tells of the products, and where they did otherwise.
func mdParts(b *strings.Builder, suite Suite) {
	all := partsOf(suite)
	head := "\n| Part | Product | Image |\n| --- | --- | --- |\n"
	for _, p := range all {
		fmt.Fprintf(b, "%s| %s | %s | %s |\n", head, mdText(joined(p.Role, p.Where)), mdText(joined(p.Product, p.Config)), mdText(p.Image))
		head = ""
	}
	for _, p := range all {
		head := fmt.Sprintf("\n<details><summary>Where the %s, %s, differs from what scenarios say</summary>\n\n| Field | The scenario | %s |\n| --- | --- | --- |\n",
			mdText(p.Role), mdText(p.Product), mdText(p.Product))
		for _, d := range p.Differences {
			fmt.Fprintf(b, "%s| %s | %s | %s |\n", head, mdText(joined(d.Field, d.Where)), mdText(d.Says), mdText(d.Instead))
			head = ""
		}
		if len(p.Differences) > 0 {
			b.WriteString("\n</details>\n")
		}
	}
}
