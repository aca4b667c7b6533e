package browsertest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// heard is what the browser said of the pages that it opened.
type heard struct {
	mu    sync.Mutex
	lines []string
}

// event notes what a page should not do: write to the console, throw, open a
// dialog, ask the network for anything.
func (h *heard) event(ev any) {
	line := ""
	switch e := ev.(type) {
	case *runtime.EventConsoleAPICalled:
		line = fmt.Sprintf("console.%s", e.Type)
	case *runtime.EventExceptionThrown:
		line = "exception: " + e.ExceptionDetails.Text
	case *log.EventEntryAdded:
		line = fmt.Sprintf("log: %s: %s", e.Entry.Level, e.Entry.Text)
	case *page.EventJavascriptDialogOpening:
		line = "dialog: " + e.Message
	case *network.EventRequestWillBeSent:
		if u := e.Request.URL; !strings.HasPrefix(u, "file:") && u != "about:blank" {
			line = "request: " + u
		}
	}
	if line == "" {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lines = append(h.lines, line)
}

// Heard lists what the pages did since the last call that a page which is
// complete in itself does not do: messages on the console, exceptions, dialogs,
// and requests to the network.
func (b *Browser) Heard() []string {
	b.heard.mu.Lock()
	defer b.heard.mu.Unlock()
	lines := b.heard.lines
	b.heard.lines = nil
	return lines
}

// Look sets the size of the window, in CSS pixels, and whether its user prefers
// dark pages.
func (b *Browser) Look(t *testing.T, width, height int64, dark bool) {
	t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	b.run(t, chromedp.EmulateViewport(width, height), chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	}))
}

// Shoot writes a picture of the window into a PNG file.
func (b *Browser) Shoot(t *testing.T, file string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, png, 0o644))
}
