package fault

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/result"
)

// nodeSaid is a node's decision on a request.
func nodeSaid(at time.Duration, req int, node, reason string) history.Event {
	return decided(at, node, reason, 0, func(e *history.Event) { e.Req = req })
}

func timedOut(at time.Duration, req int, node string) history.Event {
	e := tried(at, req, node)
	e.Err = history.ErrTimeout
	return e
}

// TestReceiptsOfLinks: faults from 10 s to 20 s.
func TestReceiptsOfLinks(t *testing.T) {
	late := history.Params{"between": "[balancer, app-2]", "delay": "200ms", "jitter": "100ms", "mechanism": "a detour"}
	for name, c := range map[string]struct {
		fault  string
		params history.Params
		events events
		want   result.Receipt
	}{
		"partition of a node and the balancer": {
			"partition", history.Params{"between": "[balancer, app-2]"},
			events{
				tried(11*second, 1, "app-2"), answered(11*second, 1, 503, ""), // lost
				tried(12*second, 2, "app-2"), answered(12*second, 2, 200, ""), // sent on
				tried(13*second, 3, ""), answered(13*second, 3, 200, ""), // sent on; the balancer does not say from where
				tried(14*second, 4, "app-1"), answered(14*second, 4, 502, ""), // another node's trouble
				answered(15*second, 5, 0, history.ErrTimeout),                                                    // nobody says where
				nodeSaid(16*second, 6, "app-1", history.ReasonOK), answered(16*second, 6, 0, history.ErrTimeout), // elsewhere
				nodeSaid(17*second, 7, "app-2", history.ReasonOK), answered(17*second, 7, 200, ""), // over before
				nodeSaid(21*second, 8, "app-2", history.ReasonOK), sent(answered(21*second, 8, 200, ""), 19*second), // hung
				nodeSaid(22*second, 9, "app-2", history.ReasonOK), sent(answered(22*second, 9, 200, ""), 21*second), // afterwards
			},
			result.Receipt{DecisionsChanged: 2, RequestsCut: 2, Marks: 5},
		},
		"partition of cache and balancer": {
			"partition", history.Params{"between": "[cache, balancer]"},
			events{answered(11*second, 1, 503, ""), answered(12*second, 2, 200, "")},
			result.Receipt{DecisionsChanged: 1, RequestsCut: 1, Marks: 1},
		},
		"partition of a balancer of connections": {
			"partition", history.Params{"between": "[nodes, balancer]"},
			events{tried(11*second, 0, "app-1")},
			result.Receipt{Marks: 1},
		},
		"partition of a node and the store": {
			"partition", history.Params{"between": "[app-2, store]"},
			events{
				nodeSaid(11*second, 1, "app-2", history.ReasonStoreDown), answered(11*second, 1, 503, ""),
				nodeSaid(12*second, 2, "app-1", history.ReasonStoreDown), answered(12*second, 2, 503, ""), // not this one
				answered(13*second, 3, 0, history.ErrTimeout),              // the client is less patient than the node,
				nodeSaid(14*second, 3, "app-2", history.ReasonStoreDown),   // which is no second loss
				nodeSaid(15*second, 4, "app-2", history.ReasonOK),          // it needed nothing of the store
				nodeSaid(20*second+1, 5, "app-2", history.ReasonStoreDown), // it has not found the store again
			},
			result.Receipt{DecisionsChanged: 3, Rejections: 2, RequestsCut: 1, Marks: 3},
		},
		"latency": {
			"latency", late,
			events{
				nodeSaid(11*second, 1, "app-2", history.ReasonOK), sent(answered(11*second+100*time.Millisecond, 1, 200, ""), 11*second),
				nodeSaid(12*second, 2, "app-1", history.ReasonOK), sent(answered(13*second, 2, 200, ""), 12*second), // elsewhere
				nodeSaid(13*second, 3, "app-2", history.ReasonOK), sent(answered(13*second+99*time.Millisecond, 3, 200, ""), 13*second), // too soon
				nodeSaid(14*second, 4, "app-2", history.ReasonOK), sent(answered(15*second, 4, 0, history.ErrTimeout), 14*second),
			},
			result.Receipt{DecisionsChanged: 1, RequestsCut: 1, Marks: 2, Mechanism: "a detour"},
		},
		"latency that somebody has no patience for": {
			"latency", history.Params{"between": "[balancer, app-2]", "delay": "5s", "jitter": "0s"},
			events{
				sent(answered(12*second, 1, 0, history.ErrTimeout), 11*second),                                                    // the client
				nodeSaid(12*second, 2, "app-1", history.ReasonOK), sent(answered(13*second, 2, 0, history.ErrTimeout), 12*second), // of another node
				timedOut(14*second, 3, "app-2"), sent(answered(14*second, 3, 504, ""), 13*second), // the balancer
				timedOut(15*second, 4, "app-2"), sent(answered(15*second, 4, 200, ""), 14*second), // which then asked another
				sent(answered(16*second, 5, 504, ""), 15*second),                               // and which may say no more
				tried(17*second, 6, "app-2"), sent(answered(17*second, 6, 502, ""), 16*second), // something else
				sent(answered(18*second, 7, 503, ""), 17*second),                                                                      // and again
				sent(answered(18*second, 10, 0, history.ErrTimeout), 17*second),                                                       // which nobody says where,
				nodeSaid(18*second+1, 10, "app-1", history.ReasonOK),                                                                  // until another node does
				sent(answered(18*second, 11, 0, history.ErrTimeout), 17*second), nodeSaid(18*second+1, 11, "app-2", history.ReasonOK), // or this one
				timedOut(18*second, 9, "app-1"), sent(answered(18*second, 9, 504, ""), 17*second), // another node's trouble
				nodeSaid(19*second, 8, "app-2", history.ReasonOK), sent(answered(19*second, 8, 200, ""), 19*second-time.Millisecond), // late by nothing
			},
			result.Receipt{DecisionsChanged: 4, RequestsCut: 4, Marks: 5},
		},
		"latency that varies as much as it is": {
			"latency", history.Params{"between": "[balancer, app-2]", "delay": "2s", "jitter": "2s"},
			events{
				nodeSaid(12*second, 1, "app-2", history.ReasonOK), sent(answered(14*second, 1, 200, ""), 11*second),
				nodeSaid(12*second, 2, "app-2", history.ReasonOK), sent(answered(12*second, 2, 200, ""), 11*second),
			},
			result.Receipt{Marks: 1},
		},
		"latency of the store": {
			"latency", history.Params{"between": "[nodes, store]", "delay": "2s", "jitter": "0s"},
			events{nodeSaid(11*second, 1, "app-2", history.ReasonStoreDown), sent(answered(13*second, 1, 503, ""), 11*second)},
			result.Receipt{DecisionsChanged: 1, Rejections: 1, Marks: 1},
		},
		"resets": {
			"reset", history.Params{"between": "[balancer, nodes]", "percent": "20"},
			events{
				tried(11*second, 1, "app-2"), answered(11*second, 1, 502, ""),
				tried(12*second, 2, "app-2"), answered(12*second, 2, 200, ""), // sent on
				answered(13*second, 3, 0, history.ErrReset),
				answered(14*second, 4, 0, history.ErrTimeout), // something else
			},
			result.Receipt{DecisionsChanged: 2, RequestsCut: 2, Marks: 3},
		},
		"no traffic": {"reset", history.Params{"between": "[balancer, nodes]"}, nil, result.Receipt{}},
	} {
		t.Run(name, func(t *testing.T) {
			h, history := told([]span{{c.fault, "", 10 * second, 20 * second, c.params}}, c.events)
			got, vacuous, err := Receipts(h, history)
			require.NoError(t, err)
			require.Equal(t, []result.Receipt{c.want}, got)
			require.Equal(t, []bool{c.want.Marks == 0}, vacuous)
		})
	}
}
