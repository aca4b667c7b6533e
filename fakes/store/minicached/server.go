package minicached

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
)

// The limits of a memcached with default settings, in bytes.
const (
	maxKey   = 250
	maxValue = 1 << 20
	maxLine  = 2048
)

// Server is a running memcached.
type Server struct {
	items items
	l     net.Listener
	wg    sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]struct{} // nil: it is closed
}

// Run starts a server on a free port of 127.0.0.1.
func Run() (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{l: l, conns: map[net.Conn]struct{}{}}
	s.wg.Go(s.accept)
	return s, nil
}

// Addr is the host:port to connect to.
func (s *Server) Addr() string { return s.l.Addr().String() }

// Close ends the server and every connection.
func (s *Server) Close() {
	_ = s.l.Close()
	s.mu.Lock()
	for c := range s.conns {
		_ = c.Close()
	}
	s.conns = nil
	s.mu.Unlock()
	s.wg.Wait()
}

func (s *Server) accept() {
	for {
		c, err := s.l.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		open := s.conns != nil
		if open {
			s.conns[c] = struct{}{}
		}
		s.mu.Unlock()
		if !open {
			_ = c.Close()
			return
		}
		s.wg.Go(func() { s.serve(c) })
	}
}

// serve answers a connection's commands until it ends.
func (s *Server) serve(c net.Conn) {
	defer func() {
		_ = c.Close()
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
	}()
	in, out := bufio.NewReaderSize(c, maxLine), bufio.NewWriter(c)
	for {
		if in.Buffered() == 0 && out.Flush() != nil {
			return
		}
		line, err := in.ReadSlice('\n')
		if err != nil {
			return
		}
		if err := s.command(strings.Fields(string(line)), in, out); err != nil {
			_ = out.Flush()
			return
		}
	}
}

var errQuit = errors.New("the client leaves")

// command carries out one command. The error says that the connection is over.
func (s *Server) command(words []string, in *bufio.Reader, out *bufio.Writer) error {
	if len(words) == 0 {
		return say(out, "ERROR")
	}
	args := words[1:]
	switch verb := words[0]; {
	case verb == "quit":
		return errQuit
	case verb == "version" && len(args) == 0:
		return say(out, "VERSION 1.6.0-minicached")
	case (verb == "get" || verb == "gets") && len(args) > 0:
		return s.get(args, verb == "gets", out)
	case (verb == "set" || verb == "add" || verb == "replace") && len(args) == 4, verb == "cas" && len(args) == 5:
		return s.store(verb, args, in, out)
	case verb == "delete" && len(args) == 1:
		return say(out, s.items.remove(args[0]))
	case verb == "flush_all" && len(args) == 0:
		s.items.clear()
		return say(out, "OK")
	case strings.Join(words, " ") == "lru_crawler metadump all":
		s.items.dump(out)
		return say(out, "END")
	}
	return say(out, "ERROR")
}

func (s *Server) get(keys []string, unique bool, out *bufio.Writer) error {
	for _, key := range keys {
		if len(key) > maxKey {
			return say(out, badLine)
		}
	}
	for _, key := range keys {
		it, ok := s.items.find(key)
		if !ok {
			continue
		}
		fmt.Fprintf(out, "VALUE %s %d %d", key, it.flags, len(it.value))
		if unique {
			fmt.Fprintf(out, " %d", it.version)
		}
		fmt.Fprintf(out, "\r\n%s\r\n", it.value)
	}
	return say(out, "END")
}

const badLine = "CLIENT_ERROR bad command line format"

// store reads the value that follows a storage command, and keeps it.
func (s *Server) store(verb string, args []string, in *bufio.Reader, out *bufio.Writer) error {
	flags, err1 := strconv.ParseUint(args[1], 10, 32)
	life, err2 := strconv.ParseInt(args[2], 10, 32)
	size, err3 := strconv.Atoi(args[3])
	it := item{flags: uint32(flags)}
	var err4 error
	if verb == "cas" {
		it.version, err4 = strconv.ParseUint(args[4], 10, 64)
	}
	if errors.Join(err1, err2, err3, err4) != nil || size < 0 || len(args[0]) > maxKey {
		return say(out, badLine)
	}
	if size > maxValue {
		_, err := in.Discard(size + len("\r\n"))
		return errors.Join(err, say(out, "SERVER_ERROR object too large for cache"))
	}
	it.value = make([]byte, size+len("\r\n"))
	if _, err := io.ReadFull(in, it.value); err != nil {
		return err
	}
	if string(it.value[size:]) != "\r\n" {
		return errors.Join(say(out, "CLIENT_ERROR bad data chunk"), errQuit) // what follows is no command
	}
	it.value = it.value[:size]
	return say(out, s.items.keep(verb, args[0], it, life))
}

func say(out *bufio.Writer, line string) error {
	_, err := out.WriteString(line + "\r\n")
	return err
}
