package loopback

import (
	"net/http"

	"github.com/logoutlab/logoutlab/fakes/app"
	"github.com/logoutlab/logoutlab/fakes/auth/jose"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

// holders are the nodes' rings, and the issuer's endpoint if there is one.
type holders struct {
	rings  []*jose.Ring // of each node; nil without signing keys
	issuer parts.Issuer
	server *app.Process // of the issuer
	client *http.Client // of the nodes, towards the issuer
}

var _ parts.Holders = (*holders)(nil)

// PutKeys changes a node's ring, which outlives the node's processes.
func (h *holders) PutKeys(node int, s parts.KeySet) error { return s.Apply(h.rings[node]) }

// PutJWKS publishes a set.
func (h *holders) PutJWKS(set []byte) error {
	h.issuer.Publish(set)
	return nil
}

func (c *Cluster) makeKeys() error {
	h := &c.holders
	h.rings = make([]*jose.Ring, c.size)
	var err error
	all := c.arch
	all.Nodes = c.size
	if c.keys, err = parts.NewKeyring(all, c.plan.Stream("keys"), h); c.keys == nil {
		return err
	}
	for i := range h.rings {
		if h.rings[i], err = c.keys.Node(i).Ring(c.clock.Epoch); err != nil {
			return err
		}
	}
	set, err := c.keys.JWKS()
	if set == nil {
		return err
	}
	h.issuer.Publish(set)
	h.server, h.client = app.NewProcess("127.0.0.1:0", false), &http.Client{Transport: &http.Transport{}}
	if err := h.server.Start(&h.issuer); err != nil {
		return err
	}
	if c.arch.Session.JWKSRefetch {
		for _, r := range h.rings {
			parts.RefetchKeys(r, h.client, "http://"+h.server.Addr()+parts.JWKSPath, c.plan.Compress)
		}
	}
	return nil
}

func (h *holders) close() {
	if h.server != nil {
		h.client.CloseIdleConnections()
		h.server.Kill()
	}
}

// SetOwnKey gives a node a key of its own: random, default or empty.
func (c *Cluster) SetOwnKey(node int, kind string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.keys.SetOwn(node, kind)
}

// SetCommonKey gives a node the common key back.
func (c *Cluster) SetCommonKey(node int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.keys.SetCommon(node)
}

// RotateKey lets all nodes sign with a new common key and go on to trust the
// old ones. Nodes with a key of their own are not reached.
func (c *Cluster) RotateKey() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.keys.Rotate()
}

// RetireOldKeys makes all nodes trust nothing but their signing key.
func (c *Cluster) RetireOldKeys() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.keys.RetireOld()
}
