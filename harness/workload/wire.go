package workload

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/logoutlab/logoutlab/fakes/app"
	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/balancer/proxy"
	"github.com/logoutlab/logoutlab/fakes/client"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// wire turns the clients' requests into HTTP and the answers into what clients
// understand, and records both.
type wire struct {
	o       Options
	base    string
	timeout time.Duration
	spa     bool
	own     bool // each user has connections, and an address, of their own
	shared  *http.Transport
	all     []*http.Transport
	count   atomic.Int64
}

func newWire(o Options) *wire {
	arch := o.Plan.Variant.Architecture
	b := arch.Balancer
	w := &wire{
		o: o, base: o.URL, timeout: arch.Client.Timeout, spa: arch.Client.Kind != scenario.Browser,
		own: b.Per == "connection" || b.Policy == "source_hash" || b.Config.File != "",
	}
	w.shared = w.transport(nil)
	return w
}

func (w *wire) transport(from net.IP) *http.Transport {
	keep := w.o.Plan.Variant.Architecture.Balancer.KeepAlive
	t := &http.Transport{
		DialContext:         w.dialer(from),
		MaxIdleConns:        0,
		MaxIdleConnsPerHost: 1024,
		MaxConnsPerHost:     1024,
		IdleConnTimeout:     keep,
		DisableKeepAlives:   keep == 0,
		DisableCompression:  true,
	}
	if w.o.TLS != nil {
		t.TLSClientConfig = &tls.Config{RootCAs: w.o.TLS.Roots, MinVersion: tls.VersionTLS12}
	}
	if w.o.Plan.Variant.Architecture.Balancer.Protocol == "h2c" {
		t.Protocols = new(http.Protocols)
		t.Protocols.SetUnencryptedHTTP2(true)
	}
	w.all = append(w.all, t)
	return t
}

// transportOf gives a user's way to the system under test. Where the balancer
// looks at connections or at source addresses, or may do so, every user has
// their own: the
// loopback network has room for 127.x.y.z.
func (w *wire) transportOf(user int) http.RoundTripper {
	if !w.own {
		return &proxy.NoReplay{Transport: w.shared}
	}
	var from net.IP
	if strings.Contains(w.base, "//127.") {
		from = net.IPv4(127, byte(1+user>>16), byte(user>>8), byte(user))
	}
	return &proxy.NoReplay{Transport: w.transport(from)}
}

func (w *wire) close() {
	for _, t := range w.all {
		t.CloseIdleConnections()
	}
}

// exchange sends one request and reads its answer.
func (w *wire) exchange(via http.RoundTripper, user int, r client.Request) client.Response {
	number := int(w.count.Add(1))
	ctx, cancel := context.WithTimeout(context.Background(), w.timeout)
	defer cancel()
	e := Sent(w.o.Clock(), user, number, r)
	answer := client.Response{Seq: r.Seq}
	res, err := via.RoundTrip(w.request(ctx, user, number, r, e.Path))
	if err == nil {
		answer, err = read(res, r, &e)
	}
	e.At = w.o.Clock()
	if err != nil {
		answer = client.Response{Seq: r.Seq, Failure: failure(err)}
		Failed(&e, answer.Failure)
	}
	w.o.Record.Append(&e)
	return answer
}

func (w *wire) request(ctx context.Context, user, number int, r client.Request, path string) *http.Request {
	method, form := http.MethodGet, url.Values(nil)
	switch r.Op {
	case client.OpLogin:
		id := auth.UserID(user)
		method = http.MethodPost
		form = url.Values{"user": {app.UserName(id)}, "password": {app.Password(id)}}
	case client.OpRefresh, client.OpLogout:
		method = http.MethodPost
	}
	if r.Refresh.Text != "" {
		form = url.Values{"refresh_token": {r.Refresh.Text}}
	}
	req, err := http.NewRequestWithContext(ctx, method, w.origin(r)+path, body(form))
	if err != nil {
		panic(fmt.Sprintf("workload: %v", err)) // the base URL was checked before the start
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w.credentials(req, r)
	req.Header.Set("X-Request-Id", strconv.Itoa(number))
	return req
}

func (w *wire) credentials(req *http.Request, r client.Request) {
	if r.Bearer.Text != "" {
		req.Header.Set("Authorization", "Bearer "+r.Bearer.Text)
	}
	if len(r.Cookies) == 0 {
		return
	}
	var b strings.Builder
	for i, c := range r.Cookies {
		if i > 0 {
			b.WriteString("; ")
		}
		if c.Name != "" { // RFC 6265bis section 5.8.3
			b.WriteString(c.Name)
			b.WriteByte('=')
		}
		b.WriteString(c.Value.Text)
	}
	req.Header.Set("Cookie", b.String())
}

// failure sorts an error: did anything reach the other side? Of the sending
// that is known; an answer that breaks off has an error of its own.
func failure(err error) client.Failure {
	var attempt *proxy.AttemptError
	switch {
	case errors.As(err, &attempt):
		return attempts[attempt.Failure]
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return client.Timeout
	case errors.Is(err, syscall.ECONNREFUSED):
		return client.Refused
	}
	return client.Reset
}
