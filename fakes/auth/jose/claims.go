package jose

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/logoutlab/logoutlab/fakes/auth"
)

// claims is the payload. Numbers that need all 64 bits travel as strings.
type claims struct {
	Subject string      `json:"sub"` // the user, decimal
	ID      string      `json:"jti"` // hexadecimal
	Family  string      `json:"sid"` // hexadecimal
	Gen     uint32      `json:"gen,omitempty"`
	Use     string      `json:"use"`
	Issued  numericDate `json:"iat"`
	Before  numericDate `json:"nbf"`
	Expires numericDate `json:"exp"`
}

var useWords = [...]string{auth.Access: "access", auth.Refresh: "refresh"}

func encodeClaims(c auth.Claims, epoch time.Time) ([]byte, error) {
	start := epoch.UnixMilli()
	iat := numericDate(start + c.Issued.Milliseconds())
	return json.Marshal(claims{
		Subject: strconv.FormatUint(uint64(c.User), 10),
		ID:      strconv.FormatUint(uint64(c.ID), 16),
		Family:  strconv.FormatUint(uint64(c.Family), 16),
		Gen:     c.Gen,
		Use:     useWords[c.Use],
		Issued:  iat,
		Before:  iat,
		Expires: numericDate(start + c.Expires.Milliseconds()),
	})
}

func decodeClaims(payload []byte, epoch time.Time) (auth.Claims, error) {
	var in claims
	if err := json.Unmarshal(payload, &in); err != nil {
		return auth.Claims{}, err
	}
	user, err1 := strconv.ParseUint(in.Subject, 10, 32)
	id, err2 := strconv.ParseUint(in.ID, 16, 64)
	family, err3 := strconv.ParseUint(in.Family, 16, 64)
	if err := errors.Join(err1, err2, err3); err != nil {
		return auth.Claims{}, err
	}
	out := auth.Claims{
		User: auth.UserID(user), ID: auth.TokenID(id), Family: auth.SessionID(family), Gen: in.Gen,
		Issued: max(in.Issued, in.Before).since(epoch), Expires: in.Expires.since(epoch),
	}
	switch in.Use {
	case useWords[auth.Access]:
		out.Use = auth.Access
	case useWords[auth.Refresh]:
		out.Use = auth.Refresh
	default:
		return auth.Claims{}, fmt.Errorf("unknown use %q", in.Use)
	}
	return out, nil
}

// numericDate is a NumericDate (RFC 7519 section 2), kept in milliseconds
// since the Unix epoch and written with as many decimals as it has.
type numericDate int64

// farthest bounds what is believed: beyond, offsets would overflow.
const farthest = 9e9 // seconds since 1970; the year 2255

func (d numericDate) since(epoch time.Time) time.Duration {
	return time.UnixMilli(int64(d)).Sub(epoch)
}

// MarshalJSON writes seconds with decimals.
func (d numericDate) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(d)/1000, 'f', -1, 64), nil
}

// UnmarshalJSON reads seconds, whole or not. A double keeps a microsecond's
// precision here, so that rounding to milliseconds is exact.
func (d *numericDate) UnmarshalJSON(b []byte) error {
	seconds, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		return fmt.Errorf("not a NumericDate: %w", err)
	}
	if !(math.Abs(seconds) <= farthest) {
		return fmt.Errorf("NumericDate %s is out of range", b)
	}
	*d = numericDate(math.Round(seconds * 1000))
	return nil
}
