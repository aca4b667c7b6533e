package lab

import (
	"crypto/rand"
	"errors"
	"math/big"
	"net"
	"strconv"
	"strings"
)

// Ports are published below the range from which Linux takes those of outgoing
// connections (net.ipv4.ip_local_port_range): while a node is down, a client's
// connection must not take its place.
const (
	lowestPort  = 20_000
	highestPort = 32_767
)

var errNoPort = errors.New("1000 ports of 127.0.0.1 between 20000 and 32767 are in use: end the programs that hold them (`ss -ltnp` lists them)")

// freePorts picks free ports of 127.0.0.1, which no other container of the lab
// has been promised. Docker would choose others after a restart.
func (l *Lab) freePorts(inside []int) (map[int]int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	ports := make(map[int]int, len(inside))
	for _, p := range inside {
		found, err := l.freePort()
		if err != nil {
			return nil, err
		}
		ports[p] = found
	}
	return ports, nil
}

// freePort needs the lock.
func (l *Lab) freePort() (int, error) {
	for range 1000 {
		n, err := rand.Int(rand.Reader, big.NewInt(highestPort-lowestPort+1))
		if err != nil {
			return 0, err
		}
		port := lowestPort + int(n.Int64())
		if l.promised[port] {
			continue
		}
		taken, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue
		}
		l.promised[port] = true
		return port, taken.Close()
	}
	return 0, errNoPort
}

// portTaken tells from the daemon's error that somebody else has a port.
func portTaken(err error) bool {
	for _, words := range []string{"port is already allocated", "address already in use", "ports are not available"} {
		if strings.Contains(err.Error(), words) {
			return true
		}
	}
	return false
}
