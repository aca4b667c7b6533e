package node

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/logoutlab/logoutlab/harness/fault"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

// callTimeout bounds a control call.
const callTimeout = 10 * time.Second

// Client controls one node. Its methods may be called from many goroutines;
// their errors name the node and what was asked of it, and never the token.
type Client struct {
	name  string
	url   string
	token string
	http  *http.Client
}

// NewClient controls the node of this name, whose control port is at url
// ("http://127.0.0.1:32768"). It keeps no connection open: the node may be
// killed and come back between two calls.
func NewClient(name, url, token string) *Client {
	return &Client{
		name: name, url: strings.TrimSuffix(url, "/"), token: token,
		http: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: callTimeout},
	}
}

// PutState starts the node's application: its app port is open afterwards.
func (c *Client) PutState(ctx context.Context, s State) error {
	return c.call(ctx, "start it", http.MethodPut, "/state", s, nil)
}

// SetClock puts the node's clock ahead (or behind, if negative).
func (c *Client) SetClock(ctx context.Context, offset time.Duration) error {
	return c.call(ctx, "set its clock", http.MethodPut, "/clock", clockBody{offset}, nil)
}

// SetMisconfigured makes the node refuse every page, or stop to.
func (c *Client) SetMisconfigured(ctx context.Context, on bool) error {
	return c.call(ctx, "set whether it is misconfigured", http.MethodPut, "/misconfigured", misconfiguredBody{on}, nil)
}

// SetGrace says how long requests under way may go on after SIGTERM; 0: they
// are cut.
func (c *Client) SetGrace(ctx context.Context, d time.Duration) error {
	return c.call(ctx, "set its grace", http.MethodPut, "/grace", graceBody{d}, nil)
}

// SetKeys changes what the node signs with and trusts; see
// [parts.KeySet.Apply].
func (c *Client) SetKeys(ctx context.Context, s parts.KeySet) error {
	return c.call(ctx, "set its keys", http.MethodPut, "/keys", s, nil)
}

// Cut resets the node's app connections that carry a request, and returns how
// many there were.
func (c *Client) Cut(ctx context.Context) (int, error) {
	var out cutBody
	err := c.call(ctx, "cut its connections", http.MethodPost, "/cut", nil, &out)
	return out.Connections, err
}

// ForgetIdle resets the node's app connections that have carried no request for
// so long, each when the next one comes; 0: none.
func (c *Client) ForgetIdle(ctx context.Context, after time.Duration) error {
	return c.call(ctx, "set when idle connections are forgotten", http.MethodPut, "/idle", idleBody{after}, nil)
}

// SetIssuer makes the program an issuer: its app port serves this JWK Set at
// [parts.JWKSPath], and no application. Further calls replace the set.
func (c *Client) SetIssuer(ctx context.Context, jwks []byte) error {
	return c.call(ctx, "publish the JWK Set", http.MethodPut, "/issuer", json.RawMessage(jwks), nil)
}

// OpenLinks makes the program a relay of connections: it listens on behalf of
// each link's target, and runs no application.
func (c *Client) OpenLinks(ctx context.Context, links []Link) error {
	return c.call(ctx, "open its links", http.MethodPut, "/links", links, nil)
}

// Disturb disturbs the connections of a link, counted from 0; see
// [wire.Link.Disturb].
func (c *Client) Disturb(ctx context.Context, link int, id string, d fault.Disturbance) error {
	return c.call(ctx, "disturb a link", http.MethodPut, "/disturbance", disturbanceBody{link, id, &d}, nil)
}

// Calm ends what Disturb began.
func (c *Client) Calm(ctx context.Context, link int, id string) error {
	return c.call(ctx, "leave a link alone", http.MethodPut, "/disturbance", disturbanceBody{link, id, nil}, nil)
}

// Health says what the node is.
func (c *Client) Health(ctx context.Context) (Health, error) {
	var out Health
	err := c.call(ctx, "ask how it is", http.MethodGet, "/healthz", nil, &out)
	return out, err
}

// Health is a node's word about itself.
type Health struct {
	Name string `json:"name,omitempty"` // "" until it has a state, and of an issuer
	Boot int    `json:"boot,omitempty"`
	App  string `json:"app,omitempty"` // the address of the app port; "" until it is open

	Store *history.StoreUse `json:"store,omitempty"` // what this boot has asked of the shared store; nil: there is none
}

type (
	clockBody struct {
		Offset time.Duration `json:"offset_ns"`
	}
	misconfiguredBody struct {
		On bool `json:"on"`
	}
	idleBody struct {
		Forget time.Duration `json:"forget_ns"` // 0: never
	}
	graceBody struct {
		Grace time.Duration `json:"grace_ns"`
	}
	disturbanceBody struct {
		Link  int                `json:"link"`
		ID    string             `json:"id"`
		Begin *fault.Disturbance `json:"begin,omitempty"` // nil: it ends
	}
	cutBody struct {
		Connections int `json:"connections"`
	}
)

// call sends in as JSON, if it is not nil, and reads the answer into out, if
// that is not.
func (c *Client) call(ctx context.Context, step, method, path string, in, out any) error {
	if err := c.do(ctx, method, path, in, out); err != nil {
		return fmt.Errorf("node %s: %s: %w", c.name, step, err)
	}
	return nil
}

func (c *Client) do(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.url+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	res, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	if err != nil {
		return err
	}
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("it answers %s: %s", res.Status, bytes.TrimSpace(answer))
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, out)
}
