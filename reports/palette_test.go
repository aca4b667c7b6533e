package reports

import (
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/scenario"
)

// linear reads "#rrggbb" as linear-light RGB (the sRGB transfer function, as
// in the WCAG definition of relative luminance).
func linear(t *testing.T, hex string) [3]float64 {
	t.Helper()
	require.Len(t, hex, 7)
	var out [3]float64
	for i := range out {
		n, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		require.NoError(t, err)
		c := float64(n) / 255
		if c <= 0.04045 {
			out[i] = c / 12.92
		} else {
			out[i] = math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	return out
}

func luminance(c [3]float64) float64 { return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2] }

// contrast is WCAG 2.2's contrast ratio.
func contrast(t *testing.T, a, b string) float64 {
	la, lb := luminance(linear(t, a)), luminance(linear(t, b))
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func schemes(t *testing.T) (light, dark map[string]string) {
	css, err := os.ReadFile("templates/style.css")
	require.NoError(t, err)
	light, dark = map[string]string{}, map[string]string{}
	for _, m := range regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(string(css), -1) {
		if light[m[1]] == "" {
			light[m[1]] = m[2]
		} else {
			dark[m[1]] = m[2]
		}
	}
	return light, dark
}

func TestContrast(t *testing.T) {
	light, dark := schemes(t)
	for name, scheme := range map[string]map[string]string{"light": light, "dark": dark} {
		for _, page := range []string{scheme["bg"], scheme["card"]} {
			for _, c := range palette() {
				colour := c.light
				if name == "dark" {
					colour = c.dark
				}
				require.GreaterOrEqual(t, contrast(t, colour, page), 3.0, "%s, %s", c.name, name)
			}
			for _, text := range []string{"ink", "soft", "accent", "pass", "fail", "unknown"} {
				require.GreaterOrEqual(t, contrast(t, scheme[text], page), 4.5, "%s, %s", text, name)
			}
		}
		for _, chip := range []string{"pass", "fail", "unknown"} {
			require.GreaterOrEqual(t, contrast(t, scheme[chip], scheme[chip+"-wash"]), 4.5, "chip %s, %s", chip, name)
		}
	}
}

// deutan is what a reader without M cones sees, in linear RGB (Machado,
// Oliveira and Fernandes 2009, severity 1.0), as CIE L*a*b*.
func deutan(c [3]float64) [3]float64 {
	m := [3][3]float64{
		{0.367322, 0.860646, -0.227968},
		{0.280085, 0.672501, 0.047413},
		{-0.011820, 0.042940, 0.968881},
	}
	var out [3]float64
	for i, row := range m {
		out[i] = min(max(row[0]*c[0]+row[1]*c[1]+row[2]*c[2], 0), 1)
	}
	return lab(out)
}

func lab(c [3]float64) [3]float64 {
	f := func(v float64) float64 {
		if v > 216.0/24389 {
			return math.Cbrt(v)
		}
		return (24389.0/27*v + 16) / 116
	}
	x := f((0.4124*c[0] + 0.3576*c[1] + 0.1805*c[2]) / 0.9505)
	y := f(luminance(c))
	z := f((0.0193*c[0] + 0.1192*c[1] + 0.9505*c[2]) / 1.089)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

// The causes that one chart of the first catalogue may well hold together.
func TestColoursCanBeToldApart(t *testing.T) {
	together := [][]string{
		{"key_mismatch", "connection_cut", "clock_skew", "refresh_race"},
		{"session_not_on_node", "session_lost", "connection_cut"},
		{"cached_401", "token_expired", "session_lost"},
		{"key_retired", "clock_skew", "unexplained"},
		{"session_expired", "token_expired", "session_lost", "session_not_on_node"},
		{"credential_malformed", "cookie_rejected", "session_lost", "session_not_on_node", "unexplained"},
	}
	for _, dark := range []bool{false, true} {
		for _, set := range together {
			for i, a := range set {
				for _, b := range set[:i] {
					la, lb := deutan(linear(t, shade(a, dark))), deutan(linear(t, shade(b, dark)))
					d := math.Hypot(math.Hypot(la[0]-lb[0], la[1]-lb[1]), la[2]-lb[2])
					require.Greater(t, d, 15.0, "%s and %s, dark %v", a, b, dark)
				}
			}
		}
	}
}

func shade(name string, dark bool) string {
	c, _ := causeOf(name)
	if dark {
		return c.dark
	}
	return c.light
}

func TestEveryCauseHasItsOwnColour(t *testing.T) {
	seen := map[string]string{}
	for _, c := range palette() {
		for _, colour := range []string{c.light, "dark " + c.dark} {
			require.Empty(t, seen[colour], "%s has the colour of %s", c.name, seen[colour])
			seen[colour] = c.name
		}
	}
	for _, name := range slices.Concat(oracle.Causes(), scenario.Causes()) {
		_, known := causeOf(name)
		require.True(t, known, "%s has no colour", name)
	}
	require.Equal(t, "c-unexplained", causeClass("no-such-cause"))
}
