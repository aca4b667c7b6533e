package client

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The limits of RFC 6265bis section 5.6, in bytes.
const (
	maxPair      = 4096
	maxAttribute = 1024
)

// The reasons to ignore a Set-Cookie header as a whole.
var (
	errControl = errors.New("control character")
	errEmpty   = errors.New("neither name nor value")
	errLong    = fmt.Errorf("name and value longer than %d bytes together", maxPair)
)

// ParseSetCookie reads the value of one Set-Cookie header as browsers do
// (RFC 6265bis section 5.6). What a browser would ignore as a whole is an
// error; a broken attribute is left out, and of two equal attributes the last
// one counts. What the name or the attributes forbid is the jar's to refuse.
func ParseSetCookie(header string) (SetCookie, error) {
	if strings.ContainsFunc(header, isControl) {
		return SetCookie{}, refuse(errControl)
	}
	pair, rest, _ := strings.Cut(header, ";")
	name, value, ok := strings.Cut(pair, "=")
	if !ok {
		name, value = "", name
	}
	c := SetCookie{Name: trim(name), Value: Value{Text: trim(value)}}
	switch n := len(c.Name) + len(c.Value.Text); {
	case n == 0:
		return SetCookie{}, refuse(errEmpty)
	case n > maxPair:
		return SetCookie{}, refuse(errLong)
	}
	for rest != "" {
		var av string
		av, rest, _ = strings.Cut(rest, ";")
		key, val, _ := strings.Cut(av, "=")
		if val = trim(val); len(val) <= maxAttribute {
			c.attribute(strings.ToLower(trim(key)), val)
		}
	}
	return c, nil
}

func refuse(why error) error {
	return fmt.Errorf("Set-Cookie ignored, as a browser would: %w", why)
}

// isControl leaves the tab out: it counts as white space.
func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

func trim(s string) string { return strings.Trim(s, " \t") }

func (c *SetCookie) attribute(key, val string) {
	switch key {
	case "expires":
		if t, ok := parseDate(val); ok {
			c.Expires = t
		}
	case "max-age":
		if d, ok := parseMaxAge(val); ok {
			c.MaxAge, c.HasMaxAge = d, true
		}
	case "domain":
		c.Domain = strings.ToLower(strings.TrimPrefix(val, "."))
	case "path":
		c.Path = ""
		if strings.HasPrefix(val, "/") {
			c.Path = val
		}
	case "secure":
		c.Secure = true
	case "httponly":
		c.HTTPOnly = true
	case "samesite":
		c.SameSite = sameSite(val)
	}
}

func sameSite(val string) string {
	for _, s := range [...]string{"Strict", "Lax", "None"} {
		if strings.EqualFold(val, s) {
			return s
		}
	}
	return ""
}

// parseMaxAge reads digits after an optional minus sign; a life beyond what
// cookies are allowed is cut.
func parseMaxAge(val string) (time.Duration, bool) {
	digits := strings.TrimPrefix(val, "-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	if digits != val {
		return 0, true
	}
	const limit = int64(maxAge / time.Second)
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil { // digits alone: out of range
		n = limit
	}
	return time.Duration(min(n, limit)) * time.Second, true
}
