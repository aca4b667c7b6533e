package workload

import (
	"fmt"

	"github.com/logoutlab/logoutlab/fakes/app"
	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/client"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// whys are the history's words for why a cookie was not kept, or not seen.
var whys = [...]string{
	client.WhyDomain: history.CookieDomain, client.WhyPath: history.CookiePath,
	client.WhySecure: history.CookieSecure, client.WhySameSite: history.CookieSameSite,
	client.WhyPrefix: history.CookiePrefix, client.WhyOverlays: history.CookieOverlays,
	client.WhyShadowed: history.CookieShadowed,
}

func fates(all []client.Fate) []history.Cookie {
	if len(all) == 0 {
		return nil
	}
	out := make([]history.Cookie, len(all))
	for i, f := range all {
		out[i] = history.Cookie{Name: f.Name, Why: whys[f.Why]}
	}
	return out
}

// hosts is where a browser finds the application of an (already checked)
// architecture.
func hosts(h scenario.Hosts) client.Hosts {
	if h.Home == "" {
		return client.Hosts{}
	}
	out := client.Hosts{Home: origin(h.Home), Other: origin(h.Other), SignIn: origin(h.SignIn)}
	if h.Other != "" {
		out.OtherEvery = h.OtherEvery
	}
	return out
}

func origin(s string) client.Origin {
	if s == "" {
		return client.Origin{}
	}
	o, err := client.ParseOrigin(s)
	if err != nil {
		panic(fmt.Sprintf("workload: %v", err)) // the scenario was checked
	}
	return o
}

// Earlier is the cookie that a user's browser holds of an earlier release, if
// there was one: of a session that no node knows, as a number, or with text for a
// real wire.
func Earlier(c scenario.Cookie, user int, text bool) []client.SetCookie {
	if c.EarlierPath == "" {
		return nil
	}
	const unknown = 0xe << 60 // ids are random, or counted from 1
	id := auth.SessionID(unknown + uint64(user))
	value := client.Value{Ref: uint64(id)}
	if text {
		value = client.Value{Text: app.FormatSession(id)}
	}
	return []client.SetCookie{{Name: auth.SessionCookie, Path: c.EarlierPath, Value: value, HTTPOnly: true, SameSite: "Lax"}}
}
