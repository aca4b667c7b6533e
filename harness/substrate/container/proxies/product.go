package proxies

import (
	"time"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// Product is a load balancer or a caching proxy that runs in a container.
type Product interface {
	About() About

	// Check says where the product behaves otherwise than our own balancer or
	// cache would in this architecture. The error says what it cannot do, and
	// what can. It takes the architecture compressed or not.
	Check(a scenario.Architecture) ([]Difference, error)

	// Setup makes the product's configuration. Durations are taken as they
	// are: give it the architecture of plan.Variant, which is compressed.
	Setup(a scenario.Architecture, o Options) (Setup, error)

	// ParseLog reads one line of the product's output, without its end. ok is
	// false for a line that says nothing about a request or a node.
	ParseLog(line string) (l Line, ok bool)
}

// About is what holds for a product whatever the architecture.
type About struct {
	Name string // as on the command line: "haproxy"

	// Floors are the shortest durations that the product can express, by the
	// field's path: compression must not go below them. A field that is not
	// listed has milliseconds.
	Floors map[string]time.Duration

	// ConfigPath is where in the container a configuration of the user's own
	// belongs; see [Fill].
	ConfigPath string

	// Reload is the signal that makes the running product read its
	// configuration again ("HUP"), "" if it has none.
	Reload string

	// Worker is the command line that ps shows of each process that takes
	// requests, of a product whose processes have another once they only finish
	// what is under way: "nginx: worker process".
	Worker string
}

// Difference is a documented difference between a product and our own
// balancer or cache.
type Difference struct {
	Field   string // of the scenario: "balancer.stickiness"
	Says    string // what the scenario means by its value
	Instead string // what the product does
}

// Options is what a configuration needs to know beside the architecture.
type Options struct {
	Listen   string   // where clients come in: ":80"
	Servers  []Server // the app nodes, of a balancer
	Upstream string   // the balancer's host:port, of a cache
	Control  string   // where HAProxy's runtime API listens inside the network: ":9999"; "": nowhere
	Operator string   // the only address that it listens to, as it asks for no password; "": any

	// Compress is how many times faster than header fields say time passes for
	// a cache; 0 and 1: as they say.
	Compress float64

	// ProxyProtocol says that every client connection begins with a PROXY
	// header (https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt)
	// that carries the user's own address: a published port shows one address
	// for all of them. It is for whatever stands in front, cache or balancer.
	ProxyProtocol bool
}

// Server is an app node as a balancer's configuration names it.
type Server struct {
	Name    string // as in histories: "app-1"
	Address string // host:port
	Down    bool   // gets no requests: how a balancer that is only reloaded drains
}

// Setup is what the product's container is made from.
type Setup struct {
	Files   []File
	Command []string // the container's, whatever the image's own is
	UID     int      // who runs it; 0: whoever the images say, which is not root
	Tmpfs   []string // paths to mount as tmpfs that the product may write to and execute from
}

// File is a file in a container.
type File struct {
	Path string
	Text string
}
