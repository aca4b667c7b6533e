package jose_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/auth/jose"
)

func sign(r *jose.Ring) auth.Token {
	t, _, _ := r.Sign(claims)
	return t
}

func TestRotation(t *testing.T) {
	first, second := newKey(t, jose.ES256, "1"), newKey(t, jose.ES256, "2")
	for name, c := range map[string]struct {
		keep      bool
		old, past auth.Signature // the old key's token: after the rotation, and after Retire
	}{
		"with overlap":    {true, auth.Valid, auth.UnknownKey},
		"without overlap": {false, auth.UnknownKey, auth.UnknownKey},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRing(t, first)
			old := sign(r)
			require.ErrorContains(t, r.Retire("1"), "rotate first")
			require.NoError(t, r.Rotate(second, c.keep))
			require.Equal(t, c.old, r.Open(old).Signature)
			require.Equal(t, auth.Valid, r.Open(sign(r)).Signature)
			require.Equal(t, "2", r.Open(sign(r)).Kid)

			require.NoError(t, r.Retire("1"))
			require.Equal(t, c.past, r.Open(old).Signature)
		})
	}
}

func TestSameKidOtherSecret(t *testing.T) {
	common, mine := newKey(t, jose.HS256, "k"), newKey(t, jose.HS256, "k")
	a, b := newRing(t, common), newRing(t, common)
	theirs := sign(a)
	require.NoError(t, b.SetSigner(mine))
	got := b.Open(theirs)
	require.Equal(t, auth.BadSignature, got.Signature)
	require.Equal(t, mine.FP(), got.KeyFP, "the key that was tried")
	require.NotEqual(t, common.FP(), mine.FP())
	require.NoError(t, b.SetVerifiers([]jose.Key{common}))
	require.Equal(t, auth.BadSignature, b.Open(theirs).Signature, "the signer's key has the id")
	require.NoError(t, b.SetSigner(common))
	require.Equal(t, auth.Valid, b.Open(theirs).Signature)
}

func TestRingRefusesKeys(t *testing.T) {
	hs, es := newKey(t, jose.HS256, "h"), newKey(t, jose.ES256, "e")
	r := newRing(t, es)
	require.ErrorContains(t, r.SetSigner(hs), "ES256")
	require.ErrorContains(t, r.AddVerifier(hs), "ES256")
	public, err := jose.ParseJWKS(r.PublicJWKS())
	require.NoError(t, err)
	require.Len(t, public, 1)
	require.ErrorContains(t, r.SetSigner(public[0]), "no private part")
	require.Equal(t, auth.Valid, r.Open(sign(r)).Signature, "nothing has changed")
	_, err = jose.NewRing(public[0], epoch)
	require.ErrorContains(t, err, "no private part")
	_, err = jose.GenerateKey("none", "x", nil)
	require.ErrorContains(t, err, "use HS256, RS256 or ES256")
	_, err = jose.GenerateKey(jose.HS256, "x", strings.NewReader("short"))
	require.ErrorContains(t, err, "no secret")
}

func TestJWKS(t *testing.T) {
	a, b := newKey(t, jose.ES256, "a"), newKey(t, jose.ES256, "b")
	issuer := newRing(t, a, b)
	var set struct{ Keys []map[string]any }
	require.NoError(t, json.Unmarshal(issuer.PublicJWKS(), &set))
	require.Len(t, set.Keys, 2, "several active keys")
	for _, k := range set.Keys {
		require.Equal(t, "ES256", k["alg"])
		require.Equal(t, "sig", k["use"])
		require.NotContains(t, k, "d", "a private part")
	}
	keys, err := jose.ParseJWKS(issuer.PublicJWKS())
	require.NoError(t, err)
	require.ElementsMatch(t, []string{a.FP(), b.FP()}, []string{keys[0].FP(), keys[1].FP()})
	verifier := newRing(t, newKey(t, jose.ES256, "c"), keys...)
	require.Equal(t, auth.Valid, verifier.Open(sign(issuer)).Signature)

	require.JSONEq(t, `{"keys":[]}`, string(newRing(t, newKey(t, jose.HS256, "s")).PublicJWKS()), "secrets stay secret")
}

func TestParseJWKSLeavesOut(t *testing.T) {
	ec := `"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"`
	for name, c := range map[string]struct {
		key  string
		want int
	}{
		"fit":             {`{"kid":"1",` + ec + `}`, 1},
		"no kid":          {`{` + ec + `}`, 0},
		"for encryption":  {`{"kid":"1","use":"enc",` + ec + `}`, 0},
		"other algorithm": {`{"kid":"1","alg":"ES512",` + ec + `}`, 0},
		"a secret":        {`{"kid":"1","kty":"oct","k":"c2VjcmV0"}`, 0},
	} {
		keys, err := jose.ParseJWKS([]byte(`{"keys":[` + c.key + `]}`))
		require.NoError(t, err, name)
		require.Len(t, keys, c.want, name)
	}
	_, err := jose.ParseJWKS([]byte("<html>"))
	require.ErrorContains(t, err, "not a JWK Set")
}

func TestFetchUnknown(t *testing.T) {
	first, second, third := newKey(t, jose.ES256, "1"), newKey(t, jose.ES256, "2"), newKey(t, jose.ES256, "3")
	synctest.Test(t, func(t *testing.T) {
		issuer := newRing(t, first)
		node := newRing(t, newKey(t, jose.ES256, "own"), first)
		fetches := 0
		var failure error
		get := func(context.Context) ([]byte, error) { fetches++; return issuer.PublicJWKS(), failure }

		require.NoError(t, issuer.Rotate(second, true))
		require.Equal(t, auth.UnknownKey, node.Open(sign(issuer)).Signature, "off by default")
		node.FetchUnknown(get, time.Minute)
		require.Equal(t, auth.Valid, node.Open(sign(issuer)).Signature)
		require.Equal(t, auth.Valid, node.Open(sign(newRing(t, first))).Signature)
		require.Equal(t, auth.Valid, node.Open(sign(node)).Signature, "the own key stays")
		require.Equal(t, 1, fetches)

		require.NoError(t, issuer.Rotate(third, false))
		require.Equal(t, auth.UnknownKey, node.Open(sign(issuer)).Signature, "rate limited")
		require.Equal(t, 1, fetches)
		time.Sleep(time.Minute)
		failure = errors.New("no answer")
		require.Equal(t, auth.UnknownKey, node.Open(sign(issuer)).Signature)
		require.Equal(t, auth.Valid, node.Open(sign(newRing(t, second))).Signature, "a failure changes nothing")
		time.Sleep(time.Minute)
		failure = nil
		require.Equal(t, auth.Valid, node.Open(sign(issuer)).Signature)
		require.Equal(t, 3, fetches)
		require.Equal(t, auth.UnknownKey, node.Open(sign(newRing(t, second))).Signature, "the set replaces")
	})
}

func TestConcurrentUse(t *testing.T) {
	first, second := newKey(t, jose.HS256, "1"), newKey(t, jose.HS256, "2")
	issuer := newRing(t, first)
	r := newRing(t, first)
	r.FetchUnknown(func(context.Context) ([]byte, error) { return nil, errors.New("no") }, 0)
	token := sign(issuer)
	var bad atomic.Int64
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 50 {
				if i == 0 {
					_ = r.Rotate(second, true)
					_ = r.Rotate(first, true)
				}
				if r.Open(token).Signature != auth.Valid || r.Open(sign(r)).Signature != auth.Valid {
					bad.Add(1)
				}
			}
		})
	}
	wg.Wait()
	require.Zero(t, bad.Load())
}

func BenchmarkRing(b *testing.B) {
	for _, alg := range []string{jose.HS256, jose.RS256, jose.ES256} {
		r := newRing(b, newKey(b, alg, "k"))
		token := sign(r)
		b.Run(alg+"/Open", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if r.Open(token).Signature != auth.Valid {
					b.Fatal("not valid")
				}
			}
		})
		b.Run(alg+"/Sign", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.Sign(claims)
			}
		})
	}
}
