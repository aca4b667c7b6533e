package parts

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"
)

// MemcachedAdmin is a connection to a memcached for what applications do not
// do: list keys and remove many.
type MemcachedAdmin struct {
	conn net.Conn
	in   *bufio.Reader
}

// AdministerMemcached takes a connection, which Close closes. It is for ten
// seconds of work.
func AdministerMemcached(conn net.Conn) (*MemcachedAdmin, error) {
	return &MemcachedAdmin{conn, bufio.NewReader(conn)}, conn.SetDeadline(time.Now().Add(10 * time.Second))
}

// Close ends the connection.
func (m *MemcachedAdmin) Close() error { return m.conn.Close() }

// Version asks what runs there, which only a memcached can tell.
func (m *MemcachedAdmin) Version() (string, error) {
	answer, err := m.ask("version")
	version, ok := strings.CutPrefix(answer, "VERSION ")
	if err == nil && !ok {
		err = fmt.Errorf("it answers %q: no memcached?", answer)
	}
	return version, err
}

// Flush removes everything.
func (m *MemcachedAdmin) Flush() error {
	answer, err := m.ask("flush_all")
	if err == nil && answer != "OK" {
		err = fmt.Errorf("flush_all: %s", answer)
	}
	return err
}

// Clear removes the keys that begin with prefix. Those that come meanwhile may
// stay.
func (m *MemcachedAdmin) Clear(prefix string) error {
	keys, err := m.keys(prefix)
	if err != nil {
		return err
	}
	return m.remove(keys)
}

// Evict removes all but keep percent of the keys that begin with prefix; which
// ones, chance decides. (A memcached that is full evicts the least recently
// used of the sizes that it is short of, which a run's few kilobytes never
// are.)
func (m *MemcachedAdmin) Evict(prefix string, keep int, chance interface{ IntN(n int) int }) error {
	keys, err := m.keys(prefix)
	if err != nil {
		return err
	}
	return m.remove(lot(keys, keep, chance))
}

// keys lists keys, each once, in their own order. The crawler that finds them
// passes by a key that memcached moves from one of its lists to another just
// then: it is sent until it finds no further one.
func (m *MemcachedAdmin) keys(prefix string) ([]string, error) {
	var all []string
	for {
		some, err := m.crawl(prefix)
		if err != nil {
			return nil, err
		}
		before := len(all)
		all = append(all, some...)
		slices.Sort(all)
		if all = slices.Compact(all); len(all) == before {
			return all, nil
		}
	}
}

// crawl lists the keys that the LRU crawler finds.
func (m *MemcachedAdmin) crawl(prefix string) ([]string, error) {
	const list = "lru_crawler metadump all"
	line, err := m.ask(list)
	for err == nil && strings.HasPrefix(line, "BUSY") { // it crawls on its own account too
		time.Sleep(10 * time.Millisecond)
		line, err = m.ask(list)
	}
	var keys []string
	for ; err == nil && line != "END"; line, err = m.line() {
		field, _, _ := strings.Cut(line, " ")
		name, ok := strings.CutPrefix(field, "key=")
		if !ok {
			return nil, fmt.Errorf("%s: %s", list, line)
		}
		key, err := url.PathUnescape(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", list, err)
		}
		if strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	return keys, err
}

// remove deletes keys; those that are gone already do not matter.
func (m *MemcachedAdmin) remove(keys []string) error {
	for some := range slices.Chunk(keys, batch) {
		if _, err := io.WriteString(m.conn, "delete "+strings.Join(some, "\r\ndelete ")+"\r\n"); err != nil {
			return err
		}
		for range some {
			switch answer, err := m.line(); {
			case err != nil:
				return err
			case answer != "DELETED" && answer != "NOT_FOUND":
				return fmt.Errorf("delete: %s", answer)
			}
		}
	}
	return nil
}

func (m *MemcachedAdmin) ask(command string) (string, error) {
	if _, err := io.WriteString(m.conn, command+"\r\n"); err != nil {
		return "", err
	}
	return m.line()
}

func (m *MemcachedAdmin) line() (string, error) {
	line, err := m.in.ReadString('\n')
	return strings.TrimRight(line, "\r\n"), err
}
