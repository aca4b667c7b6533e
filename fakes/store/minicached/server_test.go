package minicached_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/logoutlab/logoutlab/fakes/store/minicached"
	"github.com/logoutlab/logoutlab/fakes/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T) string {
	s, err := minicached.Run()
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s.Addr()
}

func TestWords(t *testing.T)       { testWords(t, start(t)) }
func TestWordsOfReal(t *testing.T) { testWords(t, storetest.Memcached(t)) }

// later is when what is stored now for two minutes expires, as a Unix time.
const later = "%LATER%"

// testWords is a conversation that the embedded memcached and a real one hold
// alike.
func testWords(t *testing.T, address string) {
	long, prefix := strings.Repeat("k", 251), fmt.Sprintf("t%d:", time.Now().UnixNano())
	for _, c := range []struct{ say, hear string }{
		{"get K", "END"},
		{"set K 7 60 2\r\nhi", "STORED"},
		{"get K", "VALUE K 7 2\nhi\nEND"},
		{"set K 7 60 4\r\na\r\nb", "STORED"},
		{"get K L K", "VALUE K 7 4\na\nb\nVALUE K 7 4\na\nb\nEND"},
		{"add K 0 0 1\r\nx", "NOT_STORED"},
		{"add L 0 0 1\r\nx", "STORED"},
		{"replace K 0 0 0\r\n", "STORED"},
		{"replace M 0 0 1\r\nx", "NOT_STORED"},
		{"cas M 0 0 1 1\r\nx", "NOT_FOUND"},
		{"cas K 0 0 1 18446744073709551615\r\nx", "EXISTS"},
		{"get K L", "VALUE K 0 0\n\nVALUE L 0 1\nx\nEND"},
		{"delete K", "DELETED"},
		{"delete K", "NOT_FOUND"},
		{"replace K 0 0 1\r\nx", "NOT_STORED"},
		{"set gone 0 -1 1\r\nx", "STORED"},
		{"get gone", "END"},
		{"set past 0 2592001 1\r\nx", "STORED"}, // a second over 30 days: in January 1970
		{"get past", "END"},
		{"set ahead 0 " + later + " 1\r\nx", "STORED"},
		{"get ahead", "VALUE ahead 0 1\nx\nEND"},
		{"get " + long, "CLIENT_ERROR bad command line format"},
		{"set " + long + " 0 x 1", "CLIENT_ERROR bad command line format"},
		{"get", "ERROR"},
		{"delete", "ERROR"},
		{"hello", "ERROR"},
		{"", "ERROR"},
	} {
		t.Run(c.say, func(t *testing.T) {
			c.say = strings.ReplaceAll(c.say, later, fmt.Sprint(time.Now().Unix()+120))
			require.Equal(t, c.hear, hear(t, address, prefix, c.say))
		})
	}
}

// keys are the words of testWords that are keys.
var keys = regexp.MustCompile(`\b(K|L|M|gone|past|ahead)\b`)

// hear says something on a connection of its own, with a prefix to all keys,
// and listens until quit closes it.
func hear(t *testing.T, address, prefix, say string) string {
	t.Helper()
	c, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	_, err = io.WriteString(c, keys.ReplaceAllString(say, prefix+"$1")+"\r\nquit\r\n")
	require.NoError(t, err)
	heard, err := io.ReadAll(c)
	require.NoError(t, err)
	text := strings.ReplaceAll(string(heard), prefix, "")
	return strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
}

func TestVersions(t *testing.T)       { testVersions(t, start(t)) }
func TestVersionsOfReal(t *testing.T) { testVersions(t, storetest.Memcached(t)) }

// testVersions: who has seen a value may replace it, unless another was faster.
func testVersions(t *testing.T, address string) {
	prefix := fmt.Sprintf("v%d:", time.Now().UnixNano())
	require.Equal(t, "STORED", hear(t, address, prefix, "set K 0 0 1\r\na"))
	var flags, size, version int
	_, err := fmt.Sscanf(hear(t, address, prefix, "gets K"), "VALUE K %d %d %d", &flags, &size, &version)
	require.NoError(t, err)
	cas := fmt.Sprintf("cas K 0 0 1 %d\r\nb", version)
	require.Equal(t, "STORED", hear(t, address, prefix, cas))
	require.Equal(t, "EXISTS", hear(t, address, prefix, cas))
	require.Equal(t, "VALUE K 0 1\nb\nEND", hear(t, address, prefix, "get K"))
}

func TestDump(t *testing.T)       { testDump(t, start(t)) }
func TestDumpOfReal(t *testing.T) { testDump(t, storetest.Memcached(t)) }

// testDump lists what is alive, and nothing after a flush.
func testDump(t *testing.T, address string) {
	prefix := fmt.Sprintf("d%d:", time.Now().UnixNano())
	for _, set := range []string{"set K 0 0 1\r\na", "set L 0 60 1\r\na", "set gone 0 -1 1\r\na"} {
		require.Equal(t, "STORED", hear(t, address, prefix, set))
	}
	dumped := func() (ours []string) {
		c, err := net.Dial("tcp", address)
		require.NoError(t, err)
		defer c.Close()
		require.NoError(t, c.SetDeadline(time.Now().Add(10*time.Second)))
		_, err = io.WriteString(c, "lru_crawler metadump all\r\n") // memcached does not hear what is said behind it
		require.NoError(t, err)
		encoded := strings.ReplaceAll(prefix, ":", "%3A")
		lines := bufio.NewScanner(c)
		for lines.Scan() && lines.Text() != "END" {
			if _, name, ok := strings.Cut(lines.Text(), "key="+encoded); ok {
				fields := strings.Fields(name)
				ours = append(ours, fields[0]+" "+strings.TrimRight(fields[1], "0123456789"))
			}
		}
		require.NoError(t, lines.Err())
		slices.Sort(ours)
		return ours
	}
	require.Equal(t, []string{"K exp=-", "L exp="}, dumped())
	require.Equal(t, "OK", hear(t, address, prefix, "flush_all"))
	require.Empty(t, dumped())
	require.Equal(t, "END", hear(t, address, prefix, "get K L"))
}

func TestTooLarge(t *testing.T) {
	address := start(t)
	require.Equal(t, "SERVER_ERROR object too large for cache\nEND",
		hear(t, address, "", "set K 0 0 1048577\r\n"+strings.Repeat("x", 1<<20+1)+"\r\nget K"))
}

func TestClose(t *testing.T) {
	s, err := minicached.Run()
	require.NoError(t, err)
	c, err := net.Dial("tcp", s.Addr())
	require.NoError(t, err)
	defer c.Close()
	s.Close()
	_, err = c.Read(make([]byte, 1))
	require.Error(t, err, "open connections end too")
	_, err = net.Dial("tcp", s.Addr())
	require.Error(t, err)
}
