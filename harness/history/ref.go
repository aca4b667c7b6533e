package history

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// refPrefix keeps references apart from any other use of SHA-256 on the same
// secrets.
const refPrefix = "logoutlab-ref:"

// Ref returns a short one-way reference of a session id or token: the first
// 12 hexadecimal digits of a SHA-256. The reference of no secret is "".
func Ref(secret string) string {
	if secret == "" {
		return ""
	}
	return refOf(append(make([]byte, 0, 64), refPrefix...), secret)
}

// Ref64 returns the reference of an id that is a number. It equals [Ref] of
// the number as 16 lower-case hexadecimal digits; that of 0 is "".
func Ref64(id uint64) string {
	if id == 0 {
		return ""
	}
	const width = 16
	var digits [width]byte
	for i := range digits {
		digits[i] = '0'
	}
	hexed := strconv.AppendUint(make([]byte, 0, width), id, 16)
	copy(digits[width-len(hexed):], hexed)
	return refOf(append(make([]byte, 0, 64), refPrefix...), string(digits[:]))
}

func refOf(prefix []byte, secret string) string {
	sum := sha256.Sum256(append(prefix, secret...))
	var out [12]byte
	hex.Encode(out[:], sum[:6])
	return string(out[:])
}
