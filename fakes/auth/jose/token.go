package jose

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/lestrrat-go/jwx/v3/jws/jwsbb"

	"github.com/logoutlab/logoutlab/fakes/auth"
)

// header is a JOSE header (RFC 7515 section 4.1).
type header struct {
	Alg  string          `json:"alg"`
	Kid  string          `json:"kid,omitempty"`
	Typ  string          `json:"typ"`
	Crit json.RawMessage `json:"crit,omitempty"`
}

// opened is a token taken apart, and not believed yet.
type opened struct {
	header
	claims    auth.Claims
	input     []byte // what was signed
	signature []byte
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
	return auth.Token{Text: text}, kid, keyFP
}

// Open says what t asserts, and whether a trusted key signed it. A token
// without a key id is tried with every trusted key. A critical header
// parameter makes a token malformed, since none is understood (RFC 7515
// section 4.1.11).
func (r *Ring) Open(t auth.Token) auth.Checked {
	o, ok := r.read(t.Text)
	if !ok {
		return auth.Checked{Signature: auth.Malformed, Kid: o.Kid}
	}
	out := auth.Checked{Claims: o.claims, Kid: o.Kid}
	if o.Alg != r.alg.String() {
		out.Signature = auth.AlgRefused
		if k, found := r.state.Load().find(o.Kid); found {
			out.KeyFP = k.fp
		}
		return out
	}
	keys := r.candidates(o.Kid)
	if len(keys) == 0 {
		out.Signature = auth.UnknownKey
		return out
	}
	out.Signature, out.KeyFP = auth.BadSignature, keys[0].fp
	for _, k := range keys {
		if jwsbb.Verify(k.verify, r.alg.String(), o.input, o.signature) == nil {
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

// read takes a compact JWS apart.
func (r *Ring) read(text string) (o opened, ok bool) {
	head, rest, _ := strings.Cut(text, ".")
	body, signature, three := strings.Cut(rest, ".")
	if !three {
		return o, false
	}
	raw, err := encoding.DecodeString(head)
	if err != nil || json.Unmarshal(raw, &o.header) != nil || o.Crit != nil {
		return o, false
	}
	payload, err := encoding.DecodeString(body)
	if err != nil {
		return o, false
	}
	if o.signature, err = encoding.DecodeString(signature); err != nil {
		return o, false
	}
	o.input = []byte(text[:len(head)+1+len(body)])
	o.claims, err = decodeClaims(payload, r.epoch)
	return o, err == nil
}
