package scenario

import "strings"

// Variant finds a variant by name.
func (s *Scenario) Variant(name string) (Variant, bool) {
	for _, v := range s.Variants {
		if v.Name == name {
			return v, true
		}
	}
	return Variant{}, false
}

// VariantNames lists the variants' names in file order, for people.
func (s *Scenario) VariantNames() string {
	names := make([]string, len(s.Variants))
	for i, v := range s.Variants {
		names[i] = v.Name
	}
	return strings.Join(names, ", ")
}
