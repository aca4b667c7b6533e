package parts

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/logoutlab/logoutlab/fakes/auth/jose"
)

// KeySet is what a node signs with, and what it trusts besides. Its JSON form
// holds private keys (RFC 7517 section 4): it is for the node's eyes alone.
type KeySet struct {
	Signer    jose.Key
	Verifiers []jose.Key
}

// Ring makes a ring with these keys.
func (s KeySet) Ring(epoch time.Time) (*jose.Ring, error) {
	return jose.NewRing(s.Signer, epoch, s.Verifiers...)
}

// Apply gives a ring in use these keys. Keys that the ring fetched by itself
// it goes on to trust, unless the signer is to be trusted alone.
func (s KeySet) Apply(r *jose.Ring) error {
	for _, k := range s.Verifiers {
		if err := r.AddVerifier(k); err != nil {
			return err
		}
	}
	return r.Rotate(s.Signer, len(s.Verifiers) > 0)
}

// rotate signs with a key, and goes on to trust the old ones if keep is set.
func (s *KeySet) rotate(key jose.Key, keep bool) {
	if keep {
		s.Verifiers = without(append(without(s.Verifiers, s.Signer.Kid()), s.Signer), key.Kid())
	} else {
		s.Verifiers = nil
	}
	s.Signer = key
}

// without returns a new slice.
func without(keys []jose.Key, kid string) []jose.Key {
	return slices.DeleteFunc(slices.Clone(keys), func(k jose.Key) bool { return k.Kid() == kid })
}

type keySetJSON struct {
	Signer    json.RawMessage   `json:"signer"`
	Verifiers []json.RawMessage `json:"verifiers,omitempty"`
}

// MarshalJSON writes the keys as private JWKs.
func (s KeySet) MarshalJSON() ([]byte, error) {
	var out keySetJSON
	var err error
	if out.Signer, err = s.Signer.PrivateJWK(); err != nil {
		return nil, err
	}
	for _, k := range s.Verifiers {
		b, err := k.PrivateJWK()
		if err != nil {
			return nil, err
		}
		out.Verifiers = append(out.Verifiers, b)
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *KeySet) UnmarshalJSON(b []byte) error {
	var in keySetJSON
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	out := KeySet{}
	var err error
	if out.Signer, err = jose.ParsePrivateJWK(in.Signer); err != nil {
		return err
	}
	for _, raw := range in.Verifiers {
		k, err := jose.ParsePrivateJWK(raw)
		if err != nil {
			return err
		}
		out.Verifiers = append(out.Verifiers, k)
	}
	*s = out
	return nil
}
