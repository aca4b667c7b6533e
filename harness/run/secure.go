package run

import (
	"context"
	"net"
	"net/url"

	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate/tlsfront"
	"github.com/logoutlab/logoutlab/harness/workload"
)

// openTLS puts what ends TLS in front of a system, if some of its pages are at
// https; the way is nil if none is.
func openTLS(h scenario.Hosts, system string, proxyProtocol bool) (way *workload.TLS, end func() error, err error) {
	names := tlsfront.Names(h.Home, h.Other)
	if len(names) == 0 {
		return nil, func() error { return nil }, nil
	}
	u, err := url.Parse(system)
	if err != nil {
		return nil, nil, err
	}
	front, err := tlsfront.Open(names, func(ctx context.Context, from net.IP) (net.Conn, error) {
		return workload.Dialer(from, proxyProtocol)(ctx, "tcp", u.Host)
	})
	if err != nil {
		return nil, nil, err
	}
	return &workload.TLS{Address: front.Addr(), Roots: front.Roots()}, front.Close, nil
}
