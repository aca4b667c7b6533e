// Package daemontest is a Docker daemon for tests that need a bad one.
package daemontest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Start makes DOCKER_HOST, for the length of a test, a daemon that speaks a
// version of the API, has no image and can pull none.
func Start(t *testing.T, version string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", version)
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.HasSuffix(r.URL.Path, "/_ping"):
		case strings.HasSuffix(r.URL.Path, "/images/json"):
			_, _ = w.Write([]byte(`[]`))
		default:
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = w.Write([]byte(`{"message": "no such host"}`))
		}
	}))
	t.Cleanup(s.Close)
	t.Setenv("DOCKER_HOST", "tcp://"+s.Listener.Addr().String())
}
