package jose

import (
	"encoding/json"
	"fmt"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
)

// ParseJWKS reads the signature keys of a JWK Set (RFC 7517 section 5): RSA
// for RS256 and P-256 for ES256, with a key id. Keys of other kinds, for other
// uses or algorithms, and secrets, are left out, as section 5 asks.
func ParseJWKS(b []byte) ([]Key, error) {
	set, err := jwk.Parse(b)
	if err != nil {
		return nil, fmt.Errorf("jose: not a JWK Set: %w", err)
	}
	var keys []Key
	for i := range set.Len() {
		k, _ := set.Key(i)
		public, err := publicKey(k)
		if err != nil {
			return nil, err
		}
		if public.verify != nil {
			keys = append(keys, public)
		}
	}
	return keys, nil
}

// publicKey is the zero Key if k is not one for us.
func publicKey(k jwk.Key) (Key, error) {
	kid, _ := k.KeyID()
	alg, ok := algOf(k)
	if use, has := k.KeyUsage(); !ok || kid == "" || has && use != "sig" {
		return Key{}, nil
	}
	if named, has := k.Algorithm(); has && named.String() != alg.String() {
		return Key{}, nil
	}
	public, err := k.PublicKey()
	if err != nil {
		return Key{}, fmt.Errorf("jose: key %q of the JWK Set: %w", kid, err)
	}
	var raw any
	if err := jwk.Export(public, &raw); err != nil {
		return Key{}, fmt.Errorf("jose: key %q of the JWK Set: %w", kid, err)
	}
	return keyPair(kid, alg, nil, raw)
}

func algOf(k jwk.Key) (jwa.SignatureAlgorithm, bool) {
	switch k.KeyType() {
	case jwa.RSA():
		return jwa.RS256(), true
	case jwa.EC():
		var curve jwa.EllipticCurveAlgorithm
		return jwa.ES256(), k.Get(jwk.ECDSACrvKey, &curve) == nil && curve == jwa.P256()
	default:
		return jwa.EmptySignatureAlgorithm(), false
	}
}

// MarshalJWKS writes the public keys among these as a JWK Set (RFC 7517
// section 5). Secrets are left out.
func MarshalJWKS(keys []Key) ([]byte, error) {
	set := struct {
		Keys []jwk.Key `json:"keys"`
	}{Keys: []jwk.Key{}}
	for _, k := range keys {
		if k.public != nil {
			set.Keys = append(set.Keys, k.public)
		}
	}
	b, err := json.Marshal(set)
	if err != nil {
		return nil, fmt.Errorf("jose: the JWK Set cannot be written: %w", err)
	}
	return b, nil
}
