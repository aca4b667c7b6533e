package node

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/auth/jose"
	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/substrate/parts"
)

// send is a control request with these headers' Authorization.
func send(t *testing.T, method, url, authorization, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	require.NoError(t, err)
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	req.Close = true
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(text)
}

// TestNobodyWithoutTheTokenIsHeard: not on any path, and nothing of it is
// written anywhere.
func TestNobodyWithoutTheTokenIsHeard(t *testing.T) {
	s := start(t)
	for _, path := range []string{"/state", "/clock", "/misconfigured", "/keys", "/cut", "/grace", "/issuer", "/links", "/disturbance", "/healthz", "/", "/nowhere"} {
		for _, authorization := range []string{"", token, "Bearer", "Bearer ", "Bearer " + token + "x", "Bearer " + token[1:], "Basic " + token} {
			for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodPost, http.MethodConnect} {
				status, _ := send(t, method, s.control+path, authorization, "{}")
				require.Equal(t, http.StatusUnauthorized, status, "%s %s %q", method, path, authorization)
			}
		}
	}
	stranger := NewClient("app-1", s.control, "guess")
	require.EqualError(t, stranger.SetClock(ctx, time.Second), "node app-1: set its clock: it answers 401 Unauthorized: show the run's token")
	status, _ := send(t, http.MethodGet, s.control+"/healthz", "bearer "+token, "")
	require.Equal(t, http.StatusOK, status, "a scheme's case does not matter")
	s.stop()
	require.Empty(t, s.other)
	require.Empty(t, s.stderr.String())
}

// TestControlRefuses: what a node cannot do it says, and stays as it is.
func TestControlRefuses(t *testing.T) {
	s := start(t)
	refused := func(method, path, body string, status int, why string) {
		t.Helper()
		got, text := send(t, method, s.control+path, "Bearer "+token, body)
		require.Equal(t, status, got, text)
		require.Contains(t, text, why)
	}
	for _, c := range []struct{ method, path, body string }{
		{http.MethodPut, "/clock", `{"offset_ns":1}`},
		{http.MethodPut, "/misconfigured", `{"on":true}`},
		{http.MethodPost, "/cut", ``},
	} {
		refused(c.method, c.path, c.body, http.StatusConflict, "it has no state yet: PUT /state first")
	}
	require.ErrorContains(t, s.SetKeys(ctx, parts.KeySet{Signer: jose.SecretKey("k", nil)}), "no state yet")

	for body, why := range map[string]string{
		``:                          "EOF",
		`{"name":"app-1"`:           "unexpected EOF",
		`[]`:                        "cannot unmarshal",
		`{"name":1}`:                "cannot unmarshal",
		`{"speed":1}`:               "the image is of another version: build it again with `make images`",
		`{} {}`:                     "more than one JSON value",
		`{}`:                        "name is missing",
		`{"name":"app-1"}`:          "boots count from 1",
		`{"name":"app-1","boot":1}`: "epoch is missing",
		`{"name":"a","boot":1,"epoch":"2026-01-01T00:00:00Z"}`:                                                               "compress 0",
		`{"name":"a","boot":1,"epoch":"2026-01-01T00:00:00Z","compress":1,"architecture":{"Session":{"Kind":"jwt"}}}`:        "keys are missing",
		`{"name":"a","boot":1,"epoch":"2026-01-01T00:00:00Z","compress":1,"architecture":{"Session":{"Kind":"redis"}}}`:      "store is missing",
		`{"name":"a","boot":1,"epoch":"2026-01-01T00:00:00Z","compress":1,"keys":{"signer":{"kty":"oct","k":"c2VjcmV0Cg"}}}`: "not a JWK with a key id",
		`{"name":"` + strings.Repeat("a", maxBody) + `"}`:                                                                    "too large",
	} {
		refused(http.MethodPut, "/state", body, http.StatusBadRequest, why)
	}
	refused(http.MethodPut, "/issuer", `[1]`, http.StatusBadRequest, "not a JWK Set")
	refused(http.MethodGet, "/state", ``, http.StatusMethodNotAllowed, "")
	refused(http.MethodGet, "/nowhere", ``, http.StatusNotFound, "")
	h, err := s.Health(ctx)
	require.NoError(t, err)
	require.Equal(t, Health{}, h, "nothing has been started")

	state := stateOf(t, "nodes: 1, session: {kind: memory}")
	require.NoError(t, s.PutState(ctx, state))
	require.ErrorContains(t, s.PutState(ctx, state), "node app-1: start it: it answers 409 Conflict: it has been started")
	require.ErrorContains(t, s.SetIssuer(ctx, []byte(`{"keys":[]}`)), "409 Conflict")
	require.ErrorContains(t, s.SetKeys(ctx, parts.KeySet{Signer: jose.SecretKey("k", nil)}), "its architecture has no signing keys")
}

func TestKeysOfAnotherAlgorithmChangeNothing(t *testing.T) {
	s := start(t)
	state := stateOf(t, "nodes: 1, session: {kind: jwt}, client: {kind: browser}")
	require.NoError(t, s.PutState(ctx, state))
	other := stateOf(t, "nodes: 1, session: {kind: jwt, alg: ES256}")
	require.ErrorContains(t, s.SetKeys(ctx, *other.Keys), "400 Bad Request: jose: key")
	u := newUser(t)
	u.logIn(t, "1", s.app(t))
	require.Equal(t, http.StatusOK, u.page(t, "2", s.app(t)))
}

func TestPortsThatAreTaken(t *testing.T) {
	first := start(t)
	state := stateOf(t, "nodes: 1, session: {kind: memory}")
	require.NoError(t, first.PutState(ctx, state))
	taken := strings.TrimPrefix(first.app(t), "http://")
	env := map[string]string{TokenEnv: token, ControlEnv: taken}
	err := Main(ctx, func(name string) string { return env[name] }, io.Discard, io.Discard)
	require.ErrorContains(t, err, "open the control port: ")
	require.ErrorContains(t, err, "address already in use")

	second := startAt(t, taken)
	err = second.PutState(ctx, state)
	require.ErrorContains(t, err, "node app-1: start it: it answers 500 Internal Server Error: open the app port: ")
	require.ErrorContains(t, err, "address already in use")
	require.ErrorContains(t, second.SetIssuer(ctx, []byte(`{"keys":[]}`)), "open the app port: ")
	require.ErrorContains(t, second.SetClock(ctx, 0), "no state yet")
	first.stop()
	require.NoError(t, second.PutState(ctx, state), "it can be tried again")
	second.stop()
	require.Len(t, only(&second.events, history.Node), 3, "up, stopping, down: no word of the attempt that failed")
}

func TestNoToken(t *testing.T) {
	err := Main(ctx, func(string) string { return "" }, io.Discard, io.Discard)
	require.ErrorContains(t, err, "set LOGOUTLAB_NODE_TOKEN")
}

func TestNodeThatIsAway(t *testing.T) {
	s := start(t)
	s.stop()
	_, err := s.Cut(ctx)
	require.ErrorContains(t, err, "node app-1: cut its connections: ")
	require.ErrorContains(t, err, "connection refused")
	require.NotContains(t, err.Error(), token)
}
