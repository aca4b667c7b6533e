package scenario

import (
	"strconv"
	"time"
)

// FaultSpec describes one fault: its name in a `faults` list and its settings.
type FaultSpec struct {
	Name   string
	Params []Field // Path is the bare name
	Lasts  bool    // takes `for`; without it, it stays until the end of the run
	Ends   bool    // does not go without `for`
	Doc    string

	tokens bool // needs session.kind: jwt
	secret bool // needs session.keys: shared
	store  bool // needs a store that nodes share

	replica bool // needs a replica of it
	phones  bool // needs client.kind: phone
}

// FaultSpecs describes all faults, in the order of the documentation. All
// take `at`, the scenario time of the injection (default 0s).
func FaultSpecs() []FaultSpec {
	return faultSpecs(&Params{})
}

// faultSpecs is the table of all faults, bound to the params that they fill.
func faultSpecs(p *Params) []FaultSpec {
	which := node(&p.Node, "", "The node concerned, or all.").required()
	between := parts("between", &p.Between, "The two parts, as neighbours on a request's way: cache, balancer, app-N (or nodes, for all of them), store.").required()
	whose := node(&p.Node, "", "The node whose clock it is, or all of them; or the store, in containers only.").required().orStore()
	offset := span("offset", &p.Offset, "", -longest, longest, "How far: positive runs ahead, negative lags.").required().neverZero()
	every := span("every", &p.Every, "0s", time.Millisecond, longest, "Repeated at this interval; 0: once.").zeroToo()
	return []FaultSpec{
		{Name: "clock_skew", Lasts: true, Params: []Field{whose, offset},
			Doc: "A clock is off by a constant offset. A store whose clock runs ahead takes entries for expired before their time; our nodes leave them a minute more than a session's life, in real time."},
		{Name: "clock_jump", Lasts: true, Params: []Field{whose, offset},
			Doc: "A clock steps, as a corrected or resumed machine's does; `for` steps it back."},
		{Name: "key_mismatch", Lasts: true, tokens: true, Params: []Field{which, mismatch(p)},
			Doc: "The node signs and verifies with a key of its own. Milder with session.keys: jwks, whatever `key` says: its own key pair is published, and it still trusts the common key set."},
		{Name: "missing_secret", Lasts: true, tokens: true, secret: true, Params: []Field{which,
			word("fallback", &p.Fallback, "random", "What it does without: make up a random one, take a well-known default, sign with the empty one, or refuse to start.",
				"random", "default", "empty", RefuseToStart)},
			Doc: "The node is deployed without the secret that all nodes sign with."},
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
			every},
			Doc: "The node is stopped, as node_stop does, and starts again. With node: all they follow one after the other: a rolling deploy; with drain: true, one that waits for requests under way."},
		{Name: "scale", Lasts: true, Params: []Field{
			count("to", &p.To, "", 1, mostNodes, "How many nodes there are then.").required(),
			flag("drain", &p.Drain, "false", "Of nodes that go: the balancer is told first, and requests under way may finish.")},
			Doc: "Nodes are added, or the last ones stopped, all at once, as an autoscaler does; after `for` there are as many as before."},
		{Name: "node_pause", Lasts: true, Ends: true, Params: []Field{which},
			Doc: "The node hangs for a while, as SIGSTOP makes it: it takes connections and answers nobody."},
		{Name: "connection_cut", Lasts: true, Params: []Field{
			node(&p.Node, "all", "The node whose connections are cut, or all."),
			every,
			span("idle", &p.Idle, "", time.Millisecond, longest, "In place of `every`: a connection that has carried no request for so long is reset when the next one comes over it, as long as the fault lasts. The node does not see that request.")},
			Doc: "Open connections to the node are reset, those with a request under way included; with `idle` those that a firewall, a NAT gateway or a load balancer on the way has forgotten."},
		{Name: "balancer_reload", Lasts: true, Params: []Field{
			every},
			Doc: "The balancer reads its configuration again: requests under way are finished, idle connections closed; it forgets which nodes are down, and, with HAProxy, where the users of an application's cookie are."},
		{Name: "store_down", Lasts: true, store: true,
			Doc: "The shared store does not answer. Redis comes back with its data, memcached with none."},
		{Name: "partition", Lasts: true, Params: []Field{between},
			Doc: "No packet gets through between two parts, and nobody is told: connections hang."},
		{Name: "latency", Lasts: true, Params: []Field{between,
			inRealTime(span("delay", &p.Delay, "", time.Millisecond, time.Minute,
				"How much later each answer arrives, in real seconds: it is never compressed, as no timeout is.")).required(),
			inRealTime(span("jitter", &p.Jitter, "0s", 0, time.Minute, "By how much the delay varies, up and down, in real seconds."))},
			Doc: "Answers between two parts arrive late."},
		{Name: "reset", Lasts: true, Params: []Field{between,
			count("percent", &p.Percent, "100", 1, 100, "Of all that is sent, over old and new connections alike: how many of a hundred requests, or commands to the store, are lost, each by chance.")},
			Doc: "Requests between two parts are lost: the connection that one is sent over is reset before it arrives."},
		{Name: "store_flush", store: true,
			Doc: "The shared store forgets everything, as by FLUSHALL or flush_all, or a failover to an empty replica."},
		{Name: "store_evict", Lasts: true, store: true, Params: []Field{
			share("keep", &p.Keep, "50%", 1, 99, "The share of its entries that the store keeps; which ones, chance decides.")},
			Doc: "The shared store's memory is full. Redis with the policy allkeys-random and memcached forget a part of what they keep, for good; with session.eviction: noeviction Redis forgets nothing, and refuses to keep anything new until `for` is over."},
		{Name: "store_failover", store: true, replica: true, Params: []Field{
			span("lag", &p.Lag, "0s", 0, day, "How long before it takes over the replica has last heard of the primary; the fault begins with that.")},
			Doc: "The store's primary dies, and its replica takes over, without what was written during the lag."},
		{Name: AppRestart, phones: true, Params: []Field{
			word("after", &p.After, "", "Why: the system needed memory, and took files of the app's; a new system was installed, and the app's files were cleared; a push started the app in the background while the phone was locked; or the phone restarted, and the app before the first unlock.",
				"memory_pressure", "os_update", "locked_start", "reboot").required(),
			count("percent", &p.Percent, "100", 1, 100, "Of a hundred phones, on how many; each by chance.")},
			Doc: "The app on phones is ended while nobody looks at it, and started again; it reads its tokens from client.storage."},
		{Name: "bad_deploy", Lasts: true, Params: []Field{which},
			Doc: "The node answers every authenticated request with a rejection."},
	}
}

// RefuseToStart is what a node does about a missing secret that checks its
// configuration.
const RefuseToStart = "refuse_to_start"

func mismatch(p *Params) Field {
	return word("key", &p.Key, "random", "Its secret: a random one, a well-known default, or the empty one; with session.keys: jwks always a random key pair.",
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
// One that has no default and is not there is left out.
func (f Fault) Words() map[string]string {
	words := map[string]string{}
	spec, _ := faultSpec(f.Name, &f.Params)
	for _, p := range spec.Params {
		if !p.absent() {
			words[p.Path] = p.words()
		}
	}
	return words
}

// absent tells whether a duration that nothing stands for is not there.
func (f Field) absent() bool {
	d, ok := f.to.(*time.Duration)
	return ok && *d == 0 && f.Default == "" && !f.Required
}

// words writes the field's present value.
func (f Field) words() string {
	switch to := f.to.(type) {
	case *int:
		switch f.Kind {
		case Count:
			return strconv.Itoa(*to)
		case Percent:
			return strconv.Itoa(*to) + "%"
		}
		return NodeName(*to)
	case *Pair:
		return to.String()
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
