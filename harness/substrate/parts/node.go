package parts

import (
	"strings"
	"time"

	"github.com/logoutlab/logoutlab/fakes/app"
	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/auth/jose"
	"github.com/logoutlab/logoutlab/fakes/store"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// Node is what one boot of an app node is made from.
type Node struct {
	Name   string
	Boot   int // 1-based
	Arch   scenario.Architecture
	Clock  func() time.Duration // the run's
	IDs    auth.IDs
	Ring   *jose.Ring           // nil: the architecture has no signing keys
	Shared Shared               // nil: it has no shared store
	Late   bool                 // it starts during the run: see [Late]
	Record func(*history.Event) // takes each decision, before the answer is written

	OnOverload func() // how the process dies of overload, if that is what it does
}

// Shared is a store that nodes share.
type Shared interface {
	auth.Sessions
	auth.Families
	auth.Blacklist
	auth.Cutoffs
}

// App builds the node's application, over fresh memory and the shared store.
func (n Node) App() *app.App {
	s := n.Arch.Session
	local := store.NewMemory()
	decide := &auth.Node{Config: AuthConfig(n.Arch), IDs: n.IDs, Sessions: local, Families: local, Blacklist: local, Cutoffs: local}
	if n.Shared != nil {
		if s.Kind != "jwt" {
			decide.Sessions = n.Shared
		}
		if s.RefreshStore != "memory" {
			decide.Families = n.Shared
		}
		if s.SharesRevocations() {
			decide.Blacklist, decide.Cutoffs = n.Shared, n.Shared
		}
	}
	o := app.Options{
		Name: n.Name, Kind: decide.Config.Kind, Node: decide, Clock: n.Clock, Work: n.Arch.App.Work, Bounds: Bounds(n.Arch.App),
		Presentation: Presentation(n.Arch), OnDecision: func(r app.Record) { n.Record(n.Decision(r)) },
	}
	if n.Late {
		o.WarmUp = WarmUp(n.Arch.App)
	}
	if n.Arch.App.OnOverload == scenario.Crash {
		o.OnOverload = n.OnOverload
	}
	if n.Ring != nil {
		decide.Keys, o.JWKS = n.Ring, n.Ring.PublicJWKS
	}
	return app.New(o)
}

// Bounds says how much a node takes on, in the words of app.
func Bounds(a scenario.App) app.Bounds {
	return app.Bounds{Capacity: a.Capacity, Queue: a.Queue, Patience: a.QueueTimeout}
}

// Late tells whether a boot of a node, by its number, begins during the run and
// not with it, so that the process is cold.
func Late(a scenario.Architecture, node, boot int) bool { return boot > 1 || node >= a.Nodes }

// WarmUp says how a process gets warm that starts during the run.
func WarmUp(a scenario.App) app.WarmUp { return app.WarmUp{Work: a.ColdWork, Over: a.WarmUp} }

// AuthConfig says the same in the words of auth.
func AuthConfig(a scenario.Architecture) auth.Config {
	s := a.Session
	conf := auth.Config{
		Kind: auth.Stateful, Idle: s.Idle, Absolute: s.Absolute, AccessTTL: s.AccessTTL, RefreshTTL: s.RefreshTTL,
		Rotation: s.Rotation, ReuseGrace: s.ReuseGrace, Leeway: s.Leeway,
		FailOpen: a.App.OnStoreError == scenario.Accept,
	}
	if s.Kind == "jwt" {
		conf.Kind = auth.Stateless
	}
	switch s.Revocation {
	case "local_blacklist", "shared_blacklist":
		conf.Revocation = auth.RevokeBlacklist
	case "refresh_deletion":
		conf.Revocation = auth.RevokeRefresh
	case scenario.UserBlock:
		conf.Revocation = auth.RevokeUser
	case scenario.UserNotBefore:
		conf.Revocation = auth.RevokeNotBefore
	}
	return conf
}

// Presentation says how the application answers.
func Presentation(a scenario.Architecture) auth.Presentation {
	return auth.Presentation{
		Cookies: a.Client.Kind == "browser", RejectWith: rejections[a.App.RejectsWith],
		CacheControl: a.App.CacheControl, ErrorCacheControl: a.App.ErrorCacheControl, ClearOnReject: a.App.ClearOnReject,
		Cookie:  attributes(a.Cookie),
		Rolling: a.Session.Rolling, StoreRejects: a.App.OnStoreError == scenario.Reject,
	}
}

// attributes are the cookies' as browsers read them: Domain in lower case and
// without a leading dot (RFC 6265bis section 5.6.3).
func attributes(c scenario.Cookie) auth.Attributes {
	a := auth.Attributes{Prefix: c.CookiePrefix(), Domain: strings.ToLower(strings.TrimPrefix(c.Domain, ".")), Path: c.Path, Secure: c.Secure, SameSite: sameSites[c.SameSite], NoSameSite: c.SameSite == "absent"}
	if c.ExpireEarlier {
		a.ExpireEarlier = c.EarlierPath
	}
	return a
}

var sameSites = map[string]string{"lax": "Lax", "strict": "Strict", "none": "None"}

var rejections = map[string]auth.RejectWith{
	"unauthorized": auth.Unauthorized, "forbidden": auth.Forbidden,
	"redirect": auth.Redirect, "login_page": auth.LoginPage,
}
