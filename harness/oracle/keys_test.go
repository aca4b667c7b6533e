package oracle

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
)

// ring is a fleet of three nodes with the keys that they sign with. A user's
// token is signed with the key of the node of the login.
type ring struct {
	tape
	keys map[string]string // by node
	held map[int]string    // by user: the key of the token
	ids  bool              // keys have ids of their own: an unknown one is told as such
}

func fleet(ids bool) *ring {
	return &ring{keys: map[string]string{"app-1": "k1", "app-2": "k1", "app-3": "k1"}, held: map[int]string{}, ids: ids}
}

func family(user int, key string) string { return fmt.Sprintf("u%d-%s", user, key) }

func (r *ring) in(user int, node string) {
	r.held[user] = r.keys[node]
	r.loginToken(user, node, family(user, r.keys[node]), r.keys[node], 0)
}

// open opens a page on a node, which trusts nothing but its own key.
func (r *ring) open(user int, node string) {
	key := r.held[user]
	d := token(accepts(node, ""), family(user, key))
	d.Kid, d.KeyFP = "kid-"+key, key
	if r.keys[node] == key {
		r.do(user, history.KindPage, shownPage(user), exchange{d: d, e: page(user)})
		return
	}
	d.Accept, d.Reason, d.KeyFP = false, history.ReasonBadSignature, r.keys[node]
	if r.ids {
		d.Reason, d.KeyFP = history.ReasonUnknownKey, ""
	}
	r.refused(user, d)
}

func (r *ring) all(key string) {
	for node := range r.keys {
		r.keys[node] = key
	}
}

// browse lets every user open a page on each of the nodes, and log in again on
// the node that refuses.
func (r *ring) browse(users int, nodes ...string) {
	for u := 1; u <= users; u++ {
		node := nodes[u%len(nodes)]
		r.open(u, node)
		if r.keys[node] != r.held[u] {
			r.in(u, node)
		}
	}
}

func (r *ring) crowd(users int) {
	for u := 1; u <= users; u++ {
		r.in(u, fmt.Sprintf("app-%d", u%3+1))
	}
}

// late records the latest login's decision at a time before its turn, as when
// a node read its clock and waited for its store before it signed.
func (r *ring) late(by time.Duration) {
	for i := len(r.events) - 1; i >= 0; i-- {
		if e := &r.events[i]; e.Type == history.Decision && e.NewTok != "" {
			e.At -= by
			e.Clock -= by
			return
		}
	}
}

var everywhere = []string{"app-1", "app-2", "app-3"}

// Logins under way when the keys change are signed after their time, or told
// of out of turn. Neither makes a rotation a disagreement.
func TestKeysThatChange(t *testing.T) {
	const users = 30
	for name, c := range map[string]struct {
		play func(*ring)
		want map[string]int
	}{
		"a rotation": {func(r *ring) {
			r.crowd(users)
			r.browse(users, everywhere...)
			r.all("k2")
			r.browse(users, everywhere...)
		}, map[string]int{KeyRetired: users}},
		"new tokens that look older than the rotation": {func(r *ring) {
			r.crowd(users)
			r.browse(users, everywhere...)
			r.now += 10 * time.Second
			r.all("k2")
			for u := users + 1; u <= users+3; u++ {
				r.in(u, "app-1")
				r.late(11 * time.Second)
			}
			r.browse(users, everywhere...)
		}, map[string]int{KeyRetired: users}},
		"old tokens that are told of late": {func(r *ring) {
			r.crowd(users)
			r.browse(users, everywhere...)
			r.keys["app-1"], r.keys["app-2"] = "k2", "k2"
			r.browse(3, "app-1", "app-2")
			r.in(users+1, "app-3")
			r.in(users+2, "app-3")
			r.keys["app-3"] = "k2"
			r.now += time.Second
			r.browse(users+2, everywhere...)
		}, map[string]int{KeyRetired: users + 2}},
		"a rotation at the end of the run": {func(r *ring) {
			r.crowd(users)
			r.now += time.Hour
			r.all("k2")
			r.browse(2, everywhere...)
		}, map[string]int{KeyRetired: 2}},
		"a rotation after its signer is gone": {func(r *ring) {
			r.in(1, "app-1")
			r.open(1, "app-2")
			r.all("k2")
			r.open(1, "app-2")
		}, map[string]int{KeyRetired: 1}},
		"two rotations": {func(r *ring) {
			r.crowd(users)
			r.all("k2")
			r.browse(users, everywhere...)
			r.all("k3")
			r.browse(users, everywhere...)
		}, map[string]int{KeyRetired: 2 * users}},
		"one node gets a key of its own": {func(r *ring) {
			r.crowd(users)
			r.browse(users, everywhere...)
			r.keys["app-2"] = "own"
			r.browse(users, "app-1", "app-2", "app-3") // the users whose turn it is at app-2 fail, and log in there
			r.browse(users, "app-3", "app-1")          // and fail everywhere else
		}, map[string]int{KeyMismatch: users/3 + users/3}},
		"late in the run, and given back": {func(r *ring) {
			r.crowd(users)
			for range 10 {
				r.browse(users, everywhere...)
			}
			r.keys["app-2"] = "own"
			r.browse(users, everywhere...)
			r.keys["app-2"] = "k1"
			r.browse(users, everywhere...)
		}, map[string]int{KeyMismatch: 2 * users / 3}},
		"and rotated away in the end": {func(r *ring) {
			r.crowd(users)
			r.keys["app-2"] = "own"
			r.browse(users, everywhere...)
			r.browse(users, "app-1")
			r.all("k2")
			r.browse(users, "app-1", "app-3")
		}, map[string]int{KeyMismatch: 2 * users / 3, KeyRetired: users}},
	} {
		for _, ids := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, ids %v", name, ids), func(t *testing.T) {
				r := fleet(ids)
				c.play(r)
				j, err := Judge(history.Header{Users: 3}, history.Of(r.events...))
				require.NoError(t, err)
				require.Equal(t, c.want, j.Causes)
			})
		}
	}
}

// TestASlowChangeOver: on a busy machine nodes take a new key far apart, and for
// a while the old one is used and refused in turn. It is a change-over all the
// same if most refusals come after its last use; two keys side by side are not.
func TestASlowChangeOver(t *testing.T) {
	for want, after := range map[string]int{KeyRetired: 40, KeyMismatch: 10} {
		k := newKeys()
		for range 80 {
			k.signs("app-1", "old")
			k.signs("app-2", "old")
		}
		for i := range 40 { // app-2 has the new key already
			k.signs("app-1", "old")
			k.signs("app-2", "new")
			if i%2 == 0 {
				k.of("old").refuse("app-2")
			}
		}
		for range after {
			k.signs("app-1", "new")
			k.of("old").refuse("app-2")
		}
		name, why := k.cause("old", "app-2")
		require.Equal(t, want, name, why)
	}
}
