package jose

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
)

// PrivateJWK writes k as a JWK (RFC 7517 section 4) with all that it holds: a
// secret as "oct", a pair with its private part (RFC 7518 section 6). It is
// for handing a key to a node, and for nobody else to see.
func (k Key) PrivateJWK() ([]byte, error) {
	material := k.sign
	if material == nil {
		material = k.verify
	}
	out, err := jwk.Import(material)
	if err != nil {
		return nil, fmt.Errorf("jose: key %q cannot be written as a JWK: %w", k.kid, err)
	}
	for name, value := range map[string]any{jwk.KeyIDKey: k.kid, jwk.AlgorithmKey: k.alg} {
		if err := out.Set(name, value); err != nil {
			return nil, fmt.Errorf("jose: key %q cannot be written as a JWK: %w", k.kid, err)
		}
	}
	return json.Marshal(out)
}

// errPrivate keeps quiet about what was read, which may be a secret.
var errPrivate = errors.New("jose: not a JWK with a key id, for HS256, RS256 or ES256")

// ParsePrivateJWK reads what [Key.PrivateJWK] writes.
func ParsePrivateJWK(b []byte) (Key, error) {
	in, err := jwk.ParseKey(b)
	if err != nil {
		return Key{}, errPrivate
	}
	kid, _ := in.KeyID()
	var material any
	if kid == "" || jwk.Export(in, &material) != nil {
		return Key{}, errPrivate
	}
	alg, _ := algOf(in)
	switch material := material.(type) {
	case []byte:
		if named, ok := in.Algorithm(); ok && named.String() != HS256 {
			return Key{}, errPrivate
		}
		return SecretKey(kid, material), nil
	case *rsa.PrivateKey:
		return keyPair(kid, alg, material, &material.PublicKey)
	case *ecdsa.PrivateKey:
		if alg != jwa.ES256() {
			return Key{}, errPrivate
		}
		return keyPair(kid, alg, material, &material.PublicKey)
	}
	public, err := publicKey(in)
	if err != nil || public.verify == nil {
		return Key{}, errPrivate
	}
	return public, nil
}
