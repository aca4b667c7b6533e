package workload

import (
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
	}
	ops = [...]string{
		client.OpLogin: history.OpLogin, client.OpPage: history.OpPage, client.OpRefresh: history.OpRefresh,
		client.OpLogout: history.OpLogout, client.OpLoginForm: history.OpLoginForm,
	}
	shown = [...]string{
		client.ShownPage: history.ShownPage, client.ShownLogin: history.ShownLogin,
		client.ShownError: history.ShownError, client.ShownDone: history.ShownDone,
	}
	gaveUp = [...]string{
		client.NotGivenUp: "", client.Rejected: history.GaveUpRejected,
		client.RefreshRejected: history.GaveUpRefreshRejected, client.RefreshNetwork: history.GaveUpRefreshNetwork,
		client.Network: history.GaveUpNetwork, client.NoCredential: history.GaveUpNoCredential,
	}
	failures = [...]string{
		client.NoFailure: "", client.Refused: history.ErrRefused,
		client.Reset: history.ErrReset, client.Timeout: history.ErrTimeout,
	}
	attempts = map[balancer.Failure]client.Failure{
		balancer.Refused: client.Refused, balancer.Reset: client.Reset, balancer.Timeout: client.Timeout,
	}
)

// clientConfig builds the clients' configuration from the (already checked)
// architecture.
func clientConfig(c scenario.Client) client.Config {
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
	if c.Kind == "spa" {
		conf.Kind = client.SPA
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
