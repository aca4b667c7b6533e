package workload

import (
	"fmt"
	"time"

	"github.com/logoutlab/logoutlab/fakes/auth"
	"github.com/logoutlab/logoutlab/fakes/auth/jose"
	"github.com/logoutlab/logoutlab/fakes/client"
)

// Forgery is a token with which somebody asks for a page in a user's name: what
// it says, and the secret that it is signed with.
type Forgery struct {
	Says   auth.Claims
	Secret []byte
}

// Forgeries are the tokens that somebody tries in one action: one for each
// secret that a node may have if nobody has given it one, the empty one and
// [jose.DefaultSecret]. Their times are good for any node whose clock is not an
// hour off.
func Forgeries(user, action int, now time.Duration) []Forgery {
	var all []Forgery
	for i, secret := range []string{"", jose.DefaultSecret} {
		id := uint64(2*action + i)
		all = append(all, Forgery{
			Says: auth.Claims{
				User: auth.UserID(user), Family: auth.SessionID(id), ID: auth.TokenID(id), Use: auth.Access,
				Issued: (now - time.Hour).Truncate(auth.Resolution), Expires: (now + time.Hour).Truncate(auth.Resolution),
			},
			Secret: []byte(secret),
		})
	}
	return all
}

// forged are these tokens as they are sent.
func (c *crew) forged(user, action int) []client.Value {
	var all []client.Value
	for _, f := range Forgeries(user, action, c.o.Clock()) {
		t, err := jose.Forge(f.Says, f.Secret, c.epoch)
		if err != nil {
			panic(fmt.Sprintf("workload: %v", err)) // an HMAC takes any secret
		}
		all = append(all, client.Value{Text: t.Text})
	}
	return all
}
