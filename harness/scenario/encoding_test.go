package scenario_test

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

const tiny = "scenario: s\ntitle: Ä\narchitecture: {session: {kind: memory}}\nvariants: {v: {expect: [{errors: 0}]}}\n"

// wide encodes text in 2 or 4 bytes a character.
func wide(text string, order binary.AppendByteOrder, four bool) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		if four {
			b = order.AppendUint32(b, uint32(u))
		} else {
			b = order.AppendUint16(b, u)
		}
	}
	return string(b)
}

func TestEncodings(t *testing.T) {
	little, big := binary.LittleEndian, binary.BigEndian
	for _, c := range []struct{ name, src, want string }{
		{"UTF-8", tiny, ""},
		{"byte order mark", "\uFEFF" + tiny, ""},
		{"CR LF", strings.ReplaceAll(tiny, "\n", "\r\n"), ""},
		{"CR", strings.ReplaceAll(tiny, "\n", "\r"), ""},
		{"UTF-16LE", wide(tiny, little, false), "f:1:1: the file is in UTF-16 (accepted: UTF-8; hint: save it as UTF-8 text)"},
		{"UTF-16BE", wide(tiny, big, false), "f:1:1: the file is in UTF-16 "},
		{"UTF-16LE, marked", wide("\uFEFF"+tiny, little, false), "f:1:1: the file is in UTF-16 "},
		{"UTF-16BE, marked", wide("\uFEFF"+tiny, big, false), "f:1:1: the file is in UTF-16 "},
		{"UTF-32LE", wide(tiny, little, true), "f:1:1: the file is in UTF-32 "},
		{"UTF-32BE", wide(tiny, big, true), "f:1:1: the file is in UTF-32 "},
		{"UTF-32LE, marked", wide("\uFEFF"+tiny, little, true), "f:1:1: the file is in UTF-32 "},
		{"UTF-32BE, marked", wide("\uFEFF"+tiny, big, true), "f:1:1: the file is in UTF-32 "},
		{"Latin-1", strings.Replace(tiny, "Ä", "\xc4", 1), "f:2:8: the byte 0xc4 is not UTF-8 (accepted: UTF-8; hint: save it as UTF-8 text)"},
		{"after CR LF", strings.Replace(strings.ReplaceAll(tiny, "\n", "\r\n"), "Ä", "Ä\xc4", 1), "f:2:9: the byte 0xc4 is not UTF-8 "},
		{"after CR", strings.Replace(strings.ReplaceAll(tiny, "\n", "\r"), "Ä", "\xc4", 1), "f:2:8: the byte 0xc4 is not UTF-8 "},
		{"escape", strings.Replace(tiny, "Ä", "\x1b[31m", 1), `f:2:8: the control character U+001B, which YAML forbids (hint: remove it, or write it in double quotes as "\x1b")`},
		{"next line", strings.Replace(tiny, "Ä", "a\u0085b", 1), ""},
		{"picture", "\x89PNG\r\n\x1a\n", "f:1:1: the byte 0x89 is not UTF-8 "},
		{"one byte", "\x00", "f:1:1: the control character U+0000"},
		{"columns after the mark", "\uFEFFscenarioo: s\n", "f:1:1: unknown field scenarioo in the file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := scenario.Parse("f", []byte(c.src))
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
		})
	}
}
