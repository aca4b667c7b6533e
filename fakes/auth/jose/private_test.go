package jose_test

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/auth/jose"
)

// TestPrivateJWKIsTheSameKey: what went through a private JWK signs and
// verifies as before, under the same id and fingerprint.
func TestPrivateJWKIsTheSameKey(t *testing.T) {
	keys := map[string]jose.Key{
		"default secret": jose.SecretKey("k", []byte(jose.DefaultSecret)),
		"empty secret":   jose.SecretKey("k", nil),
	}
	for _, alg := range []string{jose.HS256, jose.RS256, jose.ES256} {
		keys[alg] = newKey(t, alg, "k")
	}
	for name, k := range keys {
		t.Run(name, func(t *testing.T) {
			text, err := k.PrivateJWK()
			require.NoError(t, err)
			again, err := jose.ParsePrivateJWK(text)
			require.NoError(t, err)
			require.Equal(t, k.Kid(), again.Kid())
			require.Equal(t, k.FP(), again.FP())
			before, after := newRing(t, k), newRing(t, again)
			require.Equal(t, auth.Valid, after.Open(sign(before)).Signature)
			require.Equal(t, auth.Valid, before.Open(sign(after)).Signature)
			require.Equal(t, string(before.PublicJWKS()), string(after.PublicJWKS()))
		})
	}
}

// TestPublicHalfAsPrivateJWK: a key without its private part stays one.
func TestPublicHalfAsPrivateJWK(t *testing.T) {
	whole := newKey(t, jose.ES256, "k")
	public, err := jose.ParseJWKS(newRing(t, whole).PublicJWKS())
	require.NoError(t, err)
	text, err := public[0].PrivateJWK()
	require.NoError(t, err)
	require.NotContains(t, string(text), `"d"`)
	again, err := jose.ParsePrivateJWK(text)
	require.NoError(t, err)
	_, err = jose.NewRing(again, time.Unix(0, 0))
	require.ErrorContains(t, err, "no private part")
	require.Equal(t, auth.Valid, newRing(t, newKey(t, jose.ES256, "x"), again).Open(sign(newRing(t, whole))).Signature)
}

func TestParsePrivateJWKRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":        ``,
		"not JSON":       `c2VjcmV0`,
		"null":           `null`,
		"a set":          `{"keys":[]}`,
		"no id":          `{"kty":"oct","k":"c2VjcmV0"}`,
		"no secret":      `{"kty":"oct","kid":"k"}`,
		"another alg":    `{"kty":"oct","kid":"k","k":"c2VjcmV0","alg":"HS512"}`,
		"another curve":  `{"kty":"EC","kid":"k","crv":"P-384","x":"c2VjcmV0","y":"c2VjcmV0","d":"c2VjcmV0"}`,
		"not on a curve": `{"kty":"EC","kid":"k","crv":"P-256","x":"c2VjcmV0","y":"c2VjcmV0","d":"c2VjcmV0"}`,
		"Ed25519":        `{"kty":"OKP","kid":"k","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`,
	} {
		_, err := jose.ParsePrivateJWK([]byte(text))
		require.Error(t, err, name)
		require.NotContains(t, err.Error(), "c2VjcmV0", "%s: an error shows nothing of the key", name)
	}
}

// FuzzParsePrivateJWK: no panic, and what is a key can be written and read
// again as itself.
func FuzzParsePrivateJWK(f *testing.F) {
	for _, alg := range []string{jose.HS256, jose.RS256, jose.ES256} {
		k, err := jose.GenerateKey(alg, "k", rand.Reader)
		require.NoError(f, err)
		text, err := k.PrivateJWK()
		require.NoError(f, err)
		f.Add(text)
		f.Add([]byte(strings.ReplaceAll(string(text), `"d"`, `"e"`)))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := jose.ParsePrivateJWK(text)
		if err != nil {
			return
		}
		text, err = k.PrivateJWK()
		require.NoError(t, err)
		again, err := jose.ParsePrivateJWK(text)
		require.NoError(t, err)
		require.Equal(t, k.FP(), again.FP())
	})
}
