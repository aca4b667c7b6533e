package node

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

// TestClockFollowsTheRun: a node that starts late is on the run's time, and
// its own clock ahead of it as its state says.
func TestClockFollowsTheRun(t *testing.T) {
	s := start(t)
	state := stateOf(t, "nodes: 1, session: {kind: memory}")
	state.Epoch, state.ClockOffset, state.Misconfigured = time.Now().Add(-time.Hour), time.Minute, true
	require.NoError(t, s.PutState(ctx, state))
	newUser(t).page(t, "7", s.app(t))
	d := s.decisions(t, 1)[0]
	require.InDelta(t, float64(time.Hour), float64(d.At), float64(10*time.Second))
	require.Equal(t, time.Minute, d.Clock-d.At)
	require.Equal(t, 7, d.Req)
	require.Equal(t, history.ReasonMisconfigured, d.Reason)
	up := only(&s.events, history.Node)[0]
	require.LessOrEqual(t, up.At, d.At)
}

// TestBootsDrawOtherIDs: no two boots, and no two nodes, give the same
// session; the same boot does.
func TestBootsDrawOtherIDs(t *testing.T) {
	first := func(name string, boot int) string {
		s := start(t)
		state := stateOf(t, "nodes: 1, session: {kind: memory}")
		state.Name, state.Boot = name, boot
		require.NoError(t, s.PutState(ctx, state))
		newUser(t).logIn(t, "1", s.app(t))
		return s.decisions(t, 1)[0].Issued
	}
	require.Equal(t, first("app-1", 1), first("app-1", 1))
	require.NotEqual(t, first("app-1", 1), first("app-1", 2))
	require.NotEqual(t, first("app-1", 1), first("app-2", 1))
}

// TestNothingSecretIsWritten: no credential, key or token of the control port.
func TestNothingSecretIsWritten(t *testing.T) {
	s := start(t)
	state := stateOf(t, "nodes: 1, session: {kind: jwt}")
	require.NoError(t, s.PutState(ctx, state))
	u := newUser(t)
	u.logIn(t, "1", s.app(t))
	u.page(t, "2", s.app(t))
	u.post(t, "3", s.app(t)+"/refresh")
	key, err := state.Keys.Signer.PrivateJWK()
	require.NoError(t, err)
	secret := strings.Split(string(key), `"k":"`)[1][:20]
	s.stop()
	s.decisions(t, 3)
	var written bytes.Buffer
	for _, e := range only(&s.events, history.Node, history.Decision) {
		line, err := history.AppendLine(nil, &e)
		require.NoError(t, err)
		written.Write(line)
	}
	written.WriteString(strings.Join(s.other, "\n") + s.stderr.String())
	for _, hidden := range []string{u.access, u.refresh, token, secret} {
		require.NotEmpty(t, hidden)
		require.NotContains(t, written.String(), hidden)
	}
}

// TestDecisionIsWrittenBeforeTheAnswer: while the output is stuck, nobody is
// answered.
func TestDecisionIsWrittenBeforeTheAnswer(t *testing.T) {
	stuck := &gate{open: make(chan struct{})}
	p := &program{addr: "127.0.0.1:0", out: &output{w: stuck, complain: io.Discard}}
	close(stuck.open)
	require.NoError(t, p.start(stateOf(t, "nodes: 1, session: {kind: memory}")))
	defer p.stop()
	stuck.shut()
	answered := make(chan int, 1)
	u := newUser(t)
	go func() { answered <- u.page(t, "1", "http://"+p.process.Addr()) }()
	select {
	case <-answered:
		t.Fatal("answered before the decision was written")
	case <-time.After(50 * time.Millisecond):
	}
	close(stuck.open)
	require.Equal(t, http.StatusUnauthorized, <-answered)
	require.Equal(t, []int{1, 1}, stuck.linesPerWrite(), "the word that it is up, and the decision")
}

// gate is an output that can be shut.
type gate struct {
	mu     sync.Mutex
	open   chan struct{}
	writes [][]byte
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = make(chan struct{})
}

func (g *gate) Write(b []byte) (int, error) {
	g.mu.Lock()
	open := g.open
	g.mu.Unlock()
	<-open
	g.mu.Lock()
	defer g.mu.Unlock()
	g.writes = append(g.writes, bytes.Clone(b))
	return len(b), nil
}

func (g *gate) linesPerWrite() (n []int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, w := range g.writes {
		n = append(n, bytes.Count(w, []byte("\n")))
	}
	return n
}

func TestLostEventIsToldOnStderr(t *testing.T) {
	var told bytes.Buffer
	o := &output{w: broken{}, complain: &told}
	o.event(&history.Event{Type: history.Node, State: history.StateUp})
	require.Equal(t, "logoutlab node: an event is lost: no space left\n", told.String())
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// slow is an architecture whose pages take 300 ms.
const slow = "nodes: 1, session: {kind: memory}, app: {work: 300ms}"

// TestStopping: requests under way are answered within the grace, and cut
// without one; the node says both times what it does.
func TestStopping(t *testing.T) {
	for name, c := range map[string]struct {
		grace    time.Duration
		protocol string
		answered bool
	}{
		"with grace":         {5 * time.Second, "http1", true},
		"with grace, h2c":    {5 * time.Second, "h2c", true},
		"without grace":      {0, "http1", false},
		"with too little":    {20 * time.Millisecond, "http1", false},
		"without grace, h2c": {0, "h2c", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			state := stateOf(t, slow+", balancer: {protocol: "+c.protocol+"}")
			state.Grace = c.grace
			require.NoError(t, s.PutState(ctx, state))
			u := newUser(t)
			if c.protocol == "h2c" {
				u.speakH2C()
			}
			u.logIn(t, "1", s.app(t))
			status := inBackground(u, s.app(t)+"/page/1")
			s.decisions(t, 2)
			s.stop()
			require.Equal(t, c.answered, <-status == nil)
			lives := only(&s.events, history.Node)
			require.Len(t, lives, 3)
			for i, state := range []string{history.StateUp, history.StateStopping, history.StateDown} {
				require.Equal(t, state, lives[i].State)
			}
		})
	}
}

// inBackground opens a page and sends nil once it has the whole answer. The
// request has a body that cannot be read again, so that it is never sent twice.
func inBackground(u *user, url string) <-chan error {
	out := make(chan error, 1)
	go func() {
		req, err := http.NewRequest(http.MethodGet, url, io.NopCloser(strings.NewReader("")))
		var res *http.Response
		if err == nil {
			res, err = u.Do(req)
		}
		if err == nil {
			_, err = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
		}
		out <- err
	}()
	return out
}

// TestCut: what carries a request is reset, and the node goes on.
func TestCut(t *testing.T) {
	for _, protocol := range []string{"http1", "h2c"} {
		s := start(t)
		require.NoError(t, s.PutState(ctx, stateOf(t, slow+", balancer: {protocol: "+protocol+"}")))
		u := newUser(t)
		if protocol == "h2c" {
			u.speakH2C()
		}
		u.logIn(t, "1", s.app(t))
		requireIdle(t, s)
		lost := inBackground(u, s.app(t)+"/page/1")
		s.decisions(t, 2)
		n, err := s.Cut(ctx)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		require.ErrorIs(t, <-lost, syscall.ECONNRESET, protocol)
		require.Equal(t, http.StatusOK, u.page(t, "3", s.app(t)))
	}
}

// TestForgetIdle: a connection that is idle is reset with the next request, which
// the node does not decide; a node that starts meanwhile knows of it.
func TestForgetIdle(t *testing.T) {
	for _, protocol := range []string{"http1", "h2c"} {
		s := start(t)
		state := stateOf(t, slow+", balancer: {protocol: "+protocol+"}")
		require.NoError(t, s.PutState(ctx, state))
		u := newUser(t)
		if protocol == "h2c" {
			u.speakH2C()
		}
		u.logIn(t, "1", s.app(t))
		requireIdle(t, s)
		require.NoError(t, s.ForgetIdle(ctx, 1))
		require.ErrorIs(t, <-inBackground(u, s.app(t)+"/page/1"), syscall.ECONNRESET, protocol)
		require.NoError(t, s.ForgetIdle(ctx, 0))
		require.Equal(t, http.StatusOK, u.page(t, "3", s.app(t)))
		s.decisions(t, 2)

		other := start(t)
		state.ForgetIdle = 1
		require.NoError(t, other.PutState(ctx, state))
		require.ErrorIs(t, <-inBackground(newUser(t), other.app(t)+"/page/1"), syscall.ECONNRESET)
	}
}

// requireIdle waits until a cut finds nothing to cut: a user has the whole
// answer a moment before its node has done with the request.
func requireIdle(t *testing.T, s *started) {
	require.Eventually(t, func() bool {
		n, err := s.Cut(ctx)
		return err == nil && n == 0
	}, time.Second, time.Millisecond)
}

func (u *user) speakH2C() {
	t := u.Transport.(*http.Transport)
	t.Protocols = new(http.Protocols)
	t.Protocols.SetUnencryptedHTTP2(true)
}

// TestIssuer: a third program publishes keys, which a node fetches when it
// meets one that it does not know.
func TestIssuer(t *testing.T) {
	const architecture = "nodes: 2, session: {kind: jwt, alg: ES256, keys: jwks, jwks_refetch: true}"
	issuer := start(t)
	system := &pair{issuer: issuer, nodes: [2]*started{start(t), start(t)}}
	state := stateOf(t, architecture)
	keys, err := parts.NewKeyring(state.Architecture, (&plan.Plan{Seed: 1}).Stream("keys"), system)
	require.NoError(t, err)
	set, err := keys.JWKS()
	require.NoError(t, err)
	require.NoError(t, issuer.SetIssuer(ctx, set))
	state.IssuerURL = issuer.app(t) + parts.JWKSPath
	for i, n := range system.nodes {
		k := keys.Node(i)
		state.Keys = &k
		require.NoError(t, n.PutState(ctx, state))
	}

	require.NoError(t, keys.SetOwn(1, "random"))
	u := newUser(t)
	require.Equal(t, http.StatusOK, u.logIn(t, "1", system.nodes[1].app(t)))
	require.Equal(t, http.StatusOK, u.page(t, "2", system.nodes[0].app(t)), "it has fetched the other node's key")

	status, _ := send(t, http.MethodGet, issuer.app(t)+"/page/1", "", "")
	require.Equal(t, http.StatusNotFound, status)
	require.ErrorContains(t, issuer.PutState(ctx, state), "409 Conflict")
	require.ErrorContains(t, issuer.SetClock(ctx, 0), "409 Conflict")
	issuer.stop()
	require.Empty(t, only(&issuer.events, history.Node), "an issuer is no node")
}

// pair is two nodes and their issuer.
type pair struct {
	issuer *started
	nodes  [2]*started
}

func (p *pair) PutKeys(node int, s parts.KeySet) error { return p.nodes[node].SetKeys(ctx, s) }
func (p *pair) PutJWKS(set []byte) error               { return p.issuer.SetIssuer(ctx, set) }

// TestStopWithoutAState: a program that nobody gave a state ends quietly.
func TestStopWithoutAState(t *testing.T) {
	p := &program{addr: "127.0.0.1:0", out: &output{w: broken{}, complain: io.Discard}}
	p.stop()
	require.ErrorContains(t, p.start(stateOf(t, "nodes: 1, session: {kind: memory}")), "is stopping")
	done, cancel := context.WithCancel(ctx)
	cancel()
	env := map[string]string{TokenEnv: token, ControlEnv: "127.0.0.1:0"}
	require.NoError(t, Main(done, func(name string) string { return env[name] }, broken{}, io.Discard))
}
