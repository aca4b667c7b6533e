package client

import (
	"fmt"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Origin is where a page is, as far as cookies tell places apart: by scheme and
// host, but not by port (RFC 6265bis section 8.5). The zero Origin is none.
type Origin struct {
	Secure bool   // https
	Host   string // a name in lower case, or an IP address, without a port
}

// ParseOrigin reads "https://www.example.test". It takes neither port nor path.
func ParseOrigin(s string) (Origin, error) {
	scheme, host, ok := strings.Cut(s, "://")
	name, bracketed := strings.CutPrefix(host, "[")
	if bracketed {
		name = strings.ReplaceAll(strings.TrimSuffix(name, "]"), ":", "")
	}
	if !ok || scheme != "http" && scheme != "https" || name == "" || strings.ContainsAny(name, ":/?#@[] ") {
		return Origin{}, fmt.Errorf("origin %q is not http or https, ://, and the name of a host", s)
	}
	return Origin{Secure: scheme == "https", Host: strings.ToLower(host)}, nil
}

// String writes the origin as [ParseOrigin] reads it.
func (o Origin) String() string {
	switch {
	case o.Host == "":
		return ""
	case o.Secure:
		return "https://" + o.Host
	}
	return "http://" + o.Host
}

// trusted reports whether Secure cookies are taken from and sent to the origin:
// by https, and, as browsers do, to the machine itself (W3C Secure Contexts
// section 3.1; RFC 6265bis section 5.7 leaves it to the browser).
func (o Origin) trusted() bool {
	h := o.Host
	return o.Secure || h == "localhost" || strings.HasSuffix(h, ".localhost") ||
		h == "[::1]" || isIP(h) && strings.HasPrefix(h, "127.")
}

// site is the scheme and the registrable domain, by the public-suffix list: what
// "same-site" compares (RFC 6265bis section 5.2, HTML's schemeful sites).
func (o Origin) site() string {
	domain := o.Host
	if !isIP(o.Host) {
		if d, err := publicsuffix.EffectiveTLDPlusOne(o.Host); err == nil {
			domain = d
		}
	}
	return Origin{o.Secure, domain}.String()
}

// isIP reports whether a host is an address: its last label is a number, or it
// is an IPv6 address in brackets (WHATWG URL section 3.5).
func isIP(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	return strings.HasPrefix(host, "[") || last != "" && strings.Trim(last, "0123456789") == ""
}

// domainMatch is RFC 6265bis section 5.1.3.
func domainMatch(host, domain string) bool {
	if host == domain {
		return true
	}
	prefix, ok := strings.CutSuffix(host, domain)
	return ok && domain != "" && strings.HasSuffix(prefix, ".") && !isIP(host)
}

// isPublicSuffix reports whether anybody can register names under a domain.
func isPublicSuffix(domain string) bool {
	suffix, _ := publicsuffix.PublicSuffix(domain)
	return suffix == domain
}

// Context is how a request comes about, as far as cookies depend on it.
type Context struct {
	To       Origin
	From     Origin // of the page that made it; the zero Origin: the user, by the address bar or a bookmark
	TopLevel bool   // it is for the address bar's own page; else for a frame in it, an image, a script
	Unsafe   bool   // its method is not safe (RFC 9110 section 9.2.1), such as POST
}

// relation is how a request stands to SameSite, from nearest to farthest.
type relation uint8

const (
	ownSite   relation = iota
	crossSafe          // a top-level navigation from another site, with a safe method
	crossPost          // one with another method
	crossSite          // anything else from another site
)

// place is a Context with all that follows from it.
type place struct {
	Context
	relation relation
	trusted  bool
	way      *Way // of a request whose cookies are all presented; nil: hosts have no names
}

func placeOf(c Context) *place {
	p := &place{Context: c, trusted: c.To.trusted()}
	switch {
	case c.From.Host == "" || c.From.site() == c.To.site():
		p.relation = ownSite
	case c.TopLevel && c.Unsafe:
		p.relation = crossPost
	case c.TopLevel:
		p.relation = crossSafe
	default:
		p.relation = crossSite
	}
	return p
}
