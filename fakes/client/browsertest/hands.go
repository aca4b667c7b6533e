package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// PointAt moves the mouse to a place within the first element that a CSS selector
// finds, and scrolls there before: x and y are 0 to 1 from its left and its top.
func (b *Browser) PointAt(t *testing.T, selector string, x, y float64) {
	t.Helper()
	left, top := b.place(t, selector, x, y)
	b.run(t, chromedp.MouseEvent(chromedp.MouseMoved, left, top))
}

// Click clicks in the middle of the first element that a CSS selector finds.
func (b *Browser) Click(t *testing.T, selector string) {
	t.Helper()
	left, top := b.place(t, selector, 0.5, 0.5)
	b.run(t, chromedp.MouseClickXY(left, top))
}

// Keys presses keys one after the other: text, or those of chromedp/kb.
func (b *Browser) Keys(t *testing.T, keys string) {
	t.Helper()
	b.run(t, chromedp.KeyEvent(keys))
}

// Scripts sets whether pages that are opened from now on may run scripts.
func (b *Browser) Scripts(t *testing.T, run bool) {
	t.Helper()
	b.run(t, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !run})
		return err
	}))
}

// Media shows pages as on "screen" or in "print".
func (b *Browser) Media(t *testing.T, kind string) {
	t.Helper()
	b.run(t, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: kind})
		return err
	}))
}

// place is a place within an element, in CSS pixels of the window.
func (b *Browser) place(t *testing.T, selector string, x, y float64) (left, top float64) {
	t.Helper()
	var at []float64
	require.NoError(t, json.Unmarshal([]byte(b.Text(t, fmt.Sprintf(`(() => {
		const el = document.querySelector(%q);
		if (!el) return "[]";
		el.scrollIntoView({block: "center", behavior: "instant"});
		const box = el.getBoundingClientRect();
		return JSON.stringify([box.left + %g * box.width, box.top + %g * box.height]);
	})()`, selector, x, y))), &at))
	require.Len(t, at, 2, "no element is %s", selector)
	return at[0], at[1]
}
