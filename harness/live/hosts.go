package live

import (
	"context"
	"fmt"
	"net"
	"net/url"

	"github.com/logoutlab/logoutlab/harness/substrate/tlsfront"
)

// openTLS puts what ends TLS in front of the system, if some of its pages are
// at https.
func (s *system) openTLS() (*tlsfront.Front, error) {
	h := s.Plan.Variant.Architecture.Hosts
	names := tlsfront.Names(h.Home, h.Other, h.SignIn)
	if len(names) == 0 {
		return nil, nil
	}
	return tlsfront.Open(names, func(ctx context.Context, _ net.IP) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", s.address())
	})
}

// address is the front's, as host:port.
func (s *system) address() string {
	u, err := url.Parse(s.cluster.URL())
	if err != nil {
		return s.cluster.URL() // of no use, and visible as such
	}
	return u.Host
}

// toHosts are curl's flags to find the system under its names.
func (s *system) toHosts() string {
	flags := " --connect-to :80:" + s.address()
	if s.front != nil {
		flags += fmt.Sprintf(" --connect-to :443:%s --insecure --pinnedpubkey sha256//%s", s.front.Addr(), s.front.Pin())
	}
	return flags
}

// browse is how to open the system in Chromium under its names, with a profile
// of its own.
func (s *system) browse() string {
	h := s.Plan.Variant.Architecture.Hosts
	rules, pin := "MAP *:80 "+s.address(), ""
	if s.front != nil {
		rules += ",MAP *:443 " + s.front.Addr()
		pin = " --ignore-certificate-errors-spki-list=" + s.front.Pin()
	}
	return fmt.Sprintf("chromium --user-data-dir=$(mktemp -d) --host-resolver-rules='%s'%s --disable-features=HttpsUpgrades %s/login", rules, pin, h.Home)
}
