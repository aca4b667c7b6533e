package client

// places are where a client's requests go. A browser's requests are navigations:
// it follows links of the application and sends its forms.
type places struct {
	home    *place // pages there, the renewal, the login form
	login   *place // the login itself
	logout  *place
	other   *place // pages there; nil: there are none
	landing *place // the page after a sign-in elsewhere; nil: there is no such sign-in
	every   int
}

// developer is the host of those who name none.
var developer = Origin{Host: "127.0.0.1"}

// usual are the places of a client of the developer's host.
var usual = places{
	home:   placeOf(Context{To: developer, From: developer, TopLevel: true}),
	login:  placeOf(Context{To: developer, From: developer, TopLevel: true, Unsafe: true}),
	logout: placeOf(Context{To: developer, From: developer, TopLevel: true, Unsafe: true}),
}

// placesOf works out the places. What comes back from another site's form is a
// POST of that site, and so is the redirect that follows, as browsers see it,
// a navigation of that site.
func placesOf(h Hosts) places {
	if h == (Hosts{}) {
		return usual
	}
	if h.Home == (Origin{}) {
		h.Home = developer
	}
	p := places{
		home:   placeOf(Context{To: h.Home, From: h.Home, TopLevel: true}),
		login:  placeOf(Context{To: h.Home, From: h.Home, TopLevel: true, Unsafe: true}),
		logout: placeOf(Context{To: h.Home, From: h.Home, TopLevel: true, Unsafe: true}),
		every:  h.OtherEvery,
	}
	if h.OtherEvery > 0 {
		p.other = placeOf(Context{To: h.Other, From: h.Home, TopLevel: true})
	}
	if h.SignIn != (Origin{}) {
		p.login = placeOf(Context{To: h.Home, From: h.SignIn, TopLevel: true, Unsafe: true})
		p.landing = placeOf(Context{To: h.Home, From: h.SignIn, TopLevel: true})
	}
	for _, at := range []*place{p.home, p.login, p.logout, p.other, p.landing} {
		if at != nil {
			at.way = &Way{To: at.To}
		}
	}
	return p
}

// from is where a request of an action goes, and comes from.
func (c *Client) from(t *task, op Op, page int) *place {
	at := &c.at
	switch op {
	case OpHome:
		return at.landing
	case OpLogin:
		return at.login
	case OpLogout:
		return at.logout
	case OpRefresh:
		return at.home
	}
	if at.other != nil && t != nil && t.Kind != Login && t.Kind != Logout && page%at.every == 0 {
		return at.other
	}
	return at.home
}
