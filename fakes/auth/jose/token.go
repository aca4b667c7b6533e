package jose

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/lestrrat-go/jwx/v3/jws"

	"github.com/logoutlab/logoutlab/fakes/auth"
)

// header is what is read of a JOSE header before any key is chosen.
type header struct {
	Alg  string          `json:"alg"`
	Kid  string          `json:"kid"`
	Crit json.RawMessage `json:"crit"`
}

var encoding = base64.RawURLEncoding.Strict()

// Sign issues a token that says c, with times cut to milliseconds.
func (r *Ring) Sign(c auth.Claims) (t auth.Token, kid, keyFP string) {
	s := r.state.Load()
	kid, keyFP = s.signer.kid, s.signer.fp
	payload, err := encodeClaims(c, r.epoch)
	if err != nil {
		return auth.Token{}, kid, keyFP
	}
	text, err := s.seal(payload)
	if err != nil {
		return auth.Token{}, kid, keyFP
	}
	return auth.Token{Text: string(text)}, kid, keyFP
}

// Open says what t asserts, and whether a trusted key signed it. A token
// without a key id is tried with every trusted key. A critical header
// parameter makes a token malformed, since none is understood (RFC 7515
// section 4.1.11).
func (r *Ring) Open(t auth.Token) auth.Checked {
	h, c, ok := r.read(t.Text)
	if !ok {
		return auth.Checked{Signature: auth.Malformed, Kid: h.Kid}
	}
	out := auth.Checked{Claims: c, Kid: h.Kid}
	if h.Alg != r.alg.String() {
		out.Signature = auth.AlgRefused
		if k, found := r.state.Load().find(h.Kid); found {
			out.KeyFP = k.fp
		}
		return out
	}
	keys := r.candidates(h.Kid)
	if len(keys) == 0 {
		out.Signature = auth.UnknownKey
		return out
	}
	out.Signature, out.KeyFP = auth.BadSignature, keys[0].fp
	for _, k := range keys {
		if _, err := jws.Verify([]byte(t.Text), jws.WithKey(r.alg, k.verify)); err == nil {
			out.Signature, out.KeyFP = auth.Valid, k.fp
			break
		}
	}
	return out
}

func (r *Ring) candidates(kid string) []Key {
	s := r.state.Load()
	if kid == "" {
		return s.trusted
	}
	k, ok := s.find(kid)
	if !ok {
		k, ok = r.fetch(kid)
	}
	if !ok {
		return nil
	}
	return []Key{k}
}

// read takes a compact JWS apart without believing it.
func (r *Ring) read(text string) (h header, c auth.Claims, ok bool) {
	head, rest, _ := strings.Cut(text, ".")
	body, signature, three := strings.Cut(rest, ".")
	if !three || strings.Contains(signature, ".") {
		return h, c, false
	}
	raw, err := encoding.DecodeString(head)
	if err != nil || json.Unmarshal(raw, &h) != nil || h.Crit != nil {
		return h, c, false
	}
	payload, err := encoding.DecodeString(body)
	if err != nil {
		return h, c, false
	}
	c, err = decodeClaims(payload, r.epoch)
	return h, c, err == nil
}
