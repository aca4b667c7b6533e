package haproxy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/substrate/container/haproxy"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
)

// try is a log line's only attempt.
func try(server, failure string) []proxies.Try {
	return []proxies.Try{{Server: server, Failure: failure}}
}

// logLines are lines of HAProxy 2.6.12 and what they say; nil: nothing.
var logLines = []struct {
	text string
	want *proxies.Line
}{
	{`{"request":"17","server":"app-1","retries":"0","status":200,"end":"--VN","wait_ms":0,"connect_ms":1,"response_ms":20,"took_ms":22}`,
		&proxies.Line{Request: "17", Tries: try("app-1", ""), Status: 200, Took: 22 * time.Millisecond}},
	{`{"request":"-","server":"app-1","retries":"0","status":401,"end":"----","wait_ms":0,"connect_ms":0,"response_ms":0,"took_ms":0}`,
		&proxies.Line{Tries: try("app-1", ""), Status: 401}},
	{`{"request":"5","server":"app-2","retries":"0","status":502,"end":"SHNN","wait_ms":0,"connect_ms":0,"response_ms":-1,"took_ms":10}`,
		&proxies.Line{Request: "5", Tries: try("app-2", history.ErrReset), Status: 502, Took: 10 * time.Millisecond}},
	{`{"request":"5","server":"app-2","retries":"0","status":503,"end":"SCNN","wait_ms":0,"connect_ms":-1,"response_ms":-1,"took_ms":10}`,
		&proxies.Line{Request: "5", Tries: try("app-2", history.ErrRefused), Status: 503, Took: 10 * time.Millisecond}},
	{`{"request":"5","server":"app-2","retries":"0","status":504,"end":"sHNN","wait_ms":0,"connect_ms":0,"response_ms":-1,"took_ms":60000}`,
		&proxies.Line{Request: "5", Tries: try("app-2", history.ErrTimeout), Status: 504, Took: time.Minute}},
	{`{"request":"6","server":"app-2","retries":"+1","status":200,"end":"--DI","wait_ms":0,"connect_ms":0,"response_ms":0,"took_ms":1}`,
		&proxies.Line{Request: "6", Tries: []proxies.Try{{Failure: history.ErrOther}, {Server: "app-2"}}, Status: 200, Took: time.Millisecond}},
	{`{"request":"7","server":"<NOSRV>","retries":"0","status":503,"end":"SCNN","wait_ms":-1,"connect_ms":-1,"response_ms":-1,"took_ms":0}`,
		&proxies.Line{Request: "7", Status: 503}},
	{`{"request":"8","server":"app-1","retries":"0","status":-1,"end":"CHVN","wait_ms":0,"connect_ms":0,"response_ms":-1,"took_ms":100}`,
		&proxies.Line{Request: "8", Tries: try("app-1", ""), Took: 100 * time.Millisecond, Aborted: true}},
	{`{"server":"app-3","retries":"0","end":"--","wait_ms":1,"connect_ms":0,"took_ms":9}`,
		&proxies.Line{Tries: try("app-3", ""), Took: 9 * time.Millisecond}},
	{`Server nodes/app-1 is DOWN, reason: Layer4 connection problem, info: "Connection refused", check duration: 0ms. 2 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.`,
		&proxies.Line{Node: "app-1", State: history.StateDown}},
	{`Server nodes/app-1 is UP, reason: Layer7 check passed, code: 200, check duration: 0ms. 3 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.`,
		&proxies.Line{Node: "app-1", State: history.StateUp}},
	{`Server nodes/app-1 is going DOWN for maintenance. 1 active and 0 backup servers left. 1 sessions active, 0 requeued, 0 remaining in queue.`,
		&proxies.Line{Node: "app-1", State: history.StateDraining}},
	{`Server nodes/app-1 enters drain state. 1 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.`,
		&proxies.Line{Node: "app-1", State: history.StateDraining}},
	{`Server nodes/app-1 is UP/READY (leaving forced maintenance).`,
		&proxies.Line{Node: "app-1", State: history.StateUp}},
	{`[WARNING]  (6472) : Server nodes/app-1 is DOWN, reason: Layer4 connection problem`, nil},
	{`[NOTICE]   (6470) : Loading success.`, nil},
	{`Server nodes/app-1 sleeps.`, nil},
	{`Server is UP`, nil},
	{`{"request":"1"`, nil},
	{`{"request":"1","end":"-"}`, nil},
	{``, nil},
}

func TestParseLog(t *testing.T) {
	for _, tt := range logLines {
		got, ok := haproxy.ParseLog(tt.text)
		require.Equal(t, tt.want != nil, ok, tt.text)
		if tt.want != nil {
			require.Equal(t, *tt.want, got, tt.text)
		}
	}
}

func FuzzParseLog(f *testing.F) {
	for _, tt := range logLines {
		f.Add(tt.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, ok := haproxy.ParseLog(text)
		if !ok {
			require.Zero(t, l)
			return
		}
		require.Equal(t, l.Node == "", l.State == "", "a node's state, or neither")
		require.GreaterOrEqual(t, l.Took, time.Duration(0))
		require.GreaterOrEqual(t, l.Status, 0)
	})
}
