package jose

import (
	"time"

	"github.com/logoutlab/logoutlab/fakes/auth"
)

// Forge makes a token as somebody does who has no key, and guesses a secret:
// signed with HS256, without a key id (RFC 7515 section 4.1.4 makes it
// optional), so that every key of the node is tried on it. A node that has this
// secret accepts it. The epoch is the run's start, as for [NewRing].
func Forge(c auth.Claims, secret []byte, epoch time.Time) (auth.Token, error) {
	r, err := NewRing(SecretKey("", secret), epoch)
	if err != nil {
		return auth.Token{}, err
	}
	t, _, _ := r.Sign(c)
	return t, nil
}
