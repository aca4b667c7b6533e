package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/container/products"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
)

const configHelp = `Config prints the configuration of a real load balancer or caching proxy that
behaves as the scenario's architecture says, at the scenario's own durations:
copy it, put your addresses in. Where the product behaves otherwise than the
scenario says, a comment says so. Variants with the same configuration share
one.`

// configFlags choose the product; at most one is given.
type configFlags struct{ balancer, cache string }

func newConfig() *cobra.Command {
	var flags configFlags
	cmd := &cobra.Command{
		Use:   "config NAME[/VARIANT]|FILE",
		Short: "Print the HAProxy, nginx or Varnish configuration of a scenario",
		Long:  configHelp,
		Example: "  logoutlab config culprits/memory-sessions/sticky-lb-cookie --balancer nginx\n" +
			"  logoutlab config culprits/cached-401/broken --cache varnish",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeScenarios,
		RunE: func(cmd *cobra.Command, args []string) error {
			sel, err := choose(args, false)
			if err != nil {
				return err
			}
			p, err := flags.product()
			if err != nil {
				return err
			}
			configs, err := flags.configs(p, sel[0])
			if err != nil {
				return err
			}
			for _, c := range configs {
				c.write(cmd.OutOrStdout())
			}
			return nil
		},
	}
	balancers, caches := products.Names(products.Balancers()), products.Names(products.Caches())
	fl := cmd.Flags()
	fl.StringVar(&flags.balancer, "balancer", "", "the load balancer: "+strings.Join(balancers, " or ")+" (default "+balancers[0]+")")
	fl.StringVar(&flags.cache, "cache", "", "the caching proxy, in place of the balancer: "+strings.Join(caches, " or "))
	cmd.MarkFlagsMutuallyExclusive("balancer", "cache")
	_ = cmd.RegisterFlagCompletionFunc("balancer", cobra.FixedCompletions(balancers, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("cache", cobra.FixedCompletions(caches, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (f configFlags) product() (proxies.Product, error) {
	flag, list, name := "--balancer", products.Balancers(), f.balancer
	if f.cache != "" {
		flag, list, name = "--cache", products.Caches(), f.cache
	}
	p, err := products.Find(list, cmp.Or(name, products.Names(list)[0]))
	if err != nil {
		return nil, fmt.Errorf("unknown %s %w", flag, err)
	}
	return p, nil
}

// config is a product's configuration for some variants of a scenario.
type config struct {
	names       []string
	differences []proxies.Difference
	start       []string
	text        string
}

// configs makes the configurations of all selected variants, or says which
// cannot be had.
func (f configFlags) configs(p proxies.Product, s selected) ([]*config, error) {
	var all []*config
	var errs []error
	for _, name := range s.variants {
		v, _ := s.scenario.Variant(name)
		next, err := f.config(p, v.Architecture)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s/%s: %w", s.scenario.Name, name, err))
			continue
		}
		full := s.scenario.Name + "/" + name
		if same := alike(all, next); same != nil {
			same.names = append(same.names, full)
			continue
		}
		next.names = []string{full}
		all = append(all, next)
	}
	return all, errors.Join(errs...)
}

func alike(all []*config, next *config) *config {
	for _, c := range all {
		if c.text == next.text && slices.Equal(c.differences, next.differences) {
			return c
		}
	}
	return nil
}

func (f configFlags) config(p proxies.Product, a scenario.Architecture) (*config, error) {
	if f.cache != "" && !a.Cache.Enabled {
		return nil, errors.New("there is no cache in this architecture (cache.enabled is false)")
	}
	if f.cache != "" {
		a.Balancer.Config = scenario.Config{} // it is the balancer's
	}
	differences, err := p.Check(a)
	if err != nil {
		return nil, err
	}
	setup, err := proxies.SetUp(p, a, proxies.Sample(a))
	if err != nil {
		return nil, err
	}
	if a.Balancer.Config.File != "" {
		differences = nil // they are of the configuration that it replaces
	}
	return &config{differences: differences, start: setup.Command, text: setup.Config(p)}, nil
}

// write prints the configuration under comments that all products take.
func (c *config) write(w io.Writer) {
	fmt.Fprintf(w, "# %s\n", strings.Join(c.names, ", "))
	for _, d := range c.differences {
		fmt.Fprintf(w, "#\n# %s\n#   the scenario: %s\n#   this product: %s\n", d.Field, d.Says, d.Instead)
	}
	fmt.Fprintf(w, "#\n# Start: %s\n\n%s\n", shell(c.start), c.text)
}

// shell writes a command as one types it.
func shell(args []string) string {
	words := make([]string, len(args))
	for i, a := range args {
		if words[i] = a; strings.ContainsAny(a, " ;") {
			words[i] = "'" + a + "'"
		}
	}
	return strings.Join(words, " ")
}
