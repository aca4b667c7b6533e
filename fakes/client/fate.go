package client

// Fate is what became of a cookie that the server does not get to see as it was
// meant: it was not kept, not sent, or sent behind another one.
type Fate struct {
	Name string
	Why  Why
}

// Why is the rule of RFC 6265bis that decided a cookie's fate.
type Why uint8

// The rules. The first four keep a cookie from being sent (section 5.8.3) or,
// but for WhyPath, from being kept (section 5.7).
const (
	WhyDomain   Why = iota + 1 // it is for another host; or its Domain does not cover the host, or is a public suffix
	WhyPath                    // it is for other paths
	WhySecure                  // it is Secure, and the request is not; or it is SameSite=None without Secure
	WhySameSite                // another site made the request
	WhyPrefix                  // its name demands more: __Secure- or __Host-
	WhyOverlays                // it would hide a Secure cookie, and came without TLS
	WhyShadowed                // sent, but behind one of the same name whose path is longer, or that is older
)
