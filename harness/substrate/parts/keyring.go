package parts

import (
	"errors"
	"fmt"
	"io"

	"github.com/logoutlab/logoutlab/fakes/auth/jose"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

var errNoKeys = errors.New("this architecture has no signing keys")

// Holders are those whom a [Keyring] tells of a change.
type Holders interface {
	// PutKeys gives a running node its keys; one that is down asks
	// [Keyring.Node] when it starts.
	PutKeys(node int, s KeySet) error
	// PutJWKS publishes a JWK Set at the issuer's endpoint.
	PutJWKS(set []byte) error
}

// Keyring is which keys every node has, and which public ones the issuer
// publishes. A change is told to the holders, the issuer first, as nodes fetch
// when they meet a key id that they do not know. Its caller locks. The methods
// that change it are the faults', and fail on a nil ring.
type Keyring struct {
	session scenario.Session
	random  io.Reader
	holders Holders
	common  jose.Key
	turn    int // rotations so far
	nodes   []KeySet
	own     []bool     // the node has a key of its own
	usual   []jose.Key // by node: the key of its own that it is meant to have; nil unless session.keys is per_node
	issuer  *KeySet    // nil unless the architecture has an issuer
}

// NewKeyring makes the keys that an architecture starts with, with secrets
// from random; it is nil for an architecture without signing keys. Nobody is
// told: nodes and issuer start with [Keyring.Node] and [Keyring.JWKS].
func NewKeyring(a scenario.Architecture, random io.Reader, h Holders) (*Keyring, error) {
	if a.Session.Kind != "jwt" {
		return nil, nil
	}
	k := &Keyring{session: a.Session, random: random, holders: h, nodes: make([]KeySet, a.Nodes), own: make([]bool, a.Nodes)}
	var err error
	if k.common, err = jose.GenerateKey(k.session.Alg, k.kid(), random); err != nil {
		return nil, err
	}
	for i := range k.nodes {
		k.nodes[i] = KeySet{Signer: k.common}
		if k.session.Keys == "per_node" {
			if err := k.makeOwn(i, "random"); err != nil {
				return nil, err
			}
			k.usual = append(k.usual, k.nodes[i].Signer)
		}
	}
	if k.session.Keys == "jwks" {
		k.issuer = &KeySet{Signer: k.common}
	}
	return k, nil
}

// Node is the keys of a node that starts.
func (k *Keyring) Node(i int) KeySet { return k.nodes[i] }

// JWKS is what the issuer publishes; nil if the architecture has no issuer.
func (k *Keyring) JWKS() ([]byte, error) {
	if k == nil || k.issuer == nil {
		return nil, nil
	}
	return jose.MarshalJWKS(k.Published())
}

// Published are the keys in that set.
func (k *Keyring) Published() []jose.Key {
	return append(without(k.issuer.Verifiers, k.issuer.Signer.Kid()), k.issuer.Signer)
}

// SetOwn gives a node a key of its own (random, default or empty): under the
// common key's id where keys are secrets, published under an id of its own
// where they are pairs with an issuer.
func (k *Keyring) SetOwn(node int, kind string) error {
	if k == nil {
		return errNoKeys
	}
	if err := k.makeOwn(node, kind); err != nil {
		return err
	}
	return k.tell(node)
}

// SetCommon gives a node the common key back; or, if nodes are meant to have
// keys of their own, its own.
func (k *Keyring) SetCommon(node int) error {
	if k == nil {
		return errNoKeys
	}
	if k.usual != nil {
		k.nodes[node].rotate(k.usual[node], false)
		return k.tell(node)
	}
	k.own[node] = false
	k.nodes[node].rotate(k.common, k.issuer != nil)
	return k.tell(node)
}

// Rotate lets all nodes sign with a new common key, which all trust before the
// first one signs with it, and go on to trust the old ones. Nodes with a key of
// their own are not reached.
func (k *Keyring) Rotate() error {
	if k == nil {
		return errNoKeys
	}
	k.turn++
	key, err := jose.GenerateKey(k.session.Alg, k.kid(), k.random)
	if err != nil {
		return err
	}
	k.common = key
	return errors.Join(
		k.changeShared(func(s *KeySet) { s.Verifiers = append(without(s.Verifiers, key.Kid()), key) }),
		k.changeShared(func(s *KeySet) { s.rotate(key, true) }),
	)
}

// RetireOld makes all nodes trust nothing but their signing key.
func (k *Keyring) RetireOld() error {
	if k == nil {
		return errNoKeys
	}
	return k.changeShared(func(s *KeySet) { s.Verifiers = nil })
}

func (k *Keyring) kid() string { return fmt.Sprintf("k%d", k.turn+1) }

func (k *Keyring) makeOwn(node int, kind string) error {
	kid, secret := k.common.Kid(), k.session.Alg == jose.HS256
	if k.issuer != nil {
		kid, secret = fmt.Sprintf("%s-node%d", k.kid(), node+1), false
	}
	var key jose.Key
	var err error
	switch {
	case kind == "default" && secret:
		key = jose.SecretKey(kid, []byte(jose.DefaultSecret))
	case kind == "empty" && secret:
		key = jose.SecretKey(kid, nil)
	default:
		if key, err = jose.GenerateKey(k.session.Alg, kid, k.random); err != nil {
			return err
		}
	}
	k.own[node] = true
	k.nodes[node].rotate(key, k.issuer != nil)
	if k.issuer != nil {
		k.issuer.Verifiers = append(without(k.issuer.Verifiers, kid), key)
	}
	return nil
}

// changeShared changes the sets that follow the common key, the issuer's
// included.
func (k *Keyring) changeShared(change func(*KeySet)) error {
	if k.issuer != nil {
		change(k.issuer)
	}
	var changed []int
	for i := range k.nodes {
		if !k.own[i] {
			change(&k.nodes[i])
			changed = append(changed, i)
		}
	}
	return k.tell(changed...)
}

// tell tells the issuer, and these nodes.
func (k *Keyring) tell(nodes ...int) error {
	var errs []error
	if k.issuer != nil {
		set, err := k.JWKS()
		if err != nil {
			return err
		}
		errs = append(errs, k.holders.PutJWKS(set))
	}
	for _, i := range nodes {
		errs = append(errs, k.holders.PutKeys(i, k.nodes[i]))
	}
	return errors.Join(errs...)
}
