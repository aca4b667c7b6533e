package nginx_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/substrate/container/nginx"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
)

// logLines are lines of nginx 1.22.1 and what they say; nil: nothing.
var logLines = []struct {
	text string
	want *proxies.Line
}{
	{`{"request":"17","nodes":"10.77.0.11:8080","connect_s":"0.001","header_s":"0.020","statuses":"200","status":200,"took_s":0.021,"cache":""}`,
		&proxies.Line{Request: "17", Tries: []proxies.Try{{Server: "10.77.0.11:8080"}}, Status: 200, Took: 21 * time.Millisecond}},
	{`{"request":"","nodes":"10.77.0.11:8080, 10.77.0.12:8080","connect_s":"-, 0.000","header_s":"-, 0.000","statuses":"502, 401","status":401,"took_s":0.001,"cache":""}`,
		&proxies.Line{Tries: []proxies.Try{{Server: "10.77.0.11:8080", Failure: history.ErrRefused}, {Server: "10.77.0.12:8080"}}, Status: 401, Took: time.Millisecond}},
	{`{"request":"5","nodes":"10.77.0.11:8080, 10.77.0.12:8080","connect_s":"0.000, 0.001","header_s":"-, -","statuses":"502, 504","status":504,"took_s":60.001,"cache":""}`,
		&proxies.Line{Request: "5", Tries: []proxies.Try{
			{Server: "10.77.0.11:8080", Failure: history.ErrReset}, {Server: "10.77.0.12:8080", Failure: history.ErrTimeout},
		}, Status: 504, Took: 60*time.Second + time.Millisecond}},
	{`{"request":"6","nodes":"nodes","connect_s":"-","header_s":"-","statuses":"502","status":502,"took_s":0.000,"cache":""}`,
		&proxies.Line{Request: "6", Status: 502}},
	{`{"request":"7","nodes":"10.77.0.11:8080","connect_s":"0.000","header_s":"-","statuses":"-","status":499,"took_s":0.100,"cache":""}`,
		&proxies.Line{Request: "7", Tries: []proxies.Try{{Server: "10.77.0.11:8080"}}, Took: 100 * time.Millisecond, Aborted: true}},
	{`{"request":"8","nodes":"","connect_s":"","header_s":"","statuses":"","status":200,"took_s":0.000,"cache":"HIT"}`,
		&proxies.Line{Request: "8", Status: 200, Cache: "hit"}},
	{`{"request":"9","nodes":"10.77.0.20:80","connect_s":"0.000","header_s":"0.000","statuses":"200","status":200,"took_s":0.000,"cache":"EXPIRED"}`,
		&proxies.Line{Request: "9", Tries: []proxies.Try{{Server: "10.77.0.20:80"}}, Status: 200, Cache: "miss"}},
	{`{"nodes":"10.77.0.11:8080","connect_s":"0.000","took_s":0.009}`,
		&proxies.Line{Tries: []proxies.Try{{Server: "10.77.0.11:8080", Failure: ""}}, Took: 9 * time.Millisecond}},
	{`{"nodes":"10.77.0.11:8080, 10.77.0.12:8080","connect_s":"-, 0.000","took_s":0.009}`,
		&proxies.Line{Tries: []proxies.Try{{Server: "10.77.0.11:8080", Failure: history.ErrRefused}, {Server: "10.77.0.12:8080"}}, Took: 9 * time.Millisecond}},
	{`2026/11/21 07:15:21 [error] 16117#16117: *2 upstream prematurely closed connection while reading response header from upstream`, nil},
	{`{"took_s":1}`, nil},
	{`{"nodes":""}`, nil},
	{`{"nodes":"","took_s":-1}`, nil},
	{`{"nodes":"","took_s":1e300}`, nil},
	{`{`, nil},
	{``, nil},
}

func TestParseLog(t *testing.T) {
	for _, tt := range logLines {
		got, ok := nginx.ParseLog(tt.text)
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
		l, ok := nginx.ParseLog(text)
		if !ok {
			require.Zero(t, l)
			return
		}
		require.GreaterOrEqual(t, l.Took, time.Duration(0))
		require.GreaterOrEqual(t, l.Status, 0)
	})
}
