package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
)

// The algorithms (RFC 7518 section 3.1).
const (
	HS256 = "HS256"
	RS256 = "RS256"
	ES256 = "ES256"
)

// DefaultSecret is a well-known default secret, as found in sample
// configurations and never changed.
const DefaultSecret = "changeme"

// secretBytes is the least length of an HS256 secret (RFC 7518 section 3.2).
const secretBytes = 32

// rsaBits is the least size of an RS256 key (RFC 7518 section 3.3).
const rsaBits = 2048

// Key is a secret, a key pair, or the public half of one, under an id. It is
// made by [GenerateKey], [SecretKey] or [ParseJWKS] and does not change.
type Key struct {
	kid    string
	alg    jwa.SignatureAlgorithm
	fp     string
	sign   any // nil: a public key alone
	verify any
	public jwk.Key // nil: a secret
}

// Kid is the key's id.
func (k Key) Kid() string { return k.kid }

// FP is the key's fingerprint, 8 hexadecimal digits: of a key pair, the start
// of its public key's thumbprint (RFC 7638); of a secret, the start of an HMAC
// made with it. It tells keys apart and gives none away.
func (k Key) FP() string { return k.fp }

// GenerateKey makes a new key for alg (HS256, RS256 or ES256). A secret is
// read from random; a key pair always comes from the system's secure source,
// because that is all that Go's generators accept. RS256 takes a second or so:
// make keys once, and share them between rings.
func GenerateKey(alg, kid string, random io.Reader) (Key, error) {
	switch alg {
	case HS256:
		secret := make([]byte, secretBytes)
		if _, err := io.ReadFull(random, secret); err != nil {
			return Key{}, fmt.Errorf("jose: no secret for key %q: %w", kid, err)
		}
		return SecretKey(kid, secret), nil
	case RS256:
		pair, err := rsa.GenerateKey(rand.Reader, rsaBits)
		if err != nil {
			return Key{}, fmt.Errorf("jose: no RSA key %q: %w", kid, err)
		}
		return keyPair(kid, jwa.RS256(), pair, &pair.PublicKey)
	case ES256:
		pair, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return Key{}, fmt.Errorf("jose: no EC key %q: %w", kid, err)
		}
		return keyPair(kid, jwa.ES256(), pair, &pair.PublicKey)
	default:
		return Key{}, fmt.Errorf("jose: unknown algorithm %q: use HS256, RS256 or ES256", alg)
	}
}

// SecretKey makes an HS256 key of a given secret, which may be weak, or empty:
// systems run with [DefaultSecret] or with a secret that was never set, and
// their tokens are signed all the same.
func SecretKey(kid string, secret []byte) Key {
	if len(secret) == 0 {
		// The library refuses an empty key. HMAC pads a short key with zero
		// bytes (RFC 2104 section 2), so this is the same key.
		secret = []byte{0}
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("fingerprint"))
	return Key{kid: kid, alg: jwa.HS256(), fp: short(mac.Sum(nil)), sign: secret, verify: secret}
}

func keyPair(kid string, alg jwa.SignatureAlgorithm, sign, verify any) (Key, error) {
	public, err := jwk.Import(verify)
	if err != nil {
		return Key{}, fmt.Errorf("jose: key %q: %w", kid, err)
	}
	for name, value := range map[string]any{jwk.KeyIDKey: kid, jwk.AlgorithmKey: alg, jwk.KeyUsageKey: "sig"} {
		if err := public.Set(name, value); err != nil {
			return Key{}, fmt.Errorf("jose: key %q: %w", kid, err)
		}
	}
	thumbprint, err := public.Thumbprint(crypto.SHA256)
	if err != nil {
		return Key{}, fmt.Errorf("jose: key %q: %w", kid, err)
	}
	return Key{kid: kid, alg: alg, fp: short(thumbprint), sign: sign, verify: verify, public: public}, nil
}

func short(sum []byte) string { return hex.EncodeToString(sum[:4]) }
