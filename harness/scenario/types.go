package scenario

import (
	"slices"
	"time"
)

// Scenario is one file: a system, a workload, and variants of both.
type Scenario struct {
	Name     string // as in the file, e.g. "clock-skew"
	Title    string
	Culprit  string // the catalogue's number of the cause, e.g. "1a"
	About    About
	Seed     *uint64 // of its runs, unless another is given; nil if the file pins none
	File     string
	Source   []byte
	Variants []Variant // in file order; the first is the one that shows the bug
}

// About explains a scenario to whoever has the problem, in plain text; a part
// that the file does not have is empty.
type About struct {
	Sees    string // what the user sees
	Why     string // why it happens
	Confirm string // how to confirm it in production
	Cures   string // the cures and their price
}

// Topic is one part of an [About].
type Topic struct {
	Field string // of the file, under about
	Asks  string // as a heading
	Text  string
}

// Topics are the parts of it that there are, in order.
func (a About) Topics() []Topic {
	all := topics(&a)
	var out []Topic
	for _, t := range all {
		if *t.to != "" {
			out = append(out, Topic{t.field, t.asks, *t.to})
		}
	}
	return out
}

// Variant is one concrete form of a scenario: the architecture and workload
// with the variant's `with` laid over them, its faults and its expectations.
type Variant struct {
	Name         string
	Title        string
	Line         int
	Architecture Architecture
	Workload     Workload
	Script       []Action // what the users do, by user and time; nil: it is drawn as the workload says
	Faults       []Fault
	Expect       []Expectation

	where map[string]Position // fields that the file sets, by dotted path
}

// Architecture is the system under test. Durations are realistic ones; the
// plan compresses them.
type Architecture struct {
	Nodes    int
	App      App
	Network  Network
	Balancer Balancer
	Session  Session
	Cookie   Cookie
	Hosts    Hosts
	Cache    Cache
	Client   Client
	Promise  Promise
}

// App is how the application answers.
type App struct {
	RejectsWith       string        // unauthorized (401), forbidden (403 with a challenge), redirect (302 to /login), login_page (200)
	CacheControl      string        // Cache-Control of pages; default "private"
	ErrorCacheControl string        // Cache-Control of rejections; default none
	Work              time.Duration // how long a page takes to make
	WarmUp            time.Duration // how long a process that starts during the run is slower
	ColdWork          time.Duration // how long a page takes to make when it starts
	ClearOnReject     bool          // a rejection expires the client's cookies
	Capacity          int           // requests that a node works on at once; 0: no bound
	Queue             int           // further requests that wait until it has room
	QueueTimeout      time.Duration // how long one waits at most; 0: no limit
	OnStoreError      string        // error (503), reject, accept: what a request does that the store does not answer for
	OnOverload        string        // reject (503), crash: what the request does that finds the queue full
	Restart           time.Duration // crash: how long the node is away
}

// Network is how long things are on their way in the simulator. Real parts are
// as fast as the machine.
type Network struct {
	User     time.Duration // between a user and the front
	Internal time.Duration // between two parts
}

// Balancer is the load balancer. Stickiness follows AWS ALB's two kinds.
type Balancer struct {
	Policy     string // round_robin, random, least_conn, source_hash
	Per        string // request (layer 7), connection (layer 4)
	Protocol   string // http1, h2c
	Stickiness string // none, lb_cookie, app_cookie
	StickyTTL  time.Duration
	StickyMax  int           // requests under way from which on a node's users are balanced anew; 0: no bound
	SlowStart  time.Duration // how long a node that comes up takes until it has its full share; 0: it has it at once
	AppCookie  string        // the application's cookie that app_cookie follows
	Health     Health
	Drain      time.Duration // how long a draining node may finish its requests; 0: no draining
	Retries    int           // further attempts on another node when the connection fails
	RetryOn    string        // conn_failure (nothing was sent), or any_failure (idempotent requests too, once sent)
	Config     Config        // in place of all that says how to balance
	KeepAlive  time.Duration // clients keep idle connections this long; 0: each request has its own
}

// Config is a configuration of the user's own for a real product.
type Config struct {
	File string // as the scenario names it; "": there is none
	Path string // where it was read from
	Text string // what it holds; see [Scenario.ReadConfigs]
}

// Health is the active health check.
type Health struct {
	Interval time.Duration // 0: no checks
	Timeout  time.Duration
	Rise     int
	Fall     int
}

// Session is how a login is remembered.
type Session struct {
	Kind         string // memory, redis, memcached, jwt
	Alg          string // jwt: HS256, RS256, ES256
	Keys         string // jwt: shared, per_node, jwks
	AccessTTL    time.Duration
	RefreshTTL   time.Duration
	Rotation     bool          // refresh tokens are used once (RFC 9700 section 4.14.2)
	ReuseGrace   time.Duration // a refresh token rotated this recently may be used again
	Leeway       time.Duration
	Revocation   string        // none, local_blacklist, shared_blacklist, refresh_deletion, user_block, user_not_before
	RefreshStore string        // memory, redis, memcached: where token families live
	Idle         time.Duration // not jwt: idle life of a session
	Absolute     time.Duration // not jwt: absolute life of a session
	Rolling      bool          // not jwt: every page sets the session's cookie again
	JWKSRefetch  bool          // jwks: fetch the key set again on an unknown kid
	Replica      bool          // the shared Redis has a replica
	MinReplicas  int           // how many must follow for it to take writes
	Eviction     string        // of a shared Redis whose memory is full: allkeys_random, noeviction
}

// Store is the product that nodes share what they remember in: redis or
// memcached; "" if each node remembers on its own.
func (s Session) Store() string {
	switch {
	case s.Kind == redis, s.Kind == memcached:
		return s.Kind
	case s.Kind == jwt && s.RefreshTTL > 0 && s.RefreshStore != memory:
		return s.RefreshStore
	case s.SharesRevocations() && s.RefreshStore == memcached:
		return memcached
	case s.SharesRevocations():
		return redis
	}
	return ""
}

// SharesRevocations tells whether a logout leaves something in the store that
// nodes share.
func (s Session) SharesRevocations() bool {
	return s.Kind == jwt && slices.Contains([]string{sharedBlacklist, UserBlock, UserNotBefore}, s.Revocation)
}

// Cookie is how the application sets its cookies, for a browser.
type Cookie struct {
	Prefix        string // none, __Secure-, __Host-
	Domain        string // "": the host alone that sets it
	Path          string
	Secure        bool
	SameSite      string // lax, strict, none, absent
	EarlierPath   string // that an earlier release set it with, and browsers still hold one; "": there was none
	ExpireEarlier bool   // a login expires that one
}

// CookiePrefix is what the cookies' names begin with.
func (c Cookie) CookiePrefix() string {
	if c.Prefix == none {
		return ""
	}
	return c.Prefix
}

// Hosts is where a browser finds the application, as origins such as
// https://www.example.test.
type Hosts struct {
	Home       string // "": one host, which counts as secure
	Other      string // of some pages; "": of none
	OtherEvery int    // every page whose number is a multiple of this
	SignIn     string // of the identity provider that a login comes back from; "": the application asks for the password
}

// Cache is the caching proxy in front of the balancer. The zero value of each
// option follows RFC 9111; each option is a known misconfiguration.
type Cache struct {
	Enabled            bool
	Cache401           time.Duration // store a 401 this long, unless its Cache-Control forbids it (nginx proxy_cache_valid)
	IgnoreCacheControl time.Duration // store every 200 this long whatever it says
	IgnoreVary         bool
	IgnoreAuth         bool // store answers to requests with Authorization
	CacheSetCookie     bool // store and replay Set-Cookie
	Never4xx           bool // never store a 4xx, not even an explicitly cacheable one
}

// Client is the user's side.
type Client struct {
	Kind          string        // browser (cookies), spa (bearer tokens), phone (bearer tokens in a storage)
	Storage       string        // phone: app_data, keychain, keychain_after_first_unlock
	OnUnreadable  string        // phone: logout, wait
	Refresh       string        // none, naive, single_flight
	RefreshOn     string        // unauthorized (after a 401), expiry (own clock), both
	RefreshMargin time.Duration // expiry: renew this long before the token ends
	Retry         string        // none, idempotent
	RetryMax      int
	RetryBackoff  time.Duration // before the first retry; doubles
	OnError       string        // show_error, logout: what a network error or 5xx does to a login
	Requests      int           // parallel requests a page
	Pages         int           // number of different pages that users open
	Timeout       time.Duration
}

// Promise is what the architecture owes its users.
type Promise struct {
	Idle       time.Duration
	Absolute   time.Duration
	Revocation time.Duration
}

// Workload is what the users do.
type Workload struct {
	Users       int
	Think       time.Duration // mean pause between two actions of a user
	Duration    time.Duration
	LogoutEvery int // a user logs out after this many pages on average; 0: never
	Replays     int // pages opened with a kept copy of the credentials after each logout
	ForgeEvery  int // one of this many pages is asked for by somebody with forged tokens; 0: none
}

// Action is one thing that a user does in a script.
type Action struct {
	User int           // 1-based
	At   time.Duration // before compression
	Do   string        // login, page, logout, replay, forge
	Page int           // page, replay, forge: which one, 1-based
	Line int
	Col  int
}

// Fault is one thing injected.
type Fault struct {
	Name   string
	At     time.Duration
	For    time.Duration // 0: until the end
	Params Params
	Line   int
	Col    int
}

// Params are a fault's own settings; which ones a fault takes is in [FaultSpec].
type Params struct {
	Node    int           // 0-based; -1: all nodes; [Store]: none of them
	Offset  time.Duration // clock_skew, clock_jump
	Key     string        // key_mismatch: random, default, empty
	Overlap time.Duration // key_rotation

	Fallback string        // missing_secret: random, default, empty, or [RefuseToStart]
	Drain    bool          // node_stop, node_restart, scale
	To       int           // scale: how many nodes
	Every    time.Duration // connection_cut, balancer_reload, node_restart
	Idle     time.Duration // connection_cut: how long a connection carried nothing; 0: it is cut whatever it carries
	Down     time.Duration // node_restart: how long the node is away
	Between  Pair          // partition, latency, reset
	Delay    time.Duration // latency, in real time
	Jitter   time.Duration // latency, in real time
	Percent  int           // reset: of what is sent; app_restart: of the phones
	After    string        // app_restart: memory_pressure, os_update, locked_start, reboot
	Keep     int           // store_evict: percent
	Lag      time.Duration // store_failover
}

// Expectation is one line of `expect`.
type Expectation struct {
	Metric string
	Bound  Bound
	Cause  string // at least 99 % of what Metric counts has this cause
	Only   string // the balancer product that it is for; "": any, and our own
	Except string // the balancer product that it is not for; "": none
	Line   int
	Col    int
}
