package auth

import (
	"fmt"
	"strconv"
)

// Marks of a symbolic token that no key signed, for [Token].Secret.
const (
	Garbage  uint32 = 0         // not a token: what follows the claims is noise
	Unsigned uint32 = 1<<32 - 1 // the header says alg none, or another alg than the pinned one
)

// SymbolicKey is a key without cryptography: its id, and the number of its
// secret. Two keys with one Kid and different secrets are a node with another
// secret under the same name. Secret is neither [Garbage] nor [Unsigned], Kid
// is not 0. Name and FP are how decisions write the key's id and fingerprint;
// without them both follow from the numbers.
type SymbolicKey struct {
	Kid    uint32
	Secret uint32
	Name   string
	FP     string
}

// Symbolic is [Keys] for virtual time: a token is its claims, its key's id and
// the number of the secret that signed it, and opening it compares numbers. It
// gives the same outcomes as a ring of real keys would. The methods that change
// it must not run beside Sign and Open.
type Symbolic struct {
	signer  symbolicEntry
	trusted []symbolicEntry
}

type symbolicEntry struct {
	key  SymbolicKey
	name string
	fp   string
}

// NewSymbolic returns a ring that signs with signer and trusts it and the
// others.
func NewSymbolic(signer SymbolicKey, others ...SymbolicKey) *Symbolic {
	s := &Symbolic{}
	s.signer = entryOf(signer)
	s.SetVerifiers(others)
	return s
}

// SetSigner signs with k from now on, and trusts it, in the place of any key
// with the same id.
func (s *Symbolic) SetSigner(k SymbolicKey) {
	s.signer = entryOf(k)
	s.AddVerifier(k)
}

// SetVerifiers trusts these keys and the signer's, and no other.
func (s *Symbolic) SetVerifiers(keys []SymbolicKey) {
	s.trusted = s.trusted[:0]
	for _, k := range keys {
		s.AddVerifier(k)
	}
	s.AddVerifier(s.signer.key)
}

// AddVerifier trusts k too, in the place of any key with the same id.
func (s *Symbolic) AddVerifier(k SymbolicKey) {
	s.Retire(k.Kid)
	s.trusted = append(s.trusted, entryOf(k))
}

// Rotate signs with k from now on. The keys trusted so far stay trusted until
// they are retired if keepOld is set, else they are dropped at once.
func (s *Symbolic) Rotate(k SymbolicKey, keepOld bool) {
	s.SetSigner(k)
	if !keepOld {
		s.SetVerifiers(nil)
	}
}

// Retire trusts the key with this id no longer.
func (s *Symbolic) Retire(kid uint32) {
	for i, e := range s.trusted {
		if e.key.Kid == kid {
			s.trusted = append(s.trusted[:i], s.trusted[i+1:]...)
			return
		}
	}
}

// SignerFP is the fingerprint of the key that the ring signs with.
func (s *Symbolic) SignerFP() string { return s.signer.fp }

// Sign issues a token that says c.
func (s *Symbolic) Sign(c Claims) (t Token, kid, keyFP string) {
	k := s.signer
	return Token{Claims: c, Kid: k.key.Kid, Secret: k.key.Secret}, k.name, k.fp
}

// Open says what t asserts, and whether a trusted key signed it.
func (s *Symbolic) Open(t Token) Checked {
	if t.Secret == Garbage {
		return Checked{Signature: Malformed}
	}
	if t.Kid == 0 {
		return s.openNameless(t)
	}
	for i := range s.trusted {
		e := &s.trusted[i]
		if e.key.Kid != t.Kid {
			continue
		}
		c := Checked{Claims: t.Claims, Kid: e.name, KeyFP: e.fp}
		switch t.Secret {
		case e.key.Secret:
			c.Signature = Valid
		case Unsigned:
			c.Signature = AlgRefused
		default:
			c.Signature = BadSignature
		}
		return c
	}
	c := Checked{Signature: UnknownKey, Claims: t.Claims, Kid: KidName(t.Kid)}
	if t.Secret == Unsigned {
		c.Signature = AlgRefused
	}
	return c
}

// openNameless opens a token without a key id, which every trusted key is tried
// on.
func (s *Symbolic) openNameless(t Token) Checked {
	c := Checked{Signature: BadSignature, Claims: t.Claims, KeyFP: s.trusted[0].fp}
	if t.Secret == Unsigned {
		c.Signature, c.KeyFP = AlgRefused, ""
		return c
	}
	for i := range s.trusted {
		if e := &s.trusted[i]; e.key.Secret == t.Secret {
			c.Signature, c.KeyFP = Valid, e.fp
			break
		}
	}
	return c
}

// KidName is how a symbolic key's id is written in decisions.
func KidName(kid uint32) string { return strconv.FormatUint(uint64(kid), 10) }

func entryOf(k SymbolicKey) symbolicEntry {
	e := symbolicEntry{key: k, name: k.Name, fp: k.FP}
	if e.name == "" {
		e.name = KidName(k.Kid)
	}
	if e.fp == "" {
		e.fp = fmt.Sprintf("%08x", k.Secret*2654435769) // Fibonacci hashing: different secrets get different fingerprints
	}
	return e
}

var _ Keys = (*Symbolic)(nil)
