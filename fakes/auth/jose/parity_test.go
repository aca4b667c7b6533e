package jose_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/auth/jose"
	"github.com/logoutlab/logoutlab/fakes/store"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 123_456_789, time.UTC)

// issuer is who signs a token, as the node sees it.
type issuer string

const (
	own         issuer = "own"          // the node itself
	trusted     issuer = "trusted"      // another key that it trusts
	otherSecret issuer = "other secret" // another key under the node's own key id
	unknownKid  issuer = "unknown kid"
	unsigned    issuer = "unsigned" // alg none
	garbage     issuer = "garbage"
)

// world is a node, and everybody who could have signed what it is shown.
type world struct {
	node *auth.Node
	sign func(by issuer, c auth.Claims) auth.Token
}

func config() auth.Config {
	return auth.Config{
		Kind: auth.Stateless, AccessTTL: 15 * time.Minute, RefreshTTL: 24 * time.Hour, Rotation: true,
		ReuseGrace: 10 * time.Second, Leeway: 30 * time.Second, Revocation: auth.RevokeBlacklist,
	}
}

type counter struct{ n uint64 }

func (c *counter) NewID() uint64 { c.n++; return c.n }

func newNode(keys auth.Keys) *auth.Node {
	m := store.NewMemory()
	return &auth.Node{Config: config(), Keys: keys, Families: m, Blacklist: m, IDs: &counter{}}
}

func symbolicWorld() world {
	keys := map[issuer]auth.SymbolicKey{
		own: {Kid: 1, Secret: 1}, trusted: {Kid: 2, Secret: 2}, otherSecret: {Kid: 1, Secret: 3}, unknownKid: {Kid: 4, Secret: 4},
	}
	return world{
		node: newNode(auth.NewSymbolic(keys[own], keys[trusted])),
		sign: func(by issuer, c auth.Claims) auth.Token {
			switch by {
			case unsigned:
				return auth.Token{Claims: c, Kid: keys[own].Kid, Secret: auth.Unsigned}
			case garbage:
				return auth.Token{Claims: c, Kid: keys[own].Kid, Secret: auth.Garbage}
			}
			t, _, _ := auth.NewSymbolic(keys[by]).Sign(c)
			return t
		},
	}
}

func realWorld(t *testing.T, alg string) world {
	rings := map[issuer]*jose.Ring{}
	keys := map[issuer]jose.Key{}
	for by, kid := range map[issuer]string{own: "1", trusted: "2", otherSecret: "1", unknownKid: "4"} {
		keys[by] = newKey(t, alg, kid)
		rings[by] = newRing(t, keys[by])
	}
	require.NoError(t, rings[own].AddVerifier(keys[trusted]))
	return world{
		node: newNode(rings[own]),
		sign: func(by issuer, c auth.Claims) auth.Token {
			switch by {
			case unsigned:
				genuine, _, _ := rings[own].Sign(c)
				return auth.Token{Text: segment(map[string]string{"alg": "none", "kid": "1"}) + "." + payloadOf(genuine.Text) + "."}
			case garbage:
				return auth.Token{Text: "not.a.token"}
			}
			token, _, _ := rings[by].Sign(c)
			return token
		},
	}
}

func newKey(t testing.TB, alg, kid string) jose.Key {
	t.Helper()
	k, err := jose.GenerateKey(alg, kid, rand.Reader)
	require.NoError(t, err)
	return k
}

func newRing(t testing.TB, signer jose.Key, others ...jose.Key) *jose.Ring {
	t.Helper()
	r, err := jose.NewRing(signer, epoch, others...)
	require.NoError(t, err)
	return r
}

func segment(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// script is what a case does; it returns all decisions.
type script func(w world) []auth.Decision

// show presents one token with the given times as an access token, at 0.
func show(by issuer, use auth.Use, issued, expires time.Duration) script {
	return func(w world) []auth.Decision {
		c := auth.Claims{User: 7, Family: 1<<64 - 1, ID: 1<<63 + 5, Use: use, Issued: issued, Expires: expires}
		d, _ := w.node.Serve(auth.Request{Op: auth.Page, Access: w.sign(by, c)}, 0)
		return []auth.Decision{d}
	}
}

func showAccess(by issuer, issued, expires time.Duration) script {
	return show(by, auth.Access, issued, expires)
}

// session logs in at 0 and goes on with what the login granted.
func session(steps func(w world, g auth.Grant) []auth.Decision) script {
	return func(w world) []auth.Decision {
		d, g := w.node.Serve(auth.Request{Op: auth.Login, User: 7}, 0)
		return append([]auth.Decision{d}, steps(w, g)...)
	}
}

func renew(w world, t auth.Token, at time.Duration) (auth.Decision, auth.Grant) {
	return w.node.Serve(auth.Request{Op: auth.Renew, Refresh: t}, at)
}

func page(w world, t auth.Token, at time.Duration) auth.Decision {
	d, _ := w.node.Serve(auth.Request{Op: auth.Page, Access: t}, at)
	return d
}

const ms = time.Millisecond

var parityCases = []struct {
	name string
	run  script
	want []auth.Reason
}{
	{"valid", showAccess(own, -time.Minute, time.Minute), []auth.Reason{auth.ReasonOK}},
	{"valid, from a trusted key", showAccess(trusted, 0, ms), []auth.Reason{auth.ReasonOK}},
	{"expires now, leeway", showAccess(own, -time.Minute, 0), []auth.Reason{auth.ReasonOKLeeway}},
	{"last moment of leeway", showAccess(own, -time.Hour, -30*time.Second+ms), []auth.Reason{auth.ReasonOKLeeway}},
	{"expired", showAccess(own, -time.Hour, -30*time.Second), []auth.Reason{auth.ReasonExpired}},
	{"iat ahead, leeway", showAccess(own, 30*time.Second, time.Hour), []auth.Reason{auth.ReasonOKLeeway}},
	{"iat ahead", showAccess(own, 30*time.Second+ms, time.Hour), []auth.Reason{auth.ReasonNotYet}},
	{"other secret, same kid", showAccess(otherSecret, 0, time.Hour), []auth.Reason{auth.ReasonBadSignature}},
	{"unknown kid", showAccess(unknownKid, 0, time.Hour), []auth.Reason{auth.ReasonUnknownKey}},
	{"alg none", showAccess(unsigned, 0, time.Hour), []auth.Reason{auth.ReasonAlg}},
	{"garbage", showAccess(garbage, 0, time.Hour), []auth.Reason{auth.ReasonMalformed}},
	{"refresh as access", show(own, auth.Refresh, 0, time.Hour), []auth.Reason{auth.ReasonMalformed}},
	{"nothing", func(w world) []auth.Decision { return []auth.Decision{page(w, auth.Token{}, 0)} }, []auth.Reason{auth.ReasonNoCredential}},
	{"access as refresh", session(func(w world, g auth.Grant) []auth.Decision {
		d, _ := renew(w, g.Access, ms)
		return []auth.Decision{d}
	}), []auth.Reason{auth.ReasonOK, auth.ReasonMalformed}},
	{"login and page", session(func(w world, g auth.Grant) []auth.Decision {
		return []auth.Decision{page(w, g.Access, 14*time.Minute), page(w, g.Access, 16*time.Minute)}
	}), []auth.Reason{auth.ReasonOK, auth.ReasonOK, auth.ReasonExpired}},
	{"grace", session(func(w world, g auth.Grant) []auth.Decision {
		d1, g1 := renew(w, g.Refresh, time.Minute)
		d2, g2 := renew(w, g.Refresh, time.Minute+9*time.Second)
		d3, _ := renew(w, g2.Refresh, 2*time.Minute)
		return []auth.Decision{d1, d2, d3, page(w, g1.Access, 2*time.Minute), page(w, g2.Access, 2*time.Minute)}
	}), []auth.Reason{auth.ReasonOK, auth.ReasonOK, auth.ReasonOKGrace, auth.ReasonOK, auth.ReasonOK, auth.ReasonOK}},
	{"reuse ends the family", session(func(w world, g auth.Grant) []auth.Decision {
		d1, g1 := renew(w, g.Refresh, time.Minute)
		d2, _ := renew(w, g.Refresh, time.Minute+10*time.Second)
		d3, _ := renew(w, g1.Refresh, 2*time.Minute)
		return []auth.Decision{d1, d2, d3}
	}), []auth.Reason{auth.ReasonOK, auth.ReasonOK, auth.ReasonReused, auth.ReasonRevoked}},
	{"logout blacklists and revokes", session(func(w world, g auth.Grant) []auth.Decision {
		d1, _ := w.node.Serve(auth.Request{Op: auth.Logout, Access: g.Access}, time.Minute)
		d2, _ := renew(w, g.Refresh, 2*time.Minute)
		return []auth.Decision{d1, page(w, g.Access, 2*time.Minute), d2}
	}), []auth.Reason{auth.ReasonOK, auth.ReasonOK, auth.ReasonRevoked, auth.ReasonRevoked}},
	{"unknown family", func(w world) []auth.Decision {
		d, _ := renew(w, w.sign(own, auth.Claims{User: 7, Family: 99, ID: 5, Use: auth.Refresh, Expires: time.Hour}), 0)
		return []auth.Decision{d}
	}, []auth.Reason{auth.ReasonUnknownSess}},
	{"issued between milliseconds", func(w world) []auth.Decision {
		const at = -time.Second - 300*time.Microsecond
		w.node.Config.Leeway = 0
		d, g := w.node.Serve(auth.Request{Op: auth.Login, User: 7}, at)
		return []auth.Decision{d, page(w, g.Access, at)}
	}, []auth.Reason{auth.ReasonOK, auth.ReasonOK}},
}

// TestRealAndSymbolicKeysAgree runs one table with every algorithm and without
// cryptography. Decisions must be equal in everything but the fingerprint.
func TestRealAndSymbolicKeysAgree(t *testing.T) {
	for _, alg := range []string{jose.HS256, jose.RS256, jose.ES256} {
		t.Run(alg, func(t *testing.T) {
			r := realWorld(t, alg)
			for _, c := range parityCases {
				t.Run(c.name, func(t *testing.T) {
					s := symbolicWorld()
					r := world{node: newNode(r.node.Keys), sign: r.sign}
					want, got := c.run(s), c.run(r)
					require.Equal(t, c.want, reasons(want), "symbolic")
					require.Equal(t, c.want, reasons(got), alg)
					require.Equal(t, bare(t, want), bare(t, got))
				})
			}
		})
	}
}

func reasons(ds []auth.Decision) []auth.Reason {
	var out []auth.Reason
	for _, d := range ds {
		out = append(out, d.Reason)
	}
	return out
}

// bare leaves of the fingerprints only that they are there.
func bare(t *testing.T, ds []auth.Decision) []string {
	var out []string
	for _, d := range ds {
		hasKey := d.KeyFP != ""
		if hasKey {
			require.Regexp(t, "^[0-9a-f]{8}$", d.KeyFP)
		}
		d.KeyFP = ""
		out = append(out, fmt.Sprintf("%+v key:%t", d, hasKey))
	}
	return out
}
