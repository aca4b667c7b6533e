package scenario

import (
	"bytes"
	"fmt"
	"unicode"
	"unicode/utf8"
)

const (
	byteOrderMark = "\uFEFF"
	saveAsUTF8    = "save it as UTF-8 text"
)

// decode gives the text of a file, without its byte order mark, which YAML 1.2
// section 5.2 allows; ok is false, and an error noted, if it is not UTF-8 text.
func (r *reader) decode(src []byte) (text []byte, ok bool) {
	if name := wideEncoding(src); name != "" {
		r.fail(Position{1, 1}, "the file is in "+name, "UTF-8", saveAsUTF8)
		return nil, false
	}
	text = bytes.TrimPrefix(src, []byte(byteOrderMark))
	at := Position{1, 1}
	for i := 0; i < len(text); {
		c, size := utf8.DecodeRune(text[i:])
		switch {
		case c == utf8.RuneError && size == 1:
			r.fail(at, fmt.Sprintf("the byte 0x%02x is not UTF-8", text[i]), "UTF-8", saveAsUTF8)
			return nil, false
		case !printable(c):
			r.fail(at, fmt.Sprintf("the control character %U, which YAML forbids", c), "", `remove it, or write it in double quotes as "\x`+fmt.Sprintf(`%02x"`, c))
			return nil, false
		case c == '\n', c == '\r' && !bytes.HasPrefix(text[i+1:], []byte("\n")):
			at = Position{at.Line + 1, 1}
		default:
			at.Col++
		}
		i += size
	}
	return text, true
}

// printable says whether YAML 1.2 section 5.1 allows a character; beyond
// control characters it forbids nothing that matters here.
func printable(c rune) bool {
	return !unicode.IsControl(c) || c == '\t' || c == '\n' || c == '\r' || c == '\u0085'
}

// wideEncoding names the encoding of a file in UTF-16 or UTF-32, told from its
// first bytes as in YAML 1.2 section 5.2; "" for anything else.
func wideEncoding(src []byte) string {
	var head [4]byte
	if copy(head[:], src) < 2 {
		return ""
	}
	zero := func(is ...bool) bool {
		for i := range is {
			if (head[i] == 0) != is[i] {
				return false
			}
		}
		return len(src) >= len(is)
	}
	switch {
	case bytes.HasPrefix(src, []byte{0, 0, 0xfe, 0xff}), bytes.HasPrefix(src, []byte{0xff, 0xfe, 0, 0}),
		zero(true, true, true, false), zero(false, true, true, true):
		return "UTF-32"
	case bytes.HasPrefix(src, []byte{0xfe, 0xff}), bytes.HasPrefix(src, []byte{0xff, 0xfe}),
		zero(true, false), zero(false, true):
		return "UTF-16"
	}
	return ""
}
