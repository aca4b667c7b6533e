package node

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// tunnel answers CONNECT (RFC 9110 section 9.3.6): the harness reaches a
// neighbour's port that is not published, such as a balancer's runtime API,
// which knows no token.
func tunnel(w http.ResponseWriter, r *http.Request) {
	there, err := (&net.Dialer{Timeout: 2 * time.Second}).DialContext(r.Context(), "tcp", r.Host)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer there.Close()
	here, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		refuse(w, err)
		return
	}
	defer here.Close()
	if _, err := io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(there, buffered)
		_ = there.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(here, there)
}

// Dial connects to a host:port of the node's network.
func (c *Client) Dial(ctx context.Context, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: callTimeout}).DialContext(ctx, "tcp", strings.TrimPrefix(c.url, "http://"))
	if err != nil {
		return nil, fmt.Errorf("node %s: reach %s: %w", c.name, address, err)
	}
	in := bufio.NewReader(conn)
	if err := c.connect(ctx, conn, in, address); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("node %s: reach %s: %w", c.name, address, err)
	}
	return &tunnelled{Conn: conn, in: in}, nil
}

func (c *Client) connect(ctx context.Context, conn net.Conn, in *bufio.Reader, address string) error {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(callTimeout)
	}
	if err := conn.SetDeadline(deadline); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n", address, address, c.token); err != nil {
		return err
	}
	res, err := http.ReadResponse(in, &http.Request{Method: http.MethodConnect})
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		defer res.Body.Close()
		text, _ := io.ReadAll(io.LimitReader(res.Body, 1000))
		return fmt.Errorf("it answers %s: %s", res.Status, strings.TrimSpace(string(text)))
	}
	return conn.SetDeadline(time.Time{})
}

// tunnelled reads what came with the answer first.
type tunnelled struct {
	net.Conn
	in *bufio.Reader
}

// Read reads from the other side.
func (t *tunnelled) Read(p []byte) (int, error) { return t.in.Read(p) }
