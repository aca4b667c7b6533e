//go:build unix

package proxy

import (
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/balancer"
)

// BenchmarkHop sends requests straight to a node and through the balancer;
// the difference in cpu-us/op (of the whole process) is what the hop costs.
func BenchmarkHop(b *testing.B) {
	sticky := balancer.Config{Nodes: 1, Policy: balancer.RoundRobin, Stickiness: balancer.LBCookie, StickyTTL: time.Minute, Retries: 1}
	for _, bc := range []struct {
		name   string
		config balancer.Config
		tune   tune
		direct bool
	}{
		{"direct", roundRobin(1), func(*Options) {}, true},
		{"http1", roundRobin(1), func(*Options) {}, false},
		{"sticky", sticky, func(*Options) {}, false},
		{"h2c behind", roundRobin(1), func(o *Options) { o.H2C = true }, false},
		{"relay", roundRobin(1), perConnection, false},
	} {
		b.Run(bc.name, func(b *testing.B) {
			r := newRig(b, bc.config, bc.tune)
			url := r.url
			if bc.direct {
				url = "http://" + r.backends[0].addr
			}
			b.ReportAllocs()
			begun := cpu(b)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					req, _ := http.NewRequest(http.MethodGet, url, nil)
					req.Header.Set("Cookie", "sid=0123456789abcdef; LLB=0-86400000")
					req.Header.Set("X-Request-Id", "17")
					resp, err := r.client.Do(req)
					if err != nil {
						b.Error(err)
						return
					}
					resp.Body.Close()
				}
			})
			b.ReportMetric(float64((cpu(b)-begun).Microseconds())/float64(b.N), "cpu-us/op")
		})
	}
}

func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
