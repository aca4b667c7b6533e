package workload

import (
	"context"
	"fmt"
	"net"
	"time"
)

// dialTimeout is how long a connection may take to come about.
const dialTimeout = 5 * time.Second

// Dialer opens TCP connections from an address of this machine, or from any
// if from is nil. With proxyProtocol every connection begins with a PROXY
// header, version 1, that says who it comes from
// (https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt, section 2.1):
// behind a container's published port all clients look alike.
func Dialer(from net.IP, proxyProtocol bool) func(ctx context.Context, network, address string) (net.Conn, error) {
	d := &net.Dialer{Timeout: dialTimeout}
	if from != nil {
		d.LocalAddr = &net.TCPAddr{IP: from}
	}
	if !proxyProtocol {
		return d.DialContext
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := d.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		if _, err := c.Write(proxyHeader(c)); err != nil {
			_ = c.Close()
			return nil, err
		}
		return c, nil
	}
}

func proxyHeader(c net.Conn) []byte {
	from, fromOK := c.LocalAddr().(*net.TCPAddr)
	to, toOK := c.RemoteAddr().(*net.TCPAddr)
	if !fromOK || !toOK {
		return []byte("PROXY UNKNOWN\r\n")
	}
	family := "TCP4"
	if from.IP.To4() == nil {
		family = "TCP6"
	}
	return fmt.Appendf(nil, "PROXY %s %s %s %d %d\r\n", family, from.IP, to.IP, from.Port, to.Port)
}
