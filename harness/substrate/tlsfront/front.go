package tlsfront

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
)

// Dial connects to the system on behalf of somebody at an address.
type Dial func(ctx context.Context, from net.IP) (net.Conn, error)

// Front passes on what arrives by TLS.
type Front struct {
	listener net.Listener
	cert     *x509.Certificate
	dial     Dial
	ctx      context.Context
	cancel   context.CancelFunc
	serving  sync.WaitGroup

	mu     sync.Mutex
	open   map[net.Conn]bool
	closed bool
}

// Names are the hosts of origins such as https://www.example.test that are at
// https.
func Names(origins ...string) []string {
	var names []string
	for _, o := range origins {
		if name, ok := strings.CutPrefix(o, "https://"); ok {
			names = append(names, name)
		}
	}
	return names
}

// Open listens on a port of 127.0.0.1, for any of the names.
func Open(names []string, dial Dial) (*Front, error) {
	keys, cert, err := certify(names)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for TLS: %w", err)
	}
	f := &Front{cert: cert, dial: dial, open: map[net.Conn]bool{}}
	f.ctx, f.cancel = context.WithCancel(context.Background())
	f.listener = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{keys}, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12})
	f.serving.Go(f.accept)
	return f, nil
}

// Addr is where it listens, as host:port.
func (f *Front) Addr() string { return f.listener.Addr().String() }

// Certificate is what it shows, signed by itself.
func (f *Front) Certificate() *x509.Certificate { return f.cert }

// Pin is the SHA-256 of its public key in base64, as browsers and curl take it.
func (f *Front) Pin() string {
	sum := sha256.Sum256(f.cert.RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// Roots are what its certificate is checked against.
func (f *Front) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(f.cert)
	return pool
}

// Close ends all connections.
func (f *Front) Close() error {
	f.cancel()
	err := f.listener.Close()
	f.mu.Lock()
	f.closed = true
	for c := range f.open {
		_ = c.Close()
	}
	f.mu.Unlock()
	f.serving.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (f *Front) accept() {
	for {
		c, err := f.listener.Accept()
		if err != nil {
			return
		}
		f.serving.Go(func() { f.serve(c) })
	}
}

// serve joins a connection with one of its own to the system. Once either side
// ends, so does the other.
func (f *Front) serve(c net.Conn) {
	defer f.keep(c)()
	var from net.IP
	if a, ok := c.RemoteAddr().(*net.TCPAddr); ok {
		from = a.IP
	}
	if err := c.(*tls.Conn).HandshakeContext(f.ctx); err != nil {
		return // whoever came does not want this certificate, or has gone
	}
	up, err := f.dial(f.ctx, from)
	if err != nil {
		return // the closed connection says so
	}
	defer f.keep(up)()
	var there sync.WaitGroup
	there.Go(func() {
		_, _ = io.Copy(up, c)
		_ = up.Close()
	})
	_, _ = io.Copy(c, up)
	_ = c.Close()
	there.Wait()
}

// keep notes a connection, and returns what ends and forgets it.
func (f *Front) keep(c net.Conn) func() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		_ = c.Close()
	}
	f.open[c] = true
	return func() {
		_ = c.Close()
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.open, c)
	}
}
