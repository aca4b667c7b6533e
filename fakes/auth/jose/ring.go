package jose

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jws/jwsbb"

	"github.com/logoutlab/logoutlab/fakes/auth"
)

// Ring is one node's keys. Use [NewRing]. It may be used and changed from many
// goroutines at once. A ring always trusts the key that it signs with.
type Ring struct {
	alg   jwa.SignatureAlgorithm
	epoch time.Time
	mu    sync.Mutex // one change at a time
	state atomic.Pointer[state]
	refetch
}

// state is what a change replaces as a whole.
type state struct {
	signer  Key
	prefix  []byte // of every token: the encoded header and a dot
	trusted []Key
	jwks    []byte
}

// NewRing returns a ring that signs with signer and trusts it and the others.
// Its algorithm is signer's, for good. The epoch is the run's start: tokens
// carry absolute times, decisions offsets from it.
func NewRing(signer Key, epoch time.Time, others ...Key) (*Ring, error) {
	r := &Ring{alg: signer.alg, epoch: epoch.Truncate(auth.Resolution)}
	if err := r.change(signer, others); err != nil {
		return nil, err
	}
	return r, nil
}

// SetSigner signs with k from now on, and trusts it, in the place of any key
// with the same id. It fails, and changes nothing, if k cannot sign or is for
// another algorithm.
func (r *Ring) SetSigner(k Key) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.change(k, r.state.Load().trusted)
}

// SetVerifiers trusts these keys and the signer's, and no other.
func (r *Ring) SetVerifiers(keys []Key) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.change(r.state.Load().signer, keys)
}

// AddVerifier trusts k too, in the place of any key with the same id but the
// signer's.
func (r *Ring) AddVerifier(k Key) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.state.Load()
	return r.change(s.signer, append(without(s.trusted, k.kid), k))
}

// Rotate signs with k from now on. The keys trusted so far stay trusted until
// they are retired if keepOld is set, else they are dropped at once.
func (r *Ring) Rotate(k Key, keepOld bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !keepOld {
		return r.change(k, nil)
	}
	return r.change(k, r.state.Load().trusted)
}

// Retire trusts the key with this id no longer. It fails if that is the
// signer's.
func (r *Ring) Retire(kid string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.state.Load()
	if s.signer.kid == kid {
		return fmt.Errorf("jose: key %q is the one that signs: rotate first", kid)
	}
	return r.change(s.signer, without(s.trusted, kid))
}

// SignerFP is the fingerprint of the key that the ring signs with.
func (r *Ring) SignerFP() string { return r.state.Load().signer.fp }

// PublicJWKS is the public keys that the ring trusts, as a JWK Set. Secrets
// are never in it.
func (r *Ring) PublicJWKS() []byte { return r.state.Load().jwks }

// change replaces the state. It proves that the signer signs, so that Sign
// need not fail later.
func (r *Ring) change(signer Key, keys []Key) error {
	s := &state{signer: signer}
	for _, k := range append(slices.Clone(keys), signer) {
		if k.alg != r.alg {
			return fmt.Errorf("jose: key %q is for %v, this ring's algorithm is %v", k.kid, k.alg, r.alg)
		}
		s.trusted = append(without(s.trusted, k.kid), k)
	}
	if signer.sign == nil {
		return fmt.Errorf("jose: key %q has no private part: it cannot sign", signer.kid)
	}
	head, err := json.Marshal(header{Alg: signer.alg.String(), Kid: signer.kid, Typ: "JWT"})
	if err == nil {
		s.prefix = append(encoding.AppendEncode(nil, head), '.')
		_, err = s.seal([]byte("{}"))
	}
	if err != nil {
		return fmt.Errorf("jose: key %q cannot sign: %w", signer.kid, err)
	}
	if s.jwks, err = MarshalJWKS(s.trusted); err != nil {
		return err
	}
	r.state.Store(s)
	return nil
}

// seal makes a compact JWS (RFC 7515 section 3.1).
func (s *state) seal(payload []byte) (string, error) {
	input := encoding.AppendEncode(slices.Clip(s.prefix), payload)
	signature, err := jwsbb.Sign(s.signer.sign, s.signer.alg.String(), input, rand.Reader)
	if err != nil {
		return "", err
	}
	return string(encoding.AppendEncode(append(input, '.'), signature)), nil
}

func (s *state) find(kid string) (Key, bool) {
	i := slices.IndexFunc(s.trusted, func(k Key) bool { return k.kid == kid })
	if i < 0 {
		return Key{}, false
	}
	return s.trusted[i], true
}

// without returns a new slice.
func without(keys []Key, kid string) []Key {
	return slices.DeleteFunc(slices.Clone(keys), func(k Key) bool { return k.kid == kid })
}

var _ auth.Keys = (*Ring)(nil)
