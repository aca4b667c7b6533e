package harness_test

import (
	"fmt"
	"time"

	"github.com/logoutlab/logoutlab/harness"
)

// printer stands for the *testing.T of a test.
type printer struct{ cleanups []func() }

func (p *printer) Helper()                      {}
func (p *printer) Cleanup(f func())             { p.cleanups = append(p.cleanups, f) }
func (p *printer) Failed() bool                 { return false }
func (p *printer) Logf(string, ...any)          {}
func (p *printer) Errorf(text string, a ...any) { fmt.Printf(text+"\n", a...) }
func (p *printer) Fatalf(text string, a ...any) { fmt.Printf(text+"\n", a...) }

func (p *printer) end() {
	for _, f := range p.cleanups {
		f()
	}
}

// One node dies; sessions in Redis survive it. In a test, t is its *testing.T.
func ExampleRun() {
	t := &printer{}
	defer t.end()

	r := harness.Run(t, "culprits/node-kill/redis", harness.Users(50), harness.Seed(7), harness.RetrySlow(5))

	fmt.Println(r.Outcome, r.Verdicts.SpuriousLogout)
	// Output: pass 0
}

// A scenario for each of several settings.
func ExampleRunYAML() {
	t := &printer{}
	defer t.end()
	const file = `
scenario: settings
architecture:
  nodes: 3
  balancer: {policy: %s, stickiness: lb_cookie, sticky_ttl: 1d}
  session: {kind: memory}
workload: {users: 40, think: 20s, duration: 2m}
variants:
  sticky: {expect: [{spurious_logouts: 0}]}
`
	for _, policy := range []string{"round_robin", "least_conn"} {
		r := harness.RunYAML(t, fmt.Sprintf(file, policy), "sticky", harness.For(time.Minute), harness.RetrySlow(5))
		fmt.Println(policy, r.Outcome)
	}
	// Output:
	// round_robin pass
	// least_conn pass
}
