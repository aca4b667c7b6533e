package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"github.com/logoutlab/logoutlab/harness/fault"
)

// Mechanism says by what means a link disturbs connections.
const Mechanism = "toxiproxy, as a relay between the two parts"

// Link passes connections on to a target. Its methods are safe to call at the
// same time.
type Link struct{ proxy *toxiproxy.Proxy }

// Open listens at an address ("127.0.0.1:0" picks a free port) on behalf of a
// target, which is connected to when somebody comes.
func Open(listen, target string) (*Link, error) {
	registerLoss()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop()) // serves nothing
	l := &Link{proxy: toxiproxy.NewProxy(server, target, listen, target)}
	if err := l.proxy.Start(); err != nil {
		return nil, fmt.Errorf("listen for %s: %w", target, err)
	}
	return l, nil
}

// Addr is where the link listens.
func (l *Link) Addr() string { return l.proxy.Listen }

// Close stops listening and closes all connections.
func (l *Link) Close() { l.proxy.Stop() }

// toxic is what toxiproxy reads; see its README.
type toxic struct {
	Name       string  `json:"name"`
	Type       string  `json:"type"`
	Stream     string  `json:"stream"`
	Toxicity   float64 `json:"toxicity"`
	Attributes any     `json:"attributes"`
}

// worded is a disturbance in toxiproxy's words. Delays are whole milliseconds.
// reset_peer itself decides once for each connection: with a toxicity of 0 it
// resets none, and serves for what else it does, that connections end with RST
// (SO_LINGER is 0).
func worded(id string, d fault.Disturbance) []toxic {
	var all []toxic
	if d.Delay > 0 {
		all = append(all, toxic{id + " latency", "latency", "downstream", 1,
			map[string]int64{"latency": milliseconds(d.Delay), "jitter": milliseconds(d.Jitter)}})
	}
	if d.ResetPercent > 0 {
		all = append(all,
			toxic{id + " linger", "reset_peer", "upstream", 0, struct{}{}},
			toxic{id + " reset", lossType, "upstream", 1, &loss{Percent: d.ResetPercent, Seed: d.Seed}})
	}
	return all
}

func milliseconds(d time.Duration) int64 { return d.Round(time.Millisecond).Milliseconds() }

// Disturb disturbs the connections, those that are open and new ones, until
// [Link.Calm] is called with the same id. Connections that were open before
// are reset with FIN in place of RST.
func (l *Link) Disturb(id string, d fault.Disturbance) error {
	for _, t := range worded(id, d) {
		text, err := json.Marshal(t)
		if err != nil {
			return err
		}
		if _, err := l.proxy.Toxics.AddToxicJson(bytes.NewReader(text)); err != nil {
			return fmt.Errorf("disturb connections to %s: %w", l.proxy.Upstream, err)
		}
	}
	return nil
}

// Calm ends what Disturb began.
func (l *Link) Calm(id string) error {
	var errs []error
	for _, name := range []string{id + " latency", id + " reset", id + " linger"} {
		if err := l.proxy.Toxics.RemoveToxic(context.Background(), name); err != nil && !errors.Is(err, toxiproxy.ErrToxicNotFound) {
			errs = append(errs, fmt.Errorf("leave connections to %s alone: %w", l.proxy.Upstream, err))
		}
	}
	return errors.Join(errs...)
}
