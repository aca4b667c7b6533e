package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/shard"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/container"
	"github.com/logoutlab/logoutlab/harness/substrate/container/products"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
	"github.com/logoutlab/logoutlab/harness/substrate/loopback"
	"github.com/logoutlab/logoutlab/harness/substrate/sim"
	"github.com/logoutlab/logoutlab/reports"
)

// planFlags are the flags of every command that makes plans. Zero users, a
// zero duration and a compression of 0 are those of the flags not given.
type planFlags struct {
	substrateFlags
	all      bool
	seed     *uint64 // nil: not given
	users    int
	duration time.Duration
	compress float64
	history  string // "": not given
}

// substrateFlags say where a plan runs, and on what.
type substrateFlags struct {
	substrate string
	redis     string
	memcached string
	balancer  string
	cache     string
}

// add adds the flags, for these substrates; otherwise is the one if none is named.
func (f *substrateFlags) add(cmd *cobra.Command, otherwise string, all ...string) {
	means := map[string]string{
		"sim": "sim (virtual time)", "loopback": "loopback (real HTTP and TCP in this process)", "container": "container (real products, through Docker)",
	}
	where := make([]string, len(all))
	for i, name := range all {
		where[i] = means[name]
	}
	fl := cmd.Flags()
	fl.StringVar(&f.substrate, "substrate", otherwise, "where to run: "+strings.Join(where, ", "))
	fl.Var(&value[string]{&f.balancer, products.Names(products.Balancers())[0], "NAME", readGiven(names(products.Balancers()))}, "balancer", "container: the load balancer, "+names(products.Balancers()))
	fl.Var(&value[string]{&f.cache, products.Names(products.Caches())[0], "NAME", readGiven(names(products.Caches()))}, "cache", "container: the caching proxy, "+names(products.Caches()))
	fl.Var(&value[string]{&f.redis, "", "URL", readGiven("redis:// URLs")}, "redis", "redis:// URL of a Redis to use in place of the embedded one")
	fl.Var(&value[string]{&f.memcached, "", "ADDRESS", readGiven("host:port of a memcached")}, "memcached", "host:port of a memcached to use in place of the embedded one")
	complete(cmd, "substrate", all...)
	complete(cmd, "balancer", products.Names(products.Balancers())...)
	complete(cmd, "cache", products.Names(products.Caches())...)
	complete(cmd, "redis")
	complete(cmd, "memcached")
}

func (f *planFlags) add(cmd *cobra.Command) {
	fl := cmd.Flags()
	f.substrateFlags.add(cmd, "loopback", "sim", "loopback", "container")
	fl.BoolVar(&f.all, "all", false, "every culprit of the catalogue")
	fl.Var(&value[*uint64]{&f.seed, "", "N", readSeed}, "seed", seedHelp)
	fl.Var(&value[int]{&f.users, "", "N", readUsers}, "users", "number of users, in place of the scenario's")
	fl.Var(&value[time.Duration]{&f.duration, "", "DURATION", readFor}, "for", "how long the users act, in scenario time (30m, 12h), in place of the scenario's")
	fl.Var(&value[float64]{&f.compress, "auto", "K", readCompress}, "compress", "how many times faster than the scenario's durations: auto, or a number")
	fl.Var(&value[string]{&f.history, "", "WHICH", readHistory}, "history", "whose history is kept: full, or affected (of harmed users and a few others; sim only, where it is the default for large runs)")
	complete(cmd, "history", run.Full, run.Affected)
	complete(cmd, "compress", "auto")
	for _, name := range []string{"seed", "users", "for"} {
		complete(cmd, name)
	}
}

// substrateOf is the substrate; what is wrong with any variant there is said
// once.
func (f *substrateFlags) substrateOf() (substrate.Substrate, error) {
	switch f.substrate {
	case "sim":
		if f.balancer+f.cache+f.redis != "" {
			return nil, errors.New("--balancer, --cache and --redis choose real parts; the simulator has its own")
		}
		return &sim.Substrate{}, nil
	case "loopback":
		if f.balancer+f.cache != "" {
			return nil, errors.New("--balancer and --cache choose products for --substrate container; loopback has its own")
		}
		sub := &loopback.Substrate{Redis: f.redis, Memcached: f.memcached}
		return sub, sub.Check(scenario.Variant{})
	case "container":
		if f.redis+f.memcached != "" {
			return nil, errors.New("--redis and --memcached are for --substrate loopback; the containers have stores of their own")
		}
		sub := &container.Substrate{Balancer: f.balancer, Cache: f.cache}
		return sub, sub.Named()
	}
	return nil, fmt.Errorf("unknown --substrate %q (accepted: sim, loopback, container)", f.substrate)
}

func names(list []proxies.Product) string { return strings.Join(products.Names(list), " or ") }

// planned is what a command is to run, and where.
type planned struct {
	plans     []*plan.Plan
	options   plan.Options     // that the plans were made with, but for the seed
	excluded  []reports.NotRun // what --all leaves out, as the substrate cannot do it
	substrate substrate.Substrate
	history   string        // see [run.Options]
	shard     *shard.Record // of which suite the plans are a part; nil: they are all of it
}

// prepare gets what the plans need of this machine: what is missing is said
// once, and before anything is started or written.
func (p planned) prepare(ctx context.Context) error {
	variants := make([]scenario.Variant, len(p.plans))
	for i, one := range p.plans {
		variants[i] = one.Variant
	}
	return prepare(ctx, p.substrate, variants)
}

// prepare gets what variants need of this machine, if the substrate needs
// anything.
func prepare(ctx context.Context, on substrate.Substrate, variants []scenario.Variant) error {
	needy, ok := on.(substrate.Prepared)
	if !ok {
		return nil
	}
	switch err := needy.Prepare(ctx, variants); {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s%w", interrupted, outcomeError(exitUnknown))
	default:
		return &run.InfrastructureError{Err: err}
	}
}

// plans builds every plan that the arguments ask for, or says all that is
// wrong with any of them. It starts nothing. What a substrate cannot do is
// wrong if it was named, and left out of --all.
func (f *planFlags) plans(args []string) (planned, error) {
	sub, err := f.substrateOf()
	if err != nil {
		return planned{}, err
	}
	if f.substrate == "sim" && f.compress > 1 {
		return planned{}, errors.New("--compress divides real time, of which the simulator needs none: leave it out")
	}
	sel, err := choose(args, f.all)
	if err != nil {
		return planned{}, err
	}
	out := planned{substrate: sub, history: f.history, options: plan.Options{Users: f.users, For: f.duration, Compress: f.compress, Limits: run.LimitsOf(sub)}}
	options := out.options
	var errs []error
	for _, s := range sel {
		options.Seed = seedOf(f.seed, s.scenario)
		for _, name := range s.variants {
			p, err := plan.Build(s.scenario, name, options)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			err = sub.Check(p.Variant)
			if refused := (run.Options{Plan: p, Substrate: sub, History: f.history}).Refuse(); err == nil && refused != nil {
				errs = append(errs, fmt.Errorf("%s/%s: %w", s.scenario.Name, name, refused))
				continue
			}
			switch {
			case err == nil:
				out.plans = append(out.plans, p)
			case f.all:
				out.excluded = append(out.excluded, reports.NotRun{Scenario: s.scenario.Name, Variant: name, Why: err.Error(), Excluded: true})
			default:
				errs = append(errs, fmt.Errorf("%s/%s: %w", s.scenario.Name, name, err))
			}
		}
	}
	return out, errors.Join(errs...)
}
