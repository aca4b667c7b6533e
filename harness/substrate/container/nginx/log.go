package nginx

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
)

// The log lines: JSON, in the variables of
// https://nginx.org/en/docs/http/ngx_http_upstream_module.html#variables and
// https://nginx.org/en/docs/stream/ngx_stream_upstream_module.html#variables.
const (
	requestFormat    = `{"request":"$http_x_request_id","nodes":"$upstream_addr","connect_s":"$upstream_connect_time","header_s":"$upstream_header_time","statuses":"$upstream_status","status":$status,"took_s":$request_time,"cache":"$upstream_cache_status"}`
	connectionFormat = `{"nodes":"$upstream_addr","connect_s":"$upstream_connect_time","took_s":$session_time}`
)

// entry is one of our log lines. A field about nodes has one value for each
// attempt, separated by commas; "-": it did not come to that.
type entry struct {
	Request  *string  `json:"request"` // nil: of a connection
	Nodes    *string  `json:"nodes"`
	Connect  string   `json:"connect_s"`
	Header   string   `json:"header_s"`
	Statuses string   `json:"statuses"`
	Status   int      `json:"status"`
	Took     *float64 `json:"took_s"`
	Cache    string   `json:"cache"` // HIT, MISS, EXPIRED, ...; "": the cache was not asked
}

// clientClosed is nginx's own status for a client that went away.
const clientClosed = 499

// ParseLog reads one line of nginx's output. Attempts are named by address.
func ParseLog(line string) (proxies.Line, bool) {
	var e entry
	if !strings.HasPrefix(line, "{") || json.Unmarshal([]byte(line), &e) != nil || e.Nodes == nil || e.Took == nil ||
		*e.Took < 0 || *e.Took > maxTook.Seconds() {
		return proxies.Line{}, false
	}
	l := proxies.Line{Took: time.Duration(*e.Took * float64(time.Second)), Tries: e.tries()}
	if e.Request == nil {
		return l, true
	}
	l.Request = *e.Request
	l.Status = max(e.Status, 0)
	if e.Status == clientClosed {
		l.Status, l.Aborted = 0, true
		if n := len(l.Tries); n > 0 {
			l.Tries[n-1].Failure = "" // the node is not to blame
		}
	}
	l.Cache = cached(e.Cache)
	return l, true
}

// maxTook is longer than any line of ours says.
const maxTook = 365 * 24 * time.Hour

// tries reads the attempts. The name of a group of servers stands for an
// attempt that found none of them available.
func (e *entry) tries() []proxies.Try {
	var all []proxies.Try
	connects, headers, statuses := split(e.Connect), split(e.Header), split(e.Statuses)
	for i, node := range split(*e.Nodes) {
		if !strings.Contains(node, ":") {
			continue
		}
		t := proxies.Try{Server: node}
		switch {
		case at(statuses, i) == "504":
			t.Failure = history.ErrTimeout
		case at(connects, i) == "-":
			t.Failure = history.ErrRefused
		case at(headers, i) == "-":
			t.Failure = history.ErrReset
		}
		all = append(all, t)
	}
	return all
}

func split(field string) []string {
	if field == "" {
		return nil
	}
	return strings.Split(field, ", ")
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

func cached(status string) string {
	switch status {
	case "", "-":
		return ""
	case "HIT":
		return "hit"
	case "BYPASS":
		return "pass"
	}
	return "miss"
}
