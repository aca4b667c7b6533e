package scenario

import "time"

// FaultSpec describes one fault: its name in a `faults` list and its settings.
type FaultSpec struct {
	Name   string
	Params []Field // Path is the bare name
	Lasts  bool    // takes `for`; without it, it stays until the end of the run
	Doc    string

	tokens bool // needs session.kind: jwt
	redis  bool // needs something kept in Redis
}

// FaultSpecs describes all faults, in the order of the documentation. All
// take `at`, the scenario time of the injection (default 0s).
func FaultSpecs() []FaultSpec {
	return faultSpecs(&Params{})
}

// faultSpecs is the table of all faults, bound to the params that they fill.
func faultSpecs(p *Params) []FaultSpec {
	which := node(&p.Node, "", "The node concerned, or all.").required()
	offset := span("offset", &p.Offset, "", -longest, longest, "How far: positive runs ahead, negative lags.").required()
	return []FaultSpec{
		{Name: "clock_skew", Lasts: true, Params: []Field{which, offset},
			Doc: "The node's clock is off by a constant offset."},
		{Name: "clock_jump", Lasts: true, Params: []Field{which, offset},
			Doc: "The node's clock steps, as a corrected or resumed machine's does; `for` steps it back."},
		{Name: "key_mismatch", Lasts: true, tokens: true, Params: []Field{which, mismatch(p)},
			Doc: "The node signs and verifies with a key of its own."},
		{Name: "key_rotation", tokens: true, Params: []Field{
			span("overlap", &p.Overlap, "0s", 0, longest, "How long the old key is still accepted; 0: not at all.")},
			Doc: "All nodes change to a new signing key."},
		{Name: "node_kill", Lasts: true, Params: []Field{which},
			Doc: "The node dies: connections are cut, its memory is lost; it starts again after `for`."},
		{Name: "node_stop", Lasts: true, Params: []Field{which,
			flag("drain", &p.Drain, "false", "The balancer is told first, and requests under way may finish.")},
			Doc: "The node is stopped in good order; it starts again after `for`."},
		{Name: "node_restart", Lasts: true, Params: []Field{which,
			flag("drain", &p.Drain, "false", "The balancer is told first, and requests under way may finish."),
			span("down", &p.Down, "5s", time.Millisecond, day, "How long the node is away."),
			span("every", &p.Every, "0s", 0, longest, "Repeated at this interval; 0: once.")},
			Doc: "The node is stopped, as node_stop does, and starts again: one after the other, if several."},
		{Name: "connection_cut", Lasts: true, Params: []Field{
			node(&p.Node, "all", "The node whose connections are cut, or all."),
			span("every", &p.Every, "0s", 0, longest, "Repeated at this interval; 0: once.")},
			Doc: "Open connections to the node are reset, those with a request under way included."},
		{Name: "store_down", Lasts: true, redis: true,
			Doc: "Redis does not answer."},
		{Name: "bad_deploy", Lasts: true, Params: []Field{which},
			Doc: "The node answers every authenticated request with a rejection."},
	}
}

func mismatch(p *Params) Field {
	return word("key", &p.Key, "random", "Its key: a random one, a well-known default, or the empty one.",
		"random", "default", "empty")
}

// faultNames lists the names of all faults.
func faultNames() []string {
	var names []string
	for _, s := range FaultSpecs() {
		names = append(names, s.Name)
	}
	return names
}

func faultSpec(name string, p *Params) (FaultSpec, bool) {
	for _, s := range faultSpecs(p) {
		if s.Name == name {
			return s, true
		}
	}
	return FaultSpec{}, false
}

// Words gives a fault's params as a scenario file would write them, by name.
func (f Fault) Words() map[string]string {
	words := map[string]string{}
	spec, _ := faultSpec(f.Name, &f.Params)
	for _, p := range spec.Params {
		words[p.Path] = p.words()
	}
	return words
}

// words writes the field's present value.
func (f Field) words() string {
	switch to := f.to.(type) {
	case *int:
		return NodeName(*to)
	case *time.Duration:
		if f.Min < 0 && *to > 0 {
			return "+" + FormatDuration(*to)
		}
		return FormatDuration(*to)
	case *bool:
		if *to {
			return "true"
		}
		return "false"
	case *string:
		return *to
	}
	return ""
}
