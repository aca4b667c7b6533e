package bulk

import (
	"time"

	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/plan"
)

// row is all that is known of one user between two of their actions.
type row struct {
	free   time.Duration // when the latest action was over
	ledger oracle.Ledger
	expiry time.Duration // an SPA's: of the access token, by the own clock; a browser's: of the refresh token's cookie

	// The login that the client holds: a session, or tokens and their family.
	// Times are true ones; what a node's clock said follows from them.
	issued  time.Duration // of the session or family
	latest  time.Duration // stateful: of the latest page; else of the access token's issue
	end     time.Duration // stateful: of the session, as the latest page found it
	bound   time.Duration // when the balancer's cookie ends
	throws  uint32        // of the balancer's dice
	boot    uint16        // of the node that issued it
	node    uint8         // that issued it
	touched uint8         // stateful: node of the latest page; else that issued the access token
	sticky  uint8         // node in the balancer's cookie
	flags   flags
}

type flags uint8

const (
	in        flags = 1 << iota // the client holds a login
	used                        // the session has opened a page
	moves                       // its end moves with its use
	stuck                       // the client has the balancer's cookie
	harmed                      // the user had a logout that should not have been
	busy                        // an action is under way
	renewable                   // the client has a refresh token
	thrown                      // the user was logged out though promised to be in
)

func (r *row) has(f flags) bool { return r.flags&f != 0 }

func (r *row) set(f flags, on bool) {
	r.flags &^= f
	if on {
		r.flags |= f
	}
}

// What a request asks for.
const (
	opLogin uint8 = iota
	opPage
	opRefresh
	opLogout
	opForm // the login page that a browser is sent to
)

// flight is an action under way.
type flight struct {
	user int32
	kind plan.Kind
	page int32
	op   uint8 // of the latest request
	progress
	due     time.Duration // its slot
	begun   time.Duration
	sent    time.Duration // the latest request
	tried   uint64        // nodes
	refusal refusal
	next    int32
}

// progress is how far an action has come.
type progress struct {
	renewed bool // a rejection has led to a renewal
	bare    bool // a request was refused that presented nothing
	failed  bool // a request met a failure
	retries uint8
	tries   uint8 // of its renewal
	attempt uint8 // of the balancer, at the latest request
	status  int16 // of the redirect that is being followed

	met       uint64 // nodes at which an attempt of the latest request failed
	changed   int8   // the fault that changed what came of the latest request, counted from 1; 0: none did
	bareBy    int8   // so of the latest that presented nothing,
	failedBy  int8   // of the latest that failed,
	refusedBy int8   // and of the latest that was refused
}

// refusal is the latest answer that refused the user, with its evidence.
type refusal struct {
	known  bool
	reason reason
	at     time.Duration
	expIn  time.Duration
	iatIn  time.Duration
	leeway time.Duration
	here   time.Duration // how far the clock was off that it was decided by
	there  time.Duration // and that which set its times

	decider, setter uint8 // whose clocks those are, where there are faults
}

type reason uint8

const (
	reasonOK reason = iota
	reasonNothing
	reasonExpired
	reasonNotYet
	reasonIdle
	reasonUnknown
	reasonCached // no node decided: the answer came from a cache
)
