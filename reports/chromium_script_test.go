package reports

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/client/browsertest"
)

// saved writes a page into a file and gives its address.
func saved(t *testing.T, page string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.html")
	require.NoError(t, os.WriteFile(file, []byte(page), 0o644))
	return "file://" + file
}

// comes waits until an expression comes to a text.
func comes(t *testing.T, b *browsertest.Browser, expression, want string) {
	t.Helper()
	b.Until(t, expression, func(got string) bool { return spaced(got) == want })
}

// spaced is a text with ordinary spaces, one between words.
func spaced(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, nbsp, " ")), " ")
}

const (
	openAll = `for (const d of document.querySelectorAll("details")) d.open = true`
	said    = `document.querySelector("figure[data-bins] .readout").textContent`
	shown   = `document.querySelector(".filter[data-filter=variants] .shown").textContent`
)

// TestChromiumTellsBins: under the pointer and by keys, a timeline says what is
// in a bin, as the table behind it has it, and which faults were active.
func TestChromiumTellsBins(t *testing.T) {
	browsertest.Require(t)
	b := browsertest.Alone(t)
	b.Look(t, 1440, 900, false)
	b.Open(t, saved(t, render(t, sampleSuite())))
	b.Do(t, openAll)
	const plot, hint = "figure[data-bins] .plot", "Point at the chart, or move along it with the arrow keys."
	comes(t, b, said, hint)
	for _, c := range []struct {
		bin  int
		want string
	}{
		{11, "8 min 15 s to 9 min: key_mismatch 31, connection_cut 1; faults meanwhile: key_mismatch"},
		{7, "5 min 15 s to 6 min: key_mismatch 37; faults meanwhile: key_mismatch"},
		{0, "0 s to 5 min 15 s: none; faults meanwhile: key_mismatch"},
		{39, "20 min 15 s to 30 min: none"},
	} {
		b.PointAt(t, plot+" svg", (float64(c.bin)+0.5)/40, 0.5)
		comes(t, b, said, c.want)
	}
	b.PointAt(t, "h1", 0.5, 0.5)
	comes(t, b, said, hint)

	b.Do(t, fmt.Sprintf("document.querySelector(%q).focus()", plot))
	comes(t, b, said, "5 min 15 s to 6 min: key_mismatch 37; faults meanwhile: key_mismatch")
	for _, c := range []struct{ key, want string }{
		{kb.ArrowRight, "6 min to 6 min 45 s: key_mismatch 27; faults meanwhile: key_mismatch"},
		{kb.End, "20 min 15 s to 30 min: none"},
		{kb.Home, "0 s to 5 min 15 s: none; faults meanwhile: key_mismatch"},
		{kb.PageUp + kb.ArrowUp, "8 min 15 s to 9 min: key_mismatch 31, connection_cut 1; faults meanwhile: key_mismatch"},
		{kb.Escape, hint},
	} {
		b.Keys(t, c.key)
		comes(t, b, said, c.want)
		comes(t, b, fmt.Sprintf(`document.querySelector(%q).getAttribute("aria-valuetext")`, plot), c.want)
	}
	require.Empty(t, b.Heard())
}

// TestChromiumTellsPoints: a dot of the scores names its architectures and the
// figures that the table has.
func TestChromiumTellsPoints(t *testing.T) {
	browsertest.Require(t)
	b := browsertest.Alone(t)
	b.Look(t, 390, 900, true)
	m := sampleMatrix()
	for i, logouts := range []float64{4000, 20} {
		m.Architectures[i].Score.Place, m.Architectures[i].Score.SpuriousLogouts = 2-i, logouts
	}
	var page bytes.Buffer
	require.NoError(t, MatrixHTML(&page, m))
	b.Open(t, saved(t, page.String()))
	const told = `document.querySelector(".scatter .readout").textContent`
	row := func(i int) string {
		return spaced(b.Text(t, fmt.Sprintf(`(() => { const c = document.querySelector("table.sides").tBodies[0].rows[%d].cells; return c[0].textContent + ": Users logged out without reason " + c[1].textContent + "; Credentials that outlive the logout " + c[2].textContent + "; Store commands per action " + c[3].textContent + "."; })()`, i)))
	}
	require.Contains(t, row(0)+row(1), "redis: Users logged out without reason 20; ")
	b.PointAt(t, ".scatter svg", 0.99, 0.5)
	comes(t, b, told, row(1))
	b.PointAt(t, ".scatter svg", 0.2, 0.9)
	comes(t, b, told, row(0))
	b.Do(t, `document.querySelector(".scatter .plot").focus()`)
	b.Keys(t, kb.End)
	comes(t, b, told, row(1))
	require.Empty(t, b.Heard())
}

// TestChromiumFiltersVariants: by what a row says and by outcome, the details of
// a variant with its row; the address keeps it, Escape ends it, a link to what is
// hidden shows it, and paper says that there is more.
func TestChromiumFiltersVariants(t *testing.T) {
	browsertest.Require(t)
	b := browsertest.Alone(t)
	b.Look(t, 1440, 900, false)
	address := saved(t, render(t, sampleSuite()))
	b.Open(t, address)
	const field, visible = ".filter[data-filter=variants] input", `[...document.querySelectorAll("#scenarios .variant")].filter((v) => !v.closest("[hidden]")).map((v) => v.id).join(" ")`
	comes(t, b, shown, "")
	b.Click(t, field)
	b.Keys(t, "KEY-mismatch revoc")
	comes(t, b, shown, "0 of 5 variants shown")
	b.Keys(t, kb.Escape)
	comes(t, b, shown, "")
	b.Keys(t, "key-mismatch ")
	comes(t, b, shown, "3 of 5 variants shown")
	b.Click(t, field+"[value=fail]")
	comes(t, b, shown, "1 of 5 variants shown")
	comes(t, b, visible, "key-mismatch--jwks")
	comes(t, b, `[...document.querySelectorAll(".overview tbody tr")].filter((r) => r.checkVisibility()).map((r) => r.querySelector("a").textContent).join(", ")`, "One of two nodes signs with a secret of its own, jwks")
	comes(t, b, "location.hash", "#?text=key-mismatch&outcome=fail")

	b.Media(t, "print")
	comes(t, b, `getComputedStyle(document.querySelector(".filter.on .shown"), "::before").content`, `"A filter is on: "`)
	comes(t, b, visible, "key-mismatch--jwks")
	b.Media(t, "screen")

	b.Forget(t)
	b.Open(t, address+"?again#?text=revocation_missed")
	comes(t, b, shown, "1 of 5 variants shown")
	comes(t, b, visible, "local-blacklist--broken")
	b.Click(t, "table.reasons a[href='#key-mismatch--broken']")
	comes(t, b, shown, "")
	comes(t, b, "location.hash", "#key-mismatch--broken")
	b.Click(t, field+"[value=unknown]")
	comes(t, b, shown, "1 of 5 variants shown")
	b.Click(t, ".filter[data-filter=variants] button")
	comes(t, b, shown, "")
	comes(t, b, "location.hash", "")
	comes(t, b, "document.activeElement.name", "text")

	b.Open(t, saved(t, render(t, Suite{Runs: []Run{sampleBroken(), sampleCured()}}))) // of one outcome
	b.Click(t, field)
	b.Keys(t, "shared")
	comes(t, b, shown, "1 of 2 variants shown")
	require.Empty(t, b.Heard())
}

// TestChromiumFiltersCells: faults and architectures by name, and cells by harm.
func TestChromiumFiltersCells(t *testing.T) {
	browsertest.Require(t)
	b := browsertest.Alone(t)
	b.Look(t, 390, 900, false)
	b.Open(t, saved(t, render(t, sampleSuite())))
	const bar = ".filter[data-filter=cells] "
	const left = `document.querySelector(".filter[data-filter=cells] .shown").textContent`
	const figures = `[...document.querySelectorAll(".faultgrid td a")].filter((a) => a.checkVisibility({visibilityProperty: true})).map((a) => a.textContent).join(", ")`
	all := b.Text(t, figures)
	b.Click(t, bar+"[name=fault]")
	b.Keys(t, "a node dies")
	comes(t, b, left, "1 of 4 faults, 2 of 2 architectures shown")
	b.Click(t, bar+"[name=architecture]")
	b.Keys(t, "redis")
	comes(t, b, left, "1 of 4 faults, 1 of 2 architectures shown")
	comes(t, b, figures, "unmet")
	b.Click(t, bar+"[name=harm]")
	comes(t, b, left, "0 of 4 faults, 0 of 2 architectures shown")
	b.Keys(t, kb.Escape)
	comes(t, b, left, "")
	require.Equal(t, all, b.Text(t, figures))
	b.Click(t, bar+"[name=harm]")
	comes(t, b, left, "2 of 4 faults, 2 of 2 architectures shown")
	b.Until(t, figures, func(got string) bool { return got == "5,000, 12,000" || got == "12,000, 5,000" })
	require.Empty(t, b.Heard())
}

// TestChromiumNeedsNoScript: where scripts do not run, a reader has every word
// that there is but those of the filters and of what charts say when pointed at.
func TestChromiumNeedsNoScript(t *testing.T) {
	browsertest.Require(t)
	rules, err := os.ReadFile("testdata/rules.js")
	require.NoError(t, err)
	b := browsertest.Alone(t)
	address := saved(t, render(t, sampleSuite()))
	for _, width := range []int64{390, 1440} {
		b.Look(t, width, 900, false)
		b.Scripts(t, true)
		b.Open(t, address)
		b.Do(t, openAll)
		require.NotEmpty(t, b.Text(t, said))
		with := b.Text(t, `(() => { for (const el of document.querySelectorAll(".filter, .readout")) el.remove(); return document.body.innerText; })()`)
		b.Scripts(t, false)
		b.Open(t, address)
		requireRules(t, b, string(rules))
		require.Equal(t, "0 0", b.Text(t, `document.querySelectorAll(".readout, [role=slider]").length + " " + [...document.querySelectorAll(".filter")].filter((f) => f.checkVisibility()).length`))
		b.Do(t, openAll)
		require.Equal(t, with, b.Text(t, "document.body.innerText"))
		require.Empty(t, b.Heard())
	}
}

// TestChromiumFiltersInUse: with filters on and a chart under the pointer no rule
// is broken, nothing is too wide, and what is to be touched is large enough (WCAG
// 2.2, 2.5.8: 24 CSS pixels).
func TestChromiumFiltersInUse(t *testing.T) {
	browsertest.Require(t)
	rules, err := os.ReadFile("testdata/rules.js")
	require.NoError(t, err)
	b := browsertest.Alone(t)
	address := saved(t, render(t, sampleSuite()))
	for _, width := range []int64{390, 1440} {
		for _, dark := range []bool{false, true} {
			b.Look(t, width, 900, dark)
			b.Open(t, address+fmt.Sprintf("?%d%t#?text=key-mismatch&outcome=pass&fault=e&harm=logouts", width, dark))
			comes(t, b, shown, "2 of 5 variants shown")
			b.Do(t, openAll)
			b.PointAt(t, "figure[data-bins] .plot svg", 0.3, 0.5)
			b.Until(t, said, func(got string) bool { return strings.Contains(got, "key_mismatch") })
			if dir := os.Getenv("LOGOUTLAB_PICTURES"); dir != "" {
				look := map[bool]string{false: "light", true: "dark"}[dark]
				b.Shoot(t, filepath.Join(dir, fmt.Sprintf("timeline-%d-%s.png", width, look)))
				b.PointAt(t, ".scatter svg", 0.5, 0.5)
				b.Shoot(t, filepath.Join(dir, fmt.Sprintf("scatter-%d-%s.png", width, look)))
				b.PointAt(t, "[data-filter=cells]", 0.5, 0.5)
				b.Shoot(t, filepath.Join(dir, fmt.Sprintf("cells-%d-%s.png", width, look)))
				b.PointAt(t, "[data-filter=variants]", 0.5, 0.5)
				b.Shoot(t, filepath.Join(dir, fmt.Sprintf("variants-%d-%s.png", width, look)))
			}
			requireRules(t, b, string(rules))
			require.Empty(t, b.Text(t, `[...document.querySelectorAll(".filter label, .filter button, .filter [type=search], [role=slider]")].filter((el) => el.checkVisibility()).map((el) => [el, el.getBoundingClientRect()]).filter(([, r]) => Math.min(r.width, r.height) < 24).map(([el, r]) => el.outerHTML + r.width + "x" + r.height).join("\n")`))
			require.Empty(t, b.Heard())
		}
	}
}
