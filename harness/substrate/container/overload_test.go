package container_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/app"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/substrate/container"
	"github.com/logoutlab/logoutlab/harness/substrate/container/containertest"
	"github.com/logoutlab/logoutlab/harness/workload"
)

// A node that dies of overload comes back by itself; one that a fault kills
// meanwhile comes back with the fault's end.
func TestOverload(t *testing.T) {
	containertest.Require(t, "haproxy")
	c, record := up(t, &container.Substrate{}, "nodes: 1, session: {kind: memory}, app: {work: 30s, capacity: 1, queue: 1, on_overload: crash, restart: 1s}")
	states := func() (said []string) {
		for e := range record.Events() {
			if e.Type == history.Node {
				said = append(said, e.State)
			}
		}
		return said
	}
	become := func(want ...string) {
		t.Helper()
		require.Eventually(t, func() bool { return len(states()) == len(want) }, 20*time.Second, 10*time.Millisecond, "%v", want)
		require.Equal(t, want, states())
	}
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	tr := &http.Transport{DialContext: workload.Dialer(nil, true), DisableKeepAlives: true}
	defer tr.CloseIdleConnections()
	user := &http.Client{Jar: jar, Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	rush := func() {
		res, err := user.PostForm(c.URL()+"/login", url.Values{"user": {"u1"}, "password": {app.Password(1)}})
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, http.StatusSeeOther, res.StatusCode)
		statuses := make(chan int, 3)
		for range 3 {
			go func() {
				res, err := user.Get(c.URL() + "/page/1")
				if err != nil {
					statuses <- 0
					return
				}
				_ = res.Body.Close()
				statuses <- res.StatusCode
			}()
		}
		for range 3 {
			require.NotEqual(t, http.StatusOK, <-statuses)
		}
	}
	rush()
	become("up", "crashed", "up")
	rush()
	become("up", "crashed", "up", "crashed")
	require.NoError(t, c.KillNode(0))
	require.NoError(t, c.StartNode(0))
	become("up", "crashed", "up", "crashed", "up")
}
