package scenario

import (
	"regexp"
	"strconv"
	"strings"
)

func cookieFields(c *Cookie) []Field {
	return []Field{
		word("cookie.prefix", &c.Prefix, none, "browser: what the names of the application's cookies begin with; browsers keep __Secure- from https alone, and __Host- with Path=/ and without Domain (RFC 6265bis section 4.1.3).",
			none, "__Secure-", hostPrefix),
		text("cookie.domain", &c.Domain, "", "browser: its Domain; \"\" sends none, and the cookie is for the one host that set it.").formed(domainText, "a domain such as example.test"),
		text("cookie.path", &c.Path, "/", "browser: its Path.").formed(pathText, aPath),
		flag("cookie.secure", &c.Secure, "false", "browser: it is Secure: sent by https alone."),
		word("cookie.same_site", &c.SameSite, "lax", "browser: its SameSite; without one (absent), browsers take Lax.",
			"lax", "strict", none, "absent"),
		text("cookie.earlier_path", &c.EarlierPath, "", "browser: an earlier release set the cookie with this Path, and browsers still hold one, which is valid no more; \"\": there was none.").formed(orNone(pathText), aPath),
		flag("cookie.expire_earlier", &c.ExpireEarlier, "false", "A login expires the cookie of the earlier release, on its own path."),
	}
}

func hostsFields(h *Hosts) []Field {
	return []Field{
		text("hosts.home", &h.Home, "", "browser: where the login and the pages are, such as https://www.example.test; \"\": all is on one host, whose cookies nothing keeps from being sent. Names lead to the system's front whatever they are; http and https alike, as our own front ends TLS.").formed(originText, anOrigin),
		text("hosts.other", &h.Other, "", "browser: where some of the pages are, such as https://app.example.test.").formed(originText, anOrigin),
		count("hosts.other_every", &h.OtherEvery, strconv.Itoa(otherEvery), 1, 1000, "Every page whose number is a multiple of this is at hosts.other."),
		text("hosts.sign_in", &h.SignIn, "", "browser: the identity provider that users log in at, such as https://idp.test. It sends them back with a form (OpenID Connect, response_mode form_post), and the application sends them on to its home page: browsers take all of that for a navigation of the provider's site.").formed(originText, anOrigin),
	}
}

// PlainCookies tells whether cookies and hosts are as in a file that does not
// speak of them: one host, whose cookies nothing keeps from being sent.
func (a Architecture) PlainCookies() bool {
	return a.Hosts == Hosts{OtherEvery: otherEvery} && a.Cookie == Cookie{Prefix: none, Path: "/", SameSite: "lax"}
}

// otherEvery is hosts.other_every of a file that does not say it.
const otherEvery = 4

// The texts of hosts, of Domain and of Path (RFC 6265bis section 4.1.1).
var (
	originText = regexp.MustCompile(`^(?:https?://(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)?$`)
	domainText = regexp.MustCompile(`^(?:\.?(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)?$`)
	pathText   = regexp.MustCompile(`^/[!-:<-~]*$`)
)

// What these texts are, in words.
const (
	aPath    = "a path such as /app"
	anOrigin = "http:// or https:// and the name of a host in lower case, without port and path, such as https://www.example.test"
)

// orNone is a form that an empty text has too.
func orNone(form *regexp.Regexp) *regexp.Regexp { return regexp.MustCompile(`^$|` + form.String()) }

// checkCookie refuses an earlier cookie that there cannot be beside the present
// one. What browsers make of attributes is theirs to say.
func (a *assembly) checkCookie() {
	c := a.variant.Architecture.Cookie
	if c.EarlierPath != "" && c.EarlierPath == c.Path && c.Prefix == none && c.Domain == "" {
		a.refuse([]string{"cookie.earlier_path", "cookie.path"}, "the earlier cookie has the path of the present one, which replaces it", "another path", "")
	}
}

func (a *assembly) checkHosts() {
	arch := &a.variant.Architecture
	h := arch.Hosts
	https := strings.HasPrefix(h.Home, "https:") || strings.HasPrefix(h.Other, "https:")
	switch {
	case h.Home == "":
	case arch.Cache.Enabled:
		a.refuse([]string{"cache.enabled", "hosts.home"}, "hosts with names behind a cache, which would have to tell them apart, are not modelled", "cache.enabled: false", "")
	case https && arch.Balancer.Protocol == "h2c":
		a.refuse([]string{"balancer.protocol", "hosts.home", "hosts.other"}, "h2c is HTTP/2 without TLS, and some pages are at https", "http1", "")
	}
}
