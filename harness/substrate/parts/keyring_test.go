package parts

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/auth/jose"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// rings are nodes in use: what they are told goes over JSON, as to a container.
type rings struct {
	live []*jose.Ring
	jwks []byte
	told []string
}

func (r *rings) PutKeys(node int, s KeySet) error {
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	var got KeySet
	if err := json.Unmarshal(b, &got); err != nil {
		return err
	}
	r.told = append(r.told, scenario.NodeName(node))
	return got.Apply(r.live[node])
}

func (r *rings) PutJWKS(set []byte) error {
	r.jwks = set
	r.told = append(r.told, "issuer")
	return nil
}

func keyring(t require.TestingT, alg, keys string) (*Keyring, *rings) {
	r := &rings{}
	a := scenario.Architecture{Nodes: 3, Session: scenario.Session{Kind: "jwt", Alg: alg, Keys: keys}}
	k, err := NewKeyring(a, (&plan.Plan{Seed: 1}).Stream("keys"), r)
	require.NoError(t, err)
	for i := range a.Nodes {
		ring, err := k.Node(i).Ring(time.Unix(0, 0))
		require.NoError(t, err)
		r.live = append(r.live, ring)
	}
	r.jwks, err = k.JWKS()
	require.NoError(t, err)
	return k, r
}

// trusted are a JWK Set's keys, sorted: "k1 0123abcd".
func trusted(t require.TestingT, jwks []byte) []string {
	keys, err := jose.ParseJWKS(jwks)
	require.NoError(t, err)
	var out []string
	for _, k := range keys {
		out = append(out, k.Kid()+" "+k.FP())
	}
	slices.Sort(out)
	return out
}

func kids(t require.TestingT, jwks []byte) string {
	var out []string
	for _, k := range trusted(t, jwks) {
		kid, _, _ := strings.Cut(k, " ")
		out = append(out, kid)
	}
	return strings.Join(out, " ")
}

// TestChangesOfKeys: who trusts what after each change, who is told, and in
// which order.
func TestChangesOfKeys(t *testing.T) {
	own := func(k *Keyring) error { return k.SetOwn(1, "random") }
	common := func(k *Keyring) error { return k.SetCommon(1) }
	for name, c := range map[string]struct {
		keys    string
		changes []func(*Keyring) error
		told    string
		nodes   [3]string
		issuer  string
	}{
		"at first":            {keys: "shared", nodes: [3]string{"k1", "k1", "k1"}},
		"at first, published": {keys: "jwks", nodes: [3]string{"k1", "k1", "k1"}, issuer: "k1"},
		"rotation": {keys: "shared", changes: []func(*Keyring) error{(*Keyring).Rotate}, told: "app-1 app-2 app-3 app-1 app-2 app-3",
			nodes: [3]string{"k1 k2", "k1 k2", "k1 k2"}},
		"rotation, published": {keys: "jwks", changes: []func(*Keyring) error{(*Keyring).Rotate}, told: "issuer app-1 app-2 app-3 issuer app-1 app-2 app-3",
			nodes: [3]string{"k1 k2", "k1 k2", "k1 k2"}, issuer: "k1 k2"},
		"retirement": {keys: "jwks", changes: []func(*Keyring) error{(*Keyring).Rotate, (*Keyring).RetireOld},
			told:  "issuer app-1 app-2 app-3 issuer app-1 app-2 app-3 issuer app-1 app-2 app-3",
			nodes: [3]string{"k2", "k2", "k2"}, issuer: "k2"},
		"own key": {keys: "shared", changes: []func(*Keyring) error{own}, told: "app-2",
			nodes: [3]string{"k1", "k1", "k1"}},
		"own key, published": {keys: "jwks", changes: []func(*Keyring) error{own}, told: "issuer app-2",
			nodes: [3]string{"k1", "k1 k1-node2", "k1"}, issuer: "k1 k1-node2"},
		"own key and back": {keys: "jwks", changes: []func(*Keyring) error{own, common}, told: "issuer app-2 issuer app-2",
			nodes: [3]string{"k1", "k1 k1-node2", "k1"}, issuer: "k1 k1-node2"},
		"a rotation does not reach an own key": {keys: "shared", changes: []func(*Keyring) error{own, (*Keyring).Rotate, common},
			told: "app-2 app-1 app-3 app-1 app-3 app-2", nodes: [3]string{"k1 k2", "k2", "k1 k2"}},
		"own keys from the start": {keys: "per_node", changes: []func(*Keyring) error{(*Keyring).Rotate, (*Keyring).RetireOld},
			nodes: [3]string{"k1", "k1", "k1"}},
	} {
		t.Run(name, func(t *testing.T) {
			k, r := keyring(t, jose.ES256, c.keys)
			for _, change := range c.changes {
				require.NoError(t, change(k))
			}
			require.Equal(t, c.told, strings.Join(r.told, " "))
			for i, want := range c.nodes {
				require.Equal(t, want, kids(t, r.live[i].PublicJWKS()), scenario.NodeName(i))
			}
			if c.issuer == "" {
				require.Empty(t, r.jwks)
			} else {
				require.Equal(t, c.issuer, kids(t, r.jwks))
			}
		})
	}
}

func TestOwnSecrets(t *testing.T) {
	k, r := keyring(t, jose.HS256, "shared")
	token, _, common := r.live[0].Sign(auth.Claims{})
	seen := map[string]bool{common: true}
	for _, kind := range []string{"random", "default", "empty"} {
		require.NoError(t, k.SetOwn(1, kind))
		got := r.live[1].Open(token)
		require.Equal(t, auth.BadSignature, got.Signature, kind)
		require.False(t, seen[got.KeyFP], "%s: another key than before", kind)
		seen[got.KeyFP] = true
	}
	require.NoError(t, k.SetCommon(1))
	require.Equal(t, auth.Valid, r.live[1].Open(token).Signature)
}

func TestNoSigningKeys(t *testing.T) {
	k, err := NewKeyring(scenario.Architecture{Nodes: 1, Session: scenario.Session{Kind: "redis"}}, nil, nil)
	require.NoError(t, err)
	require.Nil(t, k)
	for _, err := range []error{k.SetOwn(0, "random"), k.SetCommon(0), k.Rotate(), k.RetireOld()} {
		require.ErrorIs(t, err, errNoKeys)
	}
	set, err := k.JWKS()
	require.NoError(t, err)
	require.Nil(t, set)
}

// TestFetchedKeysStayUntilRetirement: what a node fetched by itself it goes on
// to trust when it is told of other keys.
func TestFetchedKeysStayUntilRetirement(t *testing.T) {
	k, r := keyring(t, jose.ES256, "jwks")
	require.NoError(t, k.SetOwn(1, "random"))
	set, err := jose.ParseJWKS(r.jwks)
	require.NoError(t, err)
	require.NoError(t, r.live[0].SetVerifiers(set))
	require.NoError(t, k.Rotate())
	require.Equal(t, "k1 k1-node2 k2", kids(t, r.live[0].PublicJWKS()))
	require.Equal(t, "k1 k2", kids(t, r.live[2].PublicJWKS()), "it fetched nothing")
	require.NoError(t, k.RetireOld())
	require.Equal(t, "k2", kids(t, r.live[0].PublicJWKS()))
}

// TestTellingIsAsGoodAsStarting: whatever changes, a node that was told of
// every change has the keys of one that starts now.
func TestTellingIsAsGoodAsStarting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k, r := keyring(t, jose.ES256, rapid.SampledFrom([]string{"shared", "per_node", "jwks"}).Draw(t, "keys"))
		for range rapid.IntRange(1, 8).Draw(t, "changes") {
			node := rapid.IntRange(0, 2).Draw(t, "node")
			change := rapid.SampledFrom([]func() error{
				func() error { return k.SetOwn(node, "random") }, func() error { return k.SetCommon(node) }, k.Rotate, k.RetireOld,
			}).Draw(t, "change")
			require.NoError(t, change())
			for i, live := range r.live {
				fresh, err := k.Node(i).Ring(time.Unix(0, 0))
				require.NoError(t, err)
				_, _, signs := live.Sign(auth.Claims{})
				_, _, should := fresh.Sign(auth.Claims{})
				require.Equal(t, should, signs)
				require.Equal(t, trusted(t, fresh.PublicJWKS()), trusted(t, live.PublicJWKS()))
			}
		}
	})
}
