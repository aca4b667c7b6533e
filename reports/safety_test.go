package reports

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func render(t *testing.T, s Suite) string {
	t.Helper()
	var page bytes.Buffer
	require.NoError(t, HTML(&page, s))
	return page.String()
}

var (
	loading  = regexp.MustCompile(`(?i)<(script|link|iframe|img|object|embed|base|audio|video|use|image)\b`)
	refers   = regexp.MustCompile(`(?i)\s(?:src|href|xlink:href|srcset|action|poster)\s*=\s*"([^"]*)"`)
	styles   = regexp.MustCompile(`(?s)<style>.*?</style>|\sstyle="[^"]*"`)
	cssLoads = regexp.MustCompile(`(?i)url\(|@import|expression\(`)
)

func TestHTMLLoadsNothing(t *testing.T) {
	for name, s := range map[string]Suite{"sample": sampleSuite(), "hostile": hostileSuite(t)} {
		t.Run(name, func(t *testing.T) {
			page := unscripted(t, render(t, s))
			require.Empty(t, loading.FindString(page))
			for _, css := range styles.FindAllString(page, -1) {
				require.Empty(t, cssLoads.FindString(css))
			}
			found := refers.FindAllStringSubmatch(page, -1)
			require.NotEmpty(t, found)
			for _, m := range found {
				require.True(t, strings.HasPrefix(m[1], "#"), m[0])
			}
		})
	}
}

// The page is written so that it is well-formed XML too: an XML reader checks
// every tag and attribute.
func TestHTMLIsWellFormed(t *testing.T) {
	for name, s := range map[string]Suite{"sample": sampleSuite(), "hostile": hostileSuite(t), "empty": {}} {
		t.Run(name, func(t *testing.T) {
			ids, targets := map[string]bool{}, []string{}
			d := xml.NewDecoder(strings.NewReader(render(t, s)))
			d.Entity = xml.HTMLEntity
			for {
				tok, err := d.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				require.NoError(t, err)
				el, ok := tok.(xml.StartElement)
				if !ok {
					continue
				}
				for _, a := range el.Attr {
					switch {
					case a.Name.Local == "id":
						require.False(t, ids[a.Value], "id twice: %s", a.Value)
						ids[a.Value] = true
					case a.Name.Local == "href", a.Name.Local == "aria-labelledby":
						targets = append(targets, strings.TrimPrefix(a.Value, "#"))
					case strings.HasPrefix(a.Name.Local, "on"):
						t.Errorf("an event handler: %s=%q", a.Name.Local, a.Value)
					}
				}
			}
			for _, to := range targets {
				require.True(t, ids[to], "no element has the id %q", to)
			}
		})
	}
}

// hostile is what a system under test might say. %d tells the fields apart.
const hostile = `"'></title></style><script>alert(%d)</script><img src=x onerror=alert(1)>javascript:alert(1) url(https://evil.example) {{.}} ]]> | ` + "`x` \x00\x1b"

func TestHostileStringsAreEscaped(t *testing.T) {
	s := hostileSuite(t)
	page := unscripted(t, render(t, s))
	for _, bad := range []string{"<script", "</script", "<img", "onerror=alert(1)>", `href="javascript`} {
		require.NotContains(t, strings.ToLower(page), bad)
	}
	require.Contains(t, page, "&lt;script&gt;", "the strings are shown, not dropped")

	var junit, md bytes.Buffer
	require.NoError(t, JUnit(&junit, s))
	require.NotContains(t, junit.String(), "<script")
	var back junitSuites
	require.NoError(t, xml.Unmarshal(junit.Bytes(), &back))
	require.Contains(t, back.Suites[0].Name, "<script>")

	require.NoError(t, Markdown(&md, s))
	spans := regexp.MustCompile("(?m)(``.*``)$").ReplaceAllString(md.String(), "") // code spans are literal
	require.NotContains(t, spans, "<script")
	require.NotContains(t, spans, "https://")
	columns := 0 // of the table that the line is in
	for _, line := range strings.Split(md.String(), "\n") {
		bars := strings.Count(line, "|") - strings.Count(line, `\|`)
		if !strings.HasPrefix(line, "|") {
			columns = 0
			continue
		}
		if columns == 0 {
			columns = bars
		}
		require.Equal(t, columns, bars, line)
	}
}

// hostileSuite is the sample with every string of it, map keys too, hostile.
func hostileSuite(t *testing.T) Suite {
	t.Helper()
	s := sampleSuite()
	n := 0
	poison(reflect.ValueOf(&s).Elem(), &n)
	require.Greater(t, n, 100)
	return s
}

func poison(v reflect.Value, n *int) {
	switch v.Kind() {
	case reflect.String:
		*n++
		v.SetString(fmt.Sprintf(hostile, *n))
	case reflect.Pointer:
		poison(v.Elem(), n)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			poison(v.Field(i), n)
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i), n)
		}
	case reflect.Map:
		poisonMap(v, n)
	}
}

func poisonMap(v reflect.Value, n *int) {
	out := reflect.MakeMap(v.Type())
	for _, k := range v.MapKeys() {
		key, val := reflect.New(k.Type()).Elem(), reflect.New(v.Type().Elem()).Elem()
		val.Set(v.MapIndex(k))
		poison(key, n)
		poison(val, n)
		out.SetMapIndex(key, val)
	}
	if !v.IsNil() {
		v.Set(out)
	}
}

func TestHTMLSize(t *testing.T) {
	var s Suite
	for i := range 10 {
		for j := range 4 {
			r := sampleBroken()
			res := *r.Result
			res.Scenario, res.Variant = fmt.Sprintf("scenario-%d", i), fmt.Sprintf("variant-%d", j)
			r.Result = &res
			r.Series = busySeries()
			r.Stories = []Story{sampleStory(), sampleStory(), sampleStory()}
			s.Runs = append(s.Runs, r)
		}
	}
	require.Less(t, len(render(t, s)), 1_650_000)
}

// busySeries is sixty bins with three causes in each.
func busySeries() Series {
	s := Series{Step: 250 * time.Millisecond, Bins: 60}
	for i, cause := range []string{"key_mismatch", "connection_cut", "session_lost"} {
		counts := make([]int, s.Bins)
		for j := range counts {
			counts[j] = 100 + i*37 + j
		}
		s.Logouts = append(s.Logouts, Stack{cause, counts})
	}
	return s
}
