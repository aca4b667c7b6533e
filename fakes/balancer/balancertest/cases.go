// Package balancertest holds the cases that every driver of package balancer
// must pass: the core alone, the proxy, and later the simulator.
package balancertest

import (
	_ "embed"
	"fmt"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/logoutlab/logoutlab/fakes/balancer"
)

//go:embed cases.yaml
var source []byte

// Case is a balancer and what happens to it. The file says what each field
// means.
type Case struct {
	Name   string
	Config Config
	Steps  []Step
}

// Config is the part of balancer.Config that the cases use.
type Config struct {
	Nodes      int
	Policy     balancer.Policy
	Stickiness balancer.Stickiness
	StickyTTL  time.Duration `yaml:"sticky_ttl"`
	StickyMax  int           `yaml:"sticky_max"`
	SlowStart  time.Duration `yaml:"slow_start"`
	AppCookie  string        `yaml:"app_cookie"`
	Retries    int
	RetryAny   bool `yaml:"retry_any"`
}

// Core is the balancer's configuration.
func (c Config) Core() balancer.Config {
	return balancer.Config{
		Nodes: c.Nodes, Policy: c.Policy, Stickiness: c.Stickiness, StickyTTL: c.StickyTTL, StickyMax: c.StickyMax, SlowStart: c.SlowStart,
		AppCookie: c.AppCookie, Retries: c.Retries, RetryAny: c.RetryAny,
	}
}

// Step is a request (Get or Post names the client), or changes to nodes.
type Step struct {
	Get, Post string
	Hold      string
	App       string // "", set, clear
	Forge     string // value of the balancer's cookie in place of the jar's
	To        []int
	Status    int
	Cookie    string

	Drain, Restore, Refuse, Die, Heal, Free []int
	Wait                                    time.Duration
}

// Client is who sends the step's request; "" if it is none.
func (s Step) Client() string { return s.Get + s.Post }

// Answer is what came of a step's request, in the words of the file.
type Answer struct {
	To     []int
	Status int
	Cookie string
}

// Want is what should come of it.
func (s Step) Want() Answer {
	a := Answer{To: s.To, Status: s.Status, Cookie: s.Cookie}
	if a.Status == 0 {
		a.Status = 200
	}
	return a
}

// Cookie writes a Set-Cookie as the file does; seconds is its Max-Age.
func Cookie(name, value string, seconds int) string {
	return fmt.Sprintf("%s=%s;%d", name, value, seconds)
}

// Cases reads all cases.
func Cases() ([]Case, error) {
	var cases []Case
	if err := yaml.UnmarshalWithOptions(source, &cases, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("cases.yaml: %w", err)
	}
	return cases, nil
}
