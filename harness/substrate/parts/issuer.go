package parts

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/logoutlab/logoutlab/fakes/auth/jose"
)

// JWKSPath is where the issuer publishes its JWK Set.
const JWKSPath = "/.well-known/jwks.json"

// RefetchEvery is how often a node may fetch the key set, in scenario time.
const RefetchEvery = 30 * time.Second

// Issuer serves a JWK Set (RFC 7517 section 5) at [JWKSPath]. The zero value
// has none yet, and says 404.
type Issuer struct{ set atomic.Pointer[[]byte] }

// Publish replaces the set.
func (i *Issuer) Publish(set []byte) { i.set.Store(&set) }

// ServeHTTP answers with the set.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	set := i.set.Load()
	if set == nil || r.URL.Path != JWKSPath {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/jwk-set+json")
	_, _ = w.Write(*set)
}

// RefetchKeys lets a ring fetch the issuer's set at url when it meets a key id
// that it does not know.
func RefetchKeys(r *jose.Ring, client *http.Client, url string, compress float64) {
	r.FetchUnknown(func(ctx context.Context) ([]byte, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return nil, err
		}
		res, err := client.Do(req)
		if err != nil {
			return nil, err
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("the key set's endpoint answers %s", res.Status)
		}
		return io.ReadAll(io.LimitReader(res.Body, 1<<20))
	}, time.Duration(float64(RefetchEvery)/compress))
}
