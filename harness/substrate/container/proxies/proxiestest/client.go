package proxiestest

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/balancer/proxy"
)

// Client is a browser: it keeps cookies and connections, and repeats nothing.
type Client struct {
	t    testing.TB
	base string
	http *http.Client
}

// ClientOption changes a client.
type ClientOption func(*http.Transport)

// H2C makes a client speak HTTP/2 in clear text, with prior knowledge.
func H2C() ClientOption {
	return func(t *http.Transport) {
		t.Protocols = new(http.Protocols)
		t.Protocols.SetUnencryptedHTTP2(true)
	}
}

// From makes a client's connections begin with a PROXY header (version 1)
// that says they come from this address.
func From(ip string) ClientOption {
	return func(t *http.Transport) {
		dial := t.DialContext
		t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := dial(ctx, network, address)
			if err == nil {
				_, err = fmt.Fprintf(c, "PROXY TCP4 %s 127.0.0.1 4711 80\r\n", ip)
			}
			return c, err
		}
	}
}

// NewConnections makes a client open one for every request.
func NewConnections() ClientOption {
	return func(t *http.Transport) { t.DisableKeepAlives = true }
}

// Reply is what came of a request.
type Reply struct {
	*http.Response
	Body string
	Err  error // the connection ended without an answer
}

// Client returns a browser of the product.
func (r *Process) Client(options ...ClientOption) *Client {
	return NewClient(r.t, "http://"+r.Addr, options...)
}

// NewClient returns a browser of whatever answers at base.
func NewClient(t testing.TB, base string, options ...ClientOption) *Client {
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	transport := &http.Transport{DialContext: (&net.Dialer{}).DialContext, DisableCompression: true}
	for _, o := range options {
		o(transport)
	}
	t.Cleanup(transport.CloseIdleConnections)
	c := &http.Client{Transport: &proxy.NoReplay{Transport: transport}, Jar: jar, Timeout: 10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &Client{t: t, base: base, http: c}
}

// Do sends a request, once.
func (c *Client) Do(method, path string, wants ...Answer) Reply {
	c.t.Helper()
	req, err := http.NewRequest(method, c.base+path, nil)
	require.NoError(c.t, err)
	for _, want := range wants {
		want(req.Header)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return Reply{Response: &http.Response{}, Err: err}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return Reply{Response: res, Body: string(body), Err: err}
}

// Get is Do with GET, of which an answer is expected.
func (c *Client) Get(path string, wants ...Answer) Reply {
	c.t.Helper()
	reply := c.Do(http.MethodGet, path, wants...)
	require.NoError(c.t, reply.Err)
	return reply
}

// Node is the node that answered.
func (r Reply) Node() string { return r.Header.Get("X-Node") }

// Header makes a request carry a header field.
func Header(name, value string) Answer {
	return func(h http.Header) { h.Add(name, value) }
}

// Cookie is the Set-Cookie of that name, nil if there is none.
func (r Reply) Cookie(name string) *http.Cookie {
	for _, c := range r.Cookies() {
		if c.Name == name {
			return c
		}
	}
	return nil
}
