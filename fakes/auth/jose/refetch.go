package jose

import (
	"context"
	"sync"
	"time"
)

// fetchTimeout bounds how long a request waits for a key set.
const fetchTimeout = 2 * time.Second

// Fetch gets a JWK Set, e.g. from an issuer's /.well-known/jwks.json.
type Fetch func(ctx context.Context) ([]byte, error)

// refetch is the part of a ring that fetches key sets.
type refetch struct {
	fetchMu sync.Mutex // also makes all who miss a key wait for one fetch
	get     Fetch
	every   time.Duration
	last    time.Time
}

// FetchUnknown makes the ring fetch a key set when a token names a key id that
// it does not know, at most once in every, and trust the set's keys in the
// place of those it trusted (but the signer's). A fetch that fails changes
// nothing, and counts. A nil get switches this off, as it is at first.
func (r *Ring) FetchUnknown(get Fetch, every time.Duration) {
	r.fetchMu.Lock()
	defer r.fetchMu.Unlock()
	r.get, r.every, r.last = get, every, time.Time{}
}

// fetch returns the key of this id if fetching brings it.
func (r *Ring) fetch(kid string) (Key, bool) {
	r.fetchMu.Lock()
	defer r.fetchMu.Unlock()
	if k, ok := r.state.Load().find(kid); ok || r.get == nil {
		return k, ok
	}
	if !r.last.IsZero() && time.Since(r.last) < r.every {
		return Key{}, false
	}
	r.last = time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), fetchTimeout)
	defer cancel()
	b, err := r.get(ctx)
	if err != nil {
		return Key{}, false
	}
	keys, err := ParseJWKS(b)
	if err != nil {
		return Key{}, false
	}
	usable := keys[:0]
	for _, k := range keys {
		if k.alg == r.alg {
			usable = append(usable, k)
		}
	}
	if r.SetVerifiers(usable) != nil {
		return Key{}, false
	}
	return r.state.Load().find(kid)
}
