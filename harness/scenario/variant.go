package scenario

import "strings"

// SeedOr1 is the seed that the file pins, or 1.
func (s *Scenario) SeedOr1() uint64 {
	if s.Seed != nil {
		return *s.Seed
	}
	return 1
}

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
