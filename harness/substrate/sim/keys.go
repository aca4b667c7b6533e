package sim

import (
	"time"

	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/auth/jose"
	"github.com/logoutlab/logoutlab/fakes/client"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
	"github.com/logoutlab/logoutlab/harness/workload"
)

// ring is one node's keys.
type ring interface {
	auth.Keys
	SignerFP() string
	put(s parts.KeySet) error // gives it these keys
}

// rings makes the ring of a node that starts with these keys.
type rings func(c *Cluster, s parts.KeySet) (ring, error)

// symbolic is a ring of symbolic keys.
type symbolic struct {
	*auth.Symbolic
	cluster *Cluster
	every   time.Duration // how often it may fetch the issuer's set; 0: never
	fetched time.Duration // the latest time
}

// Open opens a token. A key id that the ring does not know may have it fetch
// the issuer's keys, in the place of those that it trusts.
func (r *symbolic) Open(t auth.Token) auth.Checked {
	c := r.Symbolic.Open(t)
	now := r.cluster.clock.now
	if c.Signature == auth.UnknownKey && r.every > 0 && (r.fetched == 0 || now-r.fetched >= r.every) {
		r.fetched = now
		r.SetVerifiers(r.cluster.names.symbolic(r.cluster.keys.Published()))
		c = r.Symbolic.Open(t)
	}
	if c.Signature == auth.UnknownKey {
		c.Kid = r.cluster.names.kid(t.Kid)
	}
	return c
}

// put keeps what the ring fetched by itself, unless the signer is to be trusted
// alone.
func (r *symbolic) put(s parts.KeySet) error {
	names := &r.cluster.names
	for _, k := range names.symbolic(s.Verifiers) {
		r.AddVerifier(k)
	}
	r.Rotate(names.one(s.Signer), len(s.Verifiers) > 0)
	return nil
}

func newSymbolic(c *Cluster, s parts.KeySet) (ring, error) {
	r := &symbolic{cluster: c, Symbolic: auth.NewSymbolic(c.names.one(s.Signer), c.names.symbolic(s.Verifiers)...)}
	if c.arch.Session.JWKSRefetch {
		r.every = shorter(parts.RefetchEvery, c.plan)
	}
	return r, nil
}

// makeKeys makes the nodes' rings: symbolic ones, if newRing is nil.
func (c *Cluster) makeKeys(newRing rings) (err error) {
	a := c.arch
	a.Nodes = len(c.nodes)
	c.seal = c.sealReal
	if newRing == nil {
		c.seal = c.sealSymbolic
		newRing = newSymbolic
		a.Session.Alg = jose.HS256 // real keys for their names alone, and so that these follow from the seed
	}
	if c.keys, err = parts.NewKeyring(a, c.plan.Stream("keys"), c); err != nil || c.keys == nil {
		return err
	}
	for i, n := range c.nodes {
		if n.ring, err = newRing(c, c.keys.Node(i)); err != nil {
			return err
		}
	}
	return nil
}

// forged are the tokens with which somebody asks for a page in a user's name.
func (c *Cluster) forged(user, action int) []client.Value {
	var all []client.Value
	for _, f := range workload.Forgeries(user, action, c.clock.now) {
		all = append(all, c.tokens.ref(f.Says.ID, c.seal(f.Says, f.Secret)))
	}
	return all
}

// sealSymbolic makes a token without a key id, signed with a secret. Nodes that
// have key pairs pin their algorithm.
func (c *Cluster) sealSymbolic(says auth.Claims, secret []byte) auth.Token {
	if c.arch.Session.Alg != jose.HS256 {
		return auth.Token{Claims: says, Secret: auth.Unsigned}
	}
	return auth.Token{Claims: says, Secret: number(&c.names.prints, jose.SecretKey("", secret).FP())}
}

func (c *Cluster) sealReal(says auth.Claims, secret []byte) auth.Token {
	t, err := jose.Forge(says, secret, c.epoch)
	if err != nil {
		panic("sim: " + err.Error()) // an HMAC takes any secret
	}
	return t
}

var _ parts.Holders = (*Cluster)(nil)

// PutKeys gives a node its keys.
func (c *Cluster) PutKeys(i int, s parts.KeySet) error { return c.nodes[i].ring.put(s) }

// PutJWKS does nothing: nodes look at the issuer's keys themselves.
func (c *Cluster) PutJWKS([]byte) error { return nil }

// SetOwnKey gives a node a key of its own: random, default or empty. A key
// pair is always random.
func (c *Cluster) SetOwnKey(i int, kind string) error {
	if c.arch.Session.Alg != jose.HS256 {
		kind = "random"
	}
	return c.keys.SetOwn(i, kind)
}

// SetCommonKey gives a node the common key back.
func (c *Cluster) SetCommonKey(i int) error { return c.keys.SetCommon(i) }

// RotateKey lets all nodes sign with a new common key.
func (c *Cluster) RotateKey() error { return c.keys.Rotate() }

// RetireOldKeys makes all nodes trust nothing but their signing key.
func (c *Cluster) RetireOldKeys() error { return c.keys.RetireOld() }

// names numbers the ids and the fingerprints of keys.
type names struct{ kids, prints []string }

func (n *names) one(k jose.Key) auth.SymbolicKey {
	return auth.SymbolicKey{Kid: number(&n.kids, k.Kid()), Secret: number(&n.prints, k.FP()), Name: k.Kid(), FP: k.FP()}
}

func (n *names) symbolic(keys []jose.Key) []auth.SymbolicKey {
	var all []auth.SymbolicKey
	for _, k := range keys {
		all = append(all, n.one(k))
	}
	return all
}

// kid is a key id by its number.
func (n *names) kid(number uint32) string { return n.kids[number-1] }

// number is a word's place in a list, from 1 on.
func number(list *[]string, word string) uint32 {
	for i, w := range *list {
		if w == word {
			return uint32(i + 1)
		}
	}
	*list = append(*list, word)
	return uint32(len(*list))
}
