package workload

import (
	"time"

	"github.com/logoutlab/logoutlab/fakes/balancer"
	"github.com/logoutlab/logoutlab/fakes/client"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// The history's words for the client's.
var (
	kinds = map[string]client.ActionKind{
		history.KindLogin: client.Login, history.KindPage: client.Page,
		history.KindLogout: client.Logout, history.KindReplay: client.Replay,
		history.KindForge: client.Forge,
	}
	ops = [...]string{
		client.OpLogin: history.OpLogin, client.OpPage: history.OpPage, client.OpRefresh: history.OpRefresh,
		client.OpLogout: history.OpLogout, client.OpLoginForm: history.OpLoginForm, client.OpHome: history.OpPage,
	}
	shown = [...]string{
		client.ShownPage: history.ShownPage, client.ShownLogin: history.ShownLogin,
		client.ShownError: history.ShownError, client.ShownDone: history.ShownDone,
	}
	gaveUp = [...]string{
		client.NotGivenUp: "", client.Rejected: history.GaveUpRejected,
		client.RefreshRejected: history.GaveUpRefreshRejected, client.RefreshNetwork: history.GaveUpRefreshNetwork,
		client.Network: history.GaveUpNetwork, client.NoCredential: history.GaveUpNoCredential,
		client.StorageLost: history.GaveUpStorage,
	}
	found = [...]string{
		client.NotRead: "", client.Found: history.ReadFound,
		client.Unreadable: history.ReadUnreadable, client.Gone: history.ReadGone,
	}
	after = [...]string{
		client.NoRestart: "", client.MemoryPressure: history.AfterMemoryPressure, client.OSUpdate: history.AfterOSUpdate,
		client.LockedStart: history.AfterLockedStart, client.Reboot: history.AfterReboot,
	}
	storages = map[string]client.Storage{
		"app_data": client.AppData, "keychain": client.Keychain, "keychain_after_first_unlock": client.KeychainAfterFirstUnlock,
	}
	failures = [...]string{
		client.NoFailure: "", client.Refused: history.ErrRefused,
		client.Reset: history.ErrReset, client.Timeout: history.ErrTimeout,
	}
	attempts = map[balancer.Failure]client.Failure{
		balancer.Refused: client.Refused, balancer.Reset: client.Reset, balancer.Timeout: client.Timeout,
	}
)

// Decide turns what the plan has in mind into what the user can do: whoever is
// at the login page logs in, and whoever is logged in need not.
func Decide(c *client.Client, planned string) string {
	in := c.LoggedIn()
	switch {
	case !in && (planned == history.KindPage || planned == history.KindLogout):
		return history.KindLogin
	case in && (planned == history.KindLogin || planned == history.KindReplay):
		return history.KindPage
	case planned == history.KindReplay && !c.CanReplay():
		return history.KindLogin
	}
	return planned
}

// ActionOf is what a client is told to do for an action of this kind. A
// login's slot names no page.
func ActionOf(id int, kind string, page int) client.Action {
	return client.Action{ID: id, Kind: kinds[kind], Page: max(page, 1)}
}

// Begun is the event of an action's start.
func Begun(at time.Duration, user, id int, kind string) history.Event {
	return history.Event{At: at, Type: history.Begin, User: user, Action: id, Kind: kind}
}

// Ended is the event of what the user was left with.
func Ended(at time.Duration, user int, kind string, out client.Outcome) history.Event {
	e := history.Event{
		At: at, Type: history.Action, User: user, Action: out.Action, Kind: kind,
		Shown: shown[out.Shown], Status: out.Status, Identity: out.Identity,
		LoggedOut: out.LoggedOut && kind != history.KindReplay && kind != history.KindForge, GaveUp: gaveUp[out.GaveUp], Read: found[out.Read], After: after[out.After],
	}
	e.Cookies = fates(out.Fates)
	return e
}

// Sent is the event of a response, as far as the request goes.
func Sent(at time.Duration, user, number int, r client.Request) history.Event {
	e := history.Event{
		Type: history.Response, User: user, Action: r.Action, Req: number,
		Op: ops[r.Op], Path: client.Path(r.Op, r.Page+r.Part), Replay: r.Attempt, Sent: at,
	}
	if r.Way != nil {
		e.Origin, e.Cookies = r.Way.To.String(), fates(r.Way.Fates)
	}
	return e
}

// Failed completes the event of a request without an answer.
func Failed(e *history.Event, f client.Failure) {
	e.Err, e.Status, e.Body = failures[f], 0, ""
}

// ClientConfig builds the clients' configuration from the (already checked)
// architecture.
func ClientConfig(a scenario.Architecture) client.Config {
	c := a.Client
	conf := client.Config{
		OnUnauthorized: c.RefreshOn == "unauthorized" || c.RefreshOn == "both",
		OnExpiry:       c.RefreshOn == "expiry" || c.RefreshOn == "both",
		Margin:         c.RefreshMargin,
		Retry:          c.Retry == "idempotent",
		RetryMax:       c.RetryMax,
		Backoff:        c.RetryBackoff,
		LogoutOnError:  c.OnError == "logout",
		Requests:       c.Requests,
	}
	switch c.Kind {
	case scenario.SPA:
		conf.Kind = client.SPA
	case scenario.Phone:
		conf.Kind, conf.Storage, conf.AwaitUnlock = client.SPA, storages[c.Storage], c.OnUnreadable == "wait"
	default:
		conf.Hosts, conf.Prefix = hosts(a.Hosts), a.Cookie.CookiePrefix()
	}
	switch c.Refresh {
	case "naive":
		conf.Refresh = client.Naive
	case "single_flight":
		conf.Refresh = client.SingleFlight
	default:
		conf.Refresh, conf.OnUnauthorized, conf.OnExpiry = client.NoRefresh, false, false
	}
	return conf
}
