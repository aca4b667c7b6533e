package haproxy

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
)

// The log lines: JSON, in the fields of https://docs.haproxy.org/2.6/configuration.html#8.2.6.
const (
	requestFormat    = `{"request":"%[capture.req.hdr(0),json(utf8s)]","server":"%s","retries":"%rc","status":%ST,"end":"%tsc","wait_ms":%Tw,"connect_ms":%Tc,"response_ms":%Tr,"took_ms":%Ta}`
	connectionFormat = `{"server":"%s","retries":"%rc","end":"%ts","wait_ms":%Tw,"connect_ms":%Tc,"took_ms":%Tt}`
)

// entry is one of our log lines. Times are milliseconds; -1: never reached.
type entry struct {
	Request string `json:"request"` // X-Request-Id; "-": none
	Server  string `json:"server"`
	Retries string `json:"retries"` // "+2": two, the last on another server
	Status  int    `json:"status"`  // -1: none
	End     string `json:"end"`     // the termination state, https://docs.haproxy.org/2.6/configuration.html#8.5
	TookMs  int64  `json:"took_ms"`
}

// ParseLog reads one line of HAProxy's output. HAProxy names the server of the
// last attempt only: the attempts before it have neither name nor exact cause.
func ParseLog(line string) (proxies.Line, bool) {
	if !strings.HasPrefix(line, "{") {
		return parseState(line)
	}
	var e entry
	if json.Unmarshal([]byte(line), &e) != nil || len(e.End) < 2 || e.TookMs > maxTook.Milliseconds() {
		return proxies.Line{}, false
	}
	l := proxies.Line{
		Status:  max(e.Status, 0),
		Took:    time.Duration(max(e.TookMs, 0)) * time.Millisecond,
		Aborted: e.End[0] == 'C' || e.End[0] == 'c',
	}
	if e.Request != "-" {
		l.Request = e.Request
	}
	retries, _ := strconv.Atoi(e.Retries) // "+1" is a number too
	for range min(max(retries, 0), maxRetries) {
		l.Tries = append(l.Tries, proxies.Try{Failure: history.ErrOther})
	}
	if !strings.HasPrefix(e.Server, "<") { // <NOSRV>
		l.Tries = append(l.Tries, proxies.Try{Server: e.Server, Failure: failure(e.End)})
	}
	return l, true
}

// More than any line of ours says.
const (
	maxRetries = 100
	maxTook    = 365 * 24 * time.Hour
)

// failure reads the first two letters of a termination state: who ended the
// session, and when.
func failure(end string) string {
	during := end[1]
	switch end[0] {
	case 'S', 'K', 'D', 'P': // the server; an administrator; the server went down; the proxy
		if during == 'C' {
			return history.ErrRefused
		}
		if during == 'H' || during == 'D' || during == 'L' {
			return history.ErrReset
		}
	case 's':
		return history.ErrTimeout
	}
	return ""
}

// states are HAProxy's words about a server, as they begin. What begins alike
// stands with the longer one first.
var states = []struct{ says, state string }{
	{"is going DOWN for maintenance", history.StateDraining},
	{"was DOWN and now enters maintenance", history.StateDraining},
	{"enters drain state", history.StateDraining},
	{"is DOWN", history.StateDown},
	{"is UP", history.StateUp},
}

// parseState reads HAProxy's own words about a server, such as
//
//	Server nodes/app-1 is DOWN, reason: Layer4 connection problem, ...
//
// A copy of them on standard error begins otherwise, and is left out.
func parseState(line string) (proxies.Line, bool) {
	rest, ok := strings.CutPrefix(line, "Server ")
	name, says, _ := strings.Cut(rest, " ")
	_, server, qualified := strings.Cut(name, "/")
	if !ok || !qualified || server == "" {
		return proxies.Line{}, false
	}
	for _, s := range states {
		if strings.HasPrefix(says, s.says) {
			return proxies.Line{Node: server, State: s.state}, true
		}
	}
	return proxies.Line{}, false
}
