package jose_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/auth/jose"
)

var claims = auth.Claims{User: 7, Family: 8, ID: 9, Gen: 2, Use: auth.Refresh, Issued: -time.Second, Expires: time.Hour}

func payloadOf(text string) string { return strings.Split(text, ".")[1] }

// forge signs with HMAC as anybody could.
func forge(head map[string]string, payload string, secret []byte) auth.Token {
	input := segment(head) + "." + payload
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(input))
	return auth.Token{Text: input + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))}
}

func TestForgedTokens(t *testing.T) {
	hs := newRing(t, newKey(t, jose.HS256, "k"))
	rs := newRing(t, newKey(t, jose.RS256, "k"))
	hsText, _, _ := hs.Sign(claims)
	payload := payloadOf(hsText.Text)
	head := func(alg string) map[string]string { return map[string]string{"alg": alg, "kid": "k"} }

	for _, c := range []struct {
		name  string
		ring  *jose.Ring
		token auth.Token
		want  auth.Signature
	}{
		{"none, no signature", hs, auth.Token{Text: segment(head("none")) + "." + payload + "."}, auth.AlgRefused},
		{"none, old signature", hs, auth.Token{Text: segment(head("none")) + "." + strings.SplitN(hsText.Text, ".", 2)[1]}, auth.AlgRefused},
		{"None", hs, auth.Token{Text: segment(head("None")) + "." + payload + "."}, auth.AlgRefused},
		{"no alg", hs, forge(map[string]string{"kid": "k"}, payload, nil), auth.AlgRefused},
		{"HS512", hs, forge(head("HS512"), payload, nil), auth.AlgRefused},
		{"HS256 with the RSA public key, PEM", rs, forge(head("HS256"), payload, publicPEM(t, rs)), auth.AlgRefused},
		{"the same under RS256", rs, forge(head("RS256"), payload, publicPEM(t, rs)), auth.BadSignature},
		{"HS256 with the JWK Set", rs, forge(head("HS256"), payload, rs.PublicJWKS()), auth.AlgRefused},
		{"empty secret", hs, forge(head("HS256"), payload, nil), auth.BadSignature},
		{"default secret", hs, forge(head("HS256"), payload, []byte(jose.DefaultSecret)), auth.BadSignature},
		{"no signature", hs, auth.Token{Text: segment(head("HS256")) + "." + payload + "."}, auth.BadSignature},
		{"no kid, wrong secret", hs, forge(map[string]string{"alg": "HS256"}, payload, nil), auth.BadSignature},
		{"two algs", hs, auth.Token{Text: base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","alg":"HS256","kid":"k"}`)) + "." + payload + "."}, auth.BadSignature},
		{"critical extension", hs, forge(map[string]string{"alg": "HS256", "kid": "k", "crit": "x"}, payload, nil), auth.Malformed},
		{"two segments", hs, auth.Token{Text: segment(head("HS256")) + "." + payload}, auth.Malformed},
		{"four segments", hs, auth.Token{Text: hsText.Text + ".x"}, auth.Malformed},
		{"JSON serialization", hs, auth.Token{Text: `{"payload":"` + payload + `"}`}, auth.Malformed},
		{"padding", hs, auth.Token{Text: segment(head("HS256")) + "==." + payload + ".x"}, auth.Malformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.ring.Open(c.token)
			require.Equal(t, c.want, got.Signature)
			if c.want != auth.Malformed {
				require.Equal(t, claims, got.Claims, "what it asserts is evidence")
			}
		})
	}
}

func publicPEM(t *testing.T, r *jose.Ring) []byte {
	set, err := jwk.Parse(r.PublicJWKS())
	require.NoError(t, err)
	k, ok := set.Key(0)
	require.True(t, ok)
	var raw any
	require.NoError(t, jwk.Export(k, &raw))
	der, err := x509.MarshalPKIXPublicKey(raw)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// A secret that was never set signs, and is forged, with a key of no length.
func TestEmptySecret(t *testing.T) {
	r := newRing(t, jose.SecretKey("k", nil))
	token, _, fp := r.Sign(claims)
	require.Equal(t, auth.Checked{Claims: claims, Kid: "k", KeyFP: fp}, r.Open(token))
	forged := forge(map[string]string{"alg": "HS256", "kid": "k"}, payloadOf(token.Text), nil)
	require.Equal(t, auth.Valid, r.Open(forged).Signature, "anybody can sign for this node")
	require.Equal(t, auth.BadSignature, newRing(t, jose.SecretKey("k", []byte("x"))).Open(token).Signature)
}

// Without a key id every trusted key is tried, in virtual time too.
func TestForge(t *testing.T) {
	secrets := map[uint32][]byte{1: []byte("own"), 2: nil, 3: []byte("trusted")}
	real := newRing(t, jose.SecretKey("1", secrets[1]), jose.SecretKey("3", secrets[3]))
	symbolic := auth.NewSymbolic(auth.SymbolicKey{Kid: 1, Secret: 1}, auth.SymbolicKey{Kid: 3, Secret: 3})
	for number, want := range map[uint32]auth.Signature{1: auth.Valid, 2: auth.BadSignature, 3: auth.Valid} {
		token, err := jose.Forge(claims, secrets[number], epoch)
		require.NoError(t, err)
		require.NotContains(t, header(t, token), "kid")
		got, same := real.Open(token), symbolic.Open(auth.Token{Claims: claims, Secret: number})
		require.Equal(t, want, got.Signature, number)
		require.NotEmpty(t, got.KeyFP)
		require.NotEmpty(t, same.KeyFP)
		got.KeyFP, same.KeyFP = "", ""
		require.Equal(t, got, same)
	}
	require.Equal(t, auth.Checked{Signature: auth.AlgRefused, Claims: claims}, symbolic.Open(auth.Token{Claims: claims, Secret: auth.Unsigned}))
	pair := newRing(t, newKey(t, jose.ES256, "1"))
	token, err := jose.Forge(claims, nil, epoch)
	require.NoError(t, err)
	require.Equal(t, auth.Checked{Signature: auth.AlgRefused, Claims: claims}, pair.Open(token))
}

func header(t *testing.T, token auth.Token) map[string]any {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(strings.Split(token.Text, ".")[0])
	require.NoError(t, err)
	var out map[string]any
	require.NoError(t, json.Unmarshal(b, &out))
	return out
}

// A client elsewhere must be able to read the token as RFC 7519 has it.
func TestWire(t *testing.T) {
	r := newRing(t, jose.SecretKey("k", []byte("0123456789abcdef0123456789abcdef")))
	token, kid, fp := r.Sign(claims)
	require.Equal(t, "k", kid)
	require.Regexp(t, "^[0-9a-f]{8}$", fp)
	parts := strings.Split(token.Text, ".")
	var out [2]map[string]any
	for i := range out {
		b, err := base64.RawURLEncoding.DecodeString(parts[i])
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(b, &out[i]))
	}
	require.Equal(t, map[string]any{"alg": "HS256", "kid": "k", "typ": "JWT"}, out[0])
	require.Equal(t, map[string]any{
		"sub": "7", "jti": "9", "sid": "8", "gen": 2.0, "use": "refresh",
		"iat": 1772366399.123, "nbf": 1772366399.123, "exp": 1772370000.123,
	}, out[1])
}

func FuzzOpen(f *testing.F) {
	key := jose.SecretKey("k", []byte("0123456789abcdef0123456789abcdef"))
	r := newRing(f, key)
	token, _, _ := r.Sign(claims)
	f.Add(token.Text)
	f.Add(segment(map[string]string{"alg": "none"}) + "." + payloadOf(token.Text) + ".")
	f.Add(segment(map[string]any{"alg": "HS256"}) + "." + segment(map[string]any{"exp": 1e300, "sub": "7"}) + ".x")
	f.Add("..")
	f.Fuzz(func(t *testing.T, text string) {
		c := r.Open(auth.Token{Text: text})
		if c.Signature == auth.Valid && c.Claims != claims {
			t.Fatalf("accepted a token that was never signed: %q", text)
		}
		if c.Signature == auth.Malformed && c.Claims != (auth.Claims{}) {
			t.Fatalf("claims of what is not a token: %q", text)
		}
	})
}

// Other issuers write whole seconds, and an nbf of its own.
func TestForeignDates(t *testing.T) {
	secret := []byte("0123456789abcdef0123456789abcdef")
	r := newRing(t, jose.SecretKey("k", secret))
	start := epoch.Truncate(time.Millisecond)
	for name, c := range map[string]struct {
		iat, nbf, exp any
		want          auth.Signature
	}{
		"nbf is later":  {epoch.Unix() + 10, epoch.Unix() + 20, epoch.Unix() + 30, auth.Valid},
		"iat is later":  {epoch.Unix() + 20, epoch.Unix() + 10, epoch.Unix() + 30, auth.Valid},
		"out of range":  {epoch.Unix(), epoch.Unix(), 1e300, auth.Malformed},
		"not a number":  {epoch.Unix(), epoch.Unix(), "soon", auth.Malformed},
		"not a number?": {epoch.Unix(), epoch.Unix(), true, auth.Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			payload := segment(map[string]any{"sub": "7", "jti": "a", "sid": "b", "use": "access", "iat": c.iat, "nbf": c.nbf, "exp": c.exp})
			got := r.Open(forge(map[string]string{"alg": "HS256", "kid": "k"}, payload, secret))
			require.Equal(t, c.want, got.Signature)
			if c.want == auth.Valid {
				require.Equal(t, auth.Claims{
					User: 7, ID: 10, Family: 11,
					Issued:  time.Unix(epoch.Unix()+20, 0).Sub(start),
					Expires: time.Unix(epoch.Unix()+30, 0).Sub(start),
				}, got.Claims)
			}
		})
	}
}
