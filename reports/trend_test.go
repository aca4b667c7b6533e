package reports

import (
	"bytes"
	"encoding/xml"
	"errors"
	"html/template"
	"io"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/result"
)

func keptSample(t *testing.T, path string, started time.Time, rate float64) Kept {
	t.Helper()
	saved := &Saved{Version: "0.1.0", Started: started}
	for _, r := range sampleSuite().Runs {
		one := *r.Result
		one.Started = sampleStart // as of the simulator: always the same
		one.Rates.SpuriousLogout = result.Rate{Count: int(rate * 1000), Of: 1000, Value: rate, Lo: rate / 2, Hi: min(rate*2, 1)}
		saved.Results = append(saved.Results, &one)
	}
	return Kept{Path: path, Report: true, Saved: saved}
}

func runsPageOf(t *testing.T, runs []Kept, comparisons ...Compared) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, Runs(&b, "results", Archive{runs, comparisons}, func(p string) string { return ReportAddress("/report/", p) }))
	return b.String()
}

func TestRunsAreListedNewestFirst(t *testing.T) {
	page := runsPageOf(t, []Kept{
		keptSample(t, "a", sampleStart, 0.1), keptSample(t, "c d/ü?#", sampleStart.Add(48*time.Hour), 0.2), keptSample(t, "b", sampleStart.Add(time.Hour), 0.4),
		{Path: "broken", Problem: "the file is damaged"},
	})
	var rows []string
	for _, m := range regexp.MustCompile(`(?m)<tr><td>([^<]*)</td><th scope="row">(.*?)</th>`).FindAllStringSubmatch(page, -1) {
		rows = append(rows, m[1]+" "+m[2])
	}
	require.Equal(t, []string{
		`2026-03-16 09:26 UTC <a href="/report/c%20d/%C3%BC%3F%23">c d/ü?#</a>`, `2026-03-14 10:26 UTC <a href="/report/b">b</a>`,
		`2026-03-14 09:26 UTC <a href="/report/a">a</a>`, "unknown broken",
	}, rows)
	require.Contains(t, page, "the file is damaged")
	require.Contains(t, page, "3 as expected")
	require.Equal(t, 5, strings.Count(page, `<figure class="timeline trend"`), "one chart a variant")
	require.Contains(t, page, "key-mismatch/broken on loopback")
	require.Contains(t, page, `>2026-03-14 09:26 UTC</span><span class="last" style="--at:83.33">2026-03-16 09:26 UTC<`)
	// 10 %, 40 % and 20 % of at most 100 %, in the order of time.
	require.Contains(t, page, `d="M50 900h-3h6h-3L150 600h-3h6h-3L250 800h-3h6h-3"`)
	require.Contains(t, page, `d="M50 950V800M150 800V200M250 900V600"`)
	require.Contains(t, runsPageOf(t, nil), "There are none yet")
}

func TestTrendsAreBrokenWhereNothingWasMeasured(t *testing.T) {
	var l trendLine
	l.top = 0.5
	l.add(0, result.Rate{Of: 10, Value: 0.5, Lo: 0.25, Hi: 1})
	l.add(1, result.Rate{})
	l.add(2, result.Rate{Of: 10, Value: -3, Lo: -9, Hi: 7})
	require.Equal(t, "M50 0h-3h6h-3M250 1000h-3h6h-3", l.line.String())
	for v, want := range map[float64]float64{0: 0.0001, 0.1: 0.1, 0.11: 0.2, 0.3: 0.4, 0.7: 1, 1: 1} {
		require.InDelta(t, want, niceShare(v), 1e-9)
	}
}

func TestComparisonsStandBesideRuns(t *testing.T) {
	m := sampleMatrix()
	page := runsPageOf(t, []Kept{keptSample(t, "a", sampleStart, 0.1)},
		Compared{Path: "a", Report: true, Written: sampleStart, Matrix: m},
		Compared{Path: "c d", Report: true, Written: sampleStart.Add(time.Hour), Matrix: m},
		Compared{Path: "x", Written: sampleStart, Problem: "the file is damaged"}, Compared{Path: "y", Problem: "is no file"})
	var rows []string
	for _, m := range regexp.MustCompile(`(?m)<tr><td>([^<]*)</td><th scope="row">(.*?)</th><td>(.*?)</td>`).FindAllStringSubmatch(page[strings.Index(page, `id="comparisons"`):], -1) {
		rows = append(rows, strings.Join(m[1:], " "))
	}
	says := ` <small>2 architectures under 3 faults</small> ` + template.HTMLEscapeString(m.Headline)
	require.Equal(t, []string{
		`2026-03-14 10:26 UTC <a href="/report/c%20d#architectures">c d</a>` + says, `2026-03-14 09:26 UTC <a href="/report/a#architectures">a</a>` + says,
		"2026-03-14 09:26 UTC x the file is damaged", "unknown y is no file",
	}, rows)
	require.NotContains(t, runsPageOf(t, nil), "Comparisons")
	var whole bytes.Buffer
	require.NoError(t, MatrixHTML(&whole, m))
	require.Contains(t, whole.String(), `id="architectures"`, "where the links lead")
}

func TestRunsOfHostileText(t *testing.T) {
	all := []Kept{keptSample(t, "a", sampleStart, 0.1), keptSample(t, "b", sampleStart, 0.1), {Path: "x", Problem: "y"}}
	n := 0
	for i := range all {
		poison(reflect.ValueOf(&all[i].Path).Elem(), &n)
		poison(reflect.ValueOf(&all[i].Problem).Elem(), &n)
		if all[i].Saved != nil {
			poison(reflect.ValueOf(all[i].Saved).Elem(), &n)
		}
	}
	compared := Compared{Path: "c", Report: true, Written: sampleStart, Matrix: sampleMatrix()}
	poison(reflect.ValueOf(&compared).Elem(), &n)
	require.Greater(t, n, 100)
	page := runsPageOf(t, all, compared)
	require.NotContains(t, strings.ToLower(page), "<script")
	require.NotContains(t, strings.ToLower(page), "<img")
	require.Contains(t, page, "&lt;script&gt;")
	for _, m := range refers.FindAllStringSubmatch(page, -1) {
		require.Regexp(t, `^(/report/[-A-Za-z0-9%._~/&;:$+=@]*(#architectures)?|#runs)$`, m[1])
	}
	d := xml.NewDecoder(strings.NewReader(page))
	d.Entity = xml.HTMLEntity
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if el, ok := tok.(xml.StartElement); ok {
			for _, a := range el.Attr {
				require.False(t, strings.HasPrefix(a.Name.Local, "on"), a.Name.Local)
			}
		}
	}
}
