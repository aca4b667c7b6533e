package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/loopback"
)

// planFlags are the flags of every command that makes plans.
type planFlags struct {
	all       bool
	substrate string
	redis     string
	seed      uint64
	users     int
	duration  string
	compress  string
}

func (f *planFlags) add(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.BoolVar(&f.all, "all", false, "every scenario of the catalogue")
	fl.StringVar(&f.substrate, "substrate", "loopback", "where to run: loopback (real HTTP and TCP in this process)")
	fl.Uint64Var(&f.seed, "seed", 1, "the seed that every random choice follows from")
	fl.IntVar(&f.users, "users", 0, "number of users, in place of the scenario's")
	fl.StringVar(&f.duration, "for", "", "how long the users act, in scenario time (30m, 12h), in place of the scenario's")
	fl.StringVar(&f.compress, "compress", "auto", "how many times faster than the scenario's durations: auto, or a number")
	fl.StringVar(&f.redis, "redis", "", "redis:// URL of a Redis to use in place of the embedded one")
	_ = cmd.RegisterFlagCompletionFunc("substrate", cobra.FixedCompletions([]string{"loopback"}, cobra.ShellCompDirectiveNoFileComp))
}

// changed lists the flags that change a plan, beside seed and compression.
func (f *planFlags) changed() []string {
	var out []string
	if f.users > 0 {
		out = append(out, "--users", strconv.Itoa(f.users))
	}
	if f.duration != "" {
		out = append(out, "--for", f.duration)
	}
	if f.redis != "" {
		out = append(out, "--redis", "URL") // it may hold a password
	}
	return out
}

func (f *planFlags) substrateOf() (substrate.Substrate, error) {
	if f.substrate != "loopback" {
		return nil, fmt.Errorf("unknown --substrate %q (accepted: loopback)", f.substrate)
	}
	return &loopback.Substrate{Redis: f.redis}, nil
}

// plans builds every plan that the arguments ask for, or says all that is
// wrong with any of them. It starts nothing.
func (f *planFlags) plans(args []string) ([]*plan.Plan, substrate.Substrate, error) {
	sub, err := f.substrateOf()
	if err != nil {
		return nil, nil, err
	}
	options, err := f.options(sub)
	if err != nil {
		return nil, nil, err
	}
	sel, err := choose(args, f.all)
	if err != nil {
		return nil, nil, err
	}
	var out []*plan.Plan
	var errs []error
	for _, s := range sel {
		for _, name := range s.variants {
			p, err := plan.Build(s.scenario, name, options)
			if err == nil {
				if err = sub.Check(p.Variant); err != nil {
					err = fmt.Errorf("%s/%s: %w", s.scenario.Name, name, err)
				}
			}
			if err != nil {
				errs = append(errs, err)
				continue
			}
			out = append(out, p)
		}
	}
	return out, sub, errors.Join(errs...)
}

func (f *planFlags) options(sub substrate.Substrate) (plan.Options, error) {
	o := plan.Options{Seed: f.seed, Users: f.users, Limits: sub.Limits()}
	if f.users < 0 {
		return o, fmt.Errorf("--users %d: accepted are 1 and more", f.users)
	}
	if f.compress != "auto" {
		k, err := strconv.ParseFloat(f.compress, 64)
		if err != nil || k < 1 || k > 1e9 {
			return o, fmt.Errorf("--compress %q: accepted are auto, and numbers from 1", f.compress)
		}
		o.Compress = k
	}
	if f.duration != "" {
		d, err := parsePositive(f.duration)
		if err != nil {
			return o, fmt.Errorf("--for %q: %w", f.duration, err)
		}
		o.For = d
	}
	return o, nil
}

func parsePositive(s string) (time.Duration, error) {
	d, err := scenario.ParseDuration(s)
	if err == nil && d <= 0 {
		err = errors.New("accepted are durations above 0, such as 30m")
	}
	return d, err
}
