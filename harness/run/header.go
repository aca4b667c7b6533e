package run

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"

	"github.com/logoutlab/logoutlab/harness/fault"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
)

// Header is all that judging the run needs besides its events.
func Header(ctx context.Context, o Options, clock substrate.Clock) history.Header {
	h := Outline(ctx, o)
	h.Started = clock.Epoch
	h.PlanHash, h.Actions = o.Plan.Sum()
	return h
}

// Outline is the header as far as it can be told without drawing all that the
// users do: without the plan's digest, the number of its actions and the time.
func Outline(ctx context.Context, o Options) history.Header {
	p := o.Plan
	v, full := p.Variant, p.Full()
	h := history.Header{
		Version: o.Version, Scenario: p.Scenario.Name, Variant: v.Name, Title: p.Scenario.Title, Summary: v.Title,
		Substrate: o.Substrate.Name(), Seed: p.Seed, Compress: p.Compress,
		Planned: v.Workload.Duration, Design: p.Design(), Test: p.Test(), Users: v.Workload.Users,
		Promise: history.Promise(v.Architecture.Promise), Facts: facts(full), Repeat: o.Repeat(),
	}
	for _, t := range p.Scenario.About.Topics() {
		h.About = append(h.About, history.Topic{Asks: t.Asks, Text: t.Text})
	}
	h.Facts["compression"] = p.Compression()
	h.Engine = o.engine()
	if s, ok := o.Substrate.(substrate.Stated); ok {
		h.Parts = s.Parts(ctx, v)
	}
	h.Cures = cures(p.Scenario, v.Name, h.Product("balancer"))
	if s, ok := o.Substrate.(substrate.Afar); ok {
		h.Unordered = s.Afar()
	}
	h.RunFacts = unlike(facts(v), h.Facts)
	for i := range fault.Largest(v.Faults, v.Architecture.Nodes) {
		h.Nodes = append(h.Nodes, scenario.NodeName(i))
	}
	for i, f := range v.Faults {
		h.Faults = append(h.Faults, history.PlannedFault{Name: f.Name, At: f.At, For: f.For, Params: full.Faults[i].Words()})
	}
	for _, e := range v.Expect {
		h.Expect = append(h.Expect, history.Expectation{
			Metric: e.Metric, Bound: e.Bound.String(), Cause: e.Cause, Only: e.Only, Except: e.Except,
			Source: p.Scenario.File + ":" + strconv.Itoa(e.Line),
		})
	}
	return h
}

// unlike is those facts of the run that do not read as in the scenario.
func unlike(run, scenario map[string]string) map[string]string {
	maps.DeleteFunc(run, func(k, v string) bool { return scenario[k] == v })
	return run
}

// Repeat is the command that runs the plan again, as a shell reads it.
func (o Options) Repeat() string { return o.repeat("--seed", strconv.FormatUint(o.Plan.Seed, 10)) }

// RepeatSeeds is the command that runs the plan with each of several seeds.
func (o Options) RepeatSeeds(s result.Seeds) string { return o.repeat("--seeds", s.String()) }

func (o Options) repeat(seed, which string) string {
	p := o.Plan
	words := []string{"logoutlab", "run", p.Scenario.File + "/" + p.Variant.Name, "--substrate", o.Substrate.Name(),
		seed, which, "--compress", strconv.FormatFloat(p.Compress, 'g', -1, 64)}
	written, _ := p.Scenario.Variant(p.Variant.Name)
	if w := p.Full().Workload; w.Users != written.Workload.Users {
		words = append(words, "--users", strconv.Itoa(w.Users))
	}
	if w := p.Full().Workload; w.Duration != written.Workload.Duration {
		words = append(words, "--for", scenario.FormatDuration(w.Duration))
	}
	if o.History != "" {
		words = append(words, "--history", o.History)
	}
	if s, ok := o.Substrate.(substrate.Flagged); ok {
		words = append(words, s.Flags()...)
	}
	return Shell(words...)
}

// Shell writes a command line's words as a POSIX shell reads them.
func Shell(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = w
		if !plainWord.MatchString(w) {
			quoted[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}

// Words reads back what [Shell] writes.
func Words(command string) ([]string, error) {
	var words []string
	for command != "" {
		var word strings.Builder
		for command != "" && command[0] != ' ' {
			switch command[0] {
			case '\'':
				end := strings.IndexByte(command[1:], '\'')
				if end < 0 {
					return nil, fmt.Errorf("a quote is open in %q", command)
				}
				word.WriteString(command[1 : 1+end])
				command = command[end+2:]
			case '\\':
				if len(command) > 1 {
					word.WriteByte(command[1])
				}
				command = command[min(2, len(command)):]
			default:
				word.WriteByte(command[0])
				command = command[1:]
			}
		}
		words = append(words, word.String())
		command = strings.TrimPrefix(command, " ")
	}
	return words, nil
}

// plainWord is what needs no quotes in any shell.
var plainWord = regexp.MustCompile(`^[\w@%+=:,./-]+$`)
