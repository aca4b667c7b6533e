package workload

import (
	"context"
	"crypto/x509"
	"net"
	"strings"

	"github.com/logoutlab/logoutlab/fakes/client"
)

// TLS is the way to pages at https.
type TLS struct {
	Address string         // host:port of what ends TLS in front of the system
	Roots   *x509.CertPool // that its certificate is checked against
}

// origin is what a request's URL begins with. Users know hosts by name; the
// front's own address is for those who name none.
func (w *wire) origin(r client.Request) string {
	if r.Way == nil || r.Way.To.Host == "" {
		return w.base
	}
	return r.Way.To.String()
}

// dialer connects to the front whatever the name, and for https to what ends TLS
// in front of it: nobody is asked for an address.
func (w *wire) dialer(from net.IP) func(ctx context.Context, network, address string) (net.Conn, error) {
	plain := Dialer(from, w.o.ProxyProtocol)
	if w.o.Plan.Variant.Architecture.Hosts.Home == "" {
		return plain
	}
	front := w.base[strings.Index(w.base, "://")+len("://"):]
	secure := Dialer(from, false)
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if w.o.TLS != nil && strings.HasSuffix(address, ":443") {
			return secure(ctx, network, w.o.TLS.Address)
		}
		return plain(ctx, network, front)
	}
}
