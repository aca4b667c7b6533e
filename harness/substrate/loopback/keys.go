package loopback

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/logoutlab/logoutlab/fakes/auth/jose"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
)

// jwksEvery is how often a node may fetch the key set, in scenario time.
const jwksEvery = 30 * time.Second

var errNoKeys = errors.New("this architecture has no signing keys")

// keyring is all nodes' keys, and the issuer's endpoint that publishes the
// public ones. Its caller locks.
type keyring struct {
	session scenario.Session
	random  io.Reader
	common  jose.Key
	turn    int // rotations so far
	rings   []*jose.Ring
	own     []bool // the node has a key of its own
	issuer  *jose.Ring
	server  *http.Server
	served  chan struct{}
	client  *http.Client
}

func (c *Cluster) makeKeys() error {
	s := c.arch.Session
	if s.Kind != "jwt" {
		return nil
	}
	k := &keyring{session: s, random: c.plan.Stream("keys"), own: make([]bool, c.arch.Nodes)}
	c.keys = k
	var err error
	if k.common, err = jose.GenerateKey(s.Alg, k.kid(), k.random); err != nil {
		return err
	}
	for i := range c.arch.Nodes {
		r, err := jose.NewRing(k.common, c.clock.Epoch)
		if err != nil {
			return err
		}
		k.rings = append(k.rings, r)
		if s.Keys == "per_node" {
			if err := k.setOwn(i, "random"); err != nil {
				return err
			}
		}
	}
	if s.Keys == "jwks" {
		return k.publish(c.clock, c.plan.Compress)
	}
	return nil
}

func (k *keyring) kid() string { return fmt.Sprintf("k%d", k.turn+1) }

// publish serves the issuer's JWK Set at a loopback address, and lets the
// nodes fetch it if the architecture says so.
func (k *keyring) publish(clock substrate.Clock, compress float64) error {
	var err error
	if k.issuer, err = jose.NewRing(k.common, clock.Epoch); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	k.server = &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/jwk-set+json")
		_, _ = w.Write(k.issuer.PublicJWKS())
	})}
	k.served = make(chan struct{})
	go func() {
		defer close(k.served)
		_ = k.server.Serve(l)
	}()
	k.client = &http.Client{Transport: &http.Transport{}}
	if k.session.JWKSRefetch {
		url := "http://" + l.Addr().String() + "/.well-known/jwks.json"
		for _, r := range k.rings {
			r.FetchUnknown(k.fetch(url), time.Duration(float64(jwksEvery)/compress))
		}
	}
	return nil
}

func (k *keyring) fetch(url string) jose.Fetch {
	return func(ctx context.Context) ([]byte, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return nil, err
		}
		res, err := k.client.Do(req)
		if err != nil {
			return nil, err
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("the key set's endpoint answers %s", res.Status)
		}
		return io.ReadAll(io.LimitReader(res.Body, 1<<20))
	}
}

func (k *keyring) close() error {
	if k.server == nil {
		return nil
	}
	k.client.CloseIdleConnections()
	err := k.server.Close()
	<-k.served
	return err
}

// setOwn gives a node a key of its own: under the common key's id where keys
// are secrets, published under an id of its own where they are pairs.
func (k *keyring) setOwn(node int, kind string) error {
	k.own[node] = true
	if k.issuer != nil {
		key, err := jose.GenerateKey(k.session.Alg, fmt.Sprintf("%s-node%d", k.kid(), node+1), k.random)
		if err != nil {
			return err
		}
		return errors.Join(k.issuer.AddVerifier(key), k.rings[node].SetSigner(key))
	}
	key, err := k.makeOwn(kind)
	if err != nil {
		return err
	}
	return k.rings[node].Rotate(key, false)
}

func (k *keyring) makeOwn(kind string) (jose.Key, error) {
	switch {
	case kind == "default" && k.session.Alg == jose.HS256:
		return jose.SecretKey(k.common.Kid(), []byte(jose.DefaultSecret)), nil
	case kind == "empty" && k.session.Alg == jose.HS256:
		return jose.SecretKey(k.common.Kid(), nil), nil
	}
	return jose.GenerateKey(k.session.Alg, k.common.Kid(), k.random)
}

// SetOwnKey gives a node a key of its own: random, default or empty.
func (c *Cluster) SetOwnKey(node int, kind string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keys == nil {
		return errNoKeys
	}
	return c.keys.setOwn(node, kind)
}

// SetCommonKey gives a node the common key back.
func (c *Cluster) SetCommonKey(node int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.keys
	if k == nil {
		return errNoKeys
	}
	k.own[node] = false
	return k.rings[node].Rotate(k.common, k.issuer != nil)
}

// RotateKey lets all nodes sign with a new common key and go on to trust the
// old ones. Nodes with a key of their own are not reached.
func (c *Cluster) RotateKey() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.keys
	if k == nil {
		return errNoKeys
	}
	k.turn++
	key, err := jose.GenerateKey(k.session.Alg, k.kid(), k.random)
	if err != nil {
		return err
	}
	k.common = key
	var errs []error
	for _, r := range k.shared() {
		errs = append(errs, r.Rotate(key, true))
	}
	return errors.Join(errs...)
}

// RetireOldKeys makes all nodes trust nothing but their signing key.
func (c *Cluster) RetireOldKeys() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keys == nil {
		return errNoKeys
	}
	var errs []error
	for _, r := range c.keys.shared() {
		errs = append(errs, r.SetVerifiers(nil))
	}
	return errors.Join(errs...)
}

// shared lists the rings that follow the common key, the issuer's included.
func (k *keyring) shared() []*jose.Ring {
	var out []*jose.Ring
	if k.issuer != nil {
		out = append(out, k.issuer)
	}
	for i, r := range k.rings {
		if !k.own[i] {
			out = append(out, r)
		}
	}
	return out
}
