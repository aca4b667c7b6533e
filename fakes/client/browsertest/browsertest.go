// Package browsertest drives a real Chromium, headless, for tests that hold the
// client against it.
package browsertest

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Hosts is where all names lead, whatever they are: everything on port 80 to
// HTTP, and on port 443 to HTTPS, both host:port on this machine.
type Hosts struct {
	HTTP, HTTPS string
	Certificate *x509.Certificate // the one that is accepted, for any name
	Flags       map[string]any    // of Chromium, beside the usual
}

// Browser is a Chromium with a profile of its own and one tab.
type Browser struct {
	ctx   context.Context
	heard heard
}

// patience is how long a step may take.
const patience = 20 * time.Second

// Start starts Chromium, which ends with the test. The test is skipped unless
// LOGOUTLAB_BROWSER=require, as under make browser: it takes its time.
func Start(t *testing.T, h Hosts) *Browser {
	t.Helper()
	Require(t)
	pin := sha256.Sum256(h.Certificate.RawSubjectPublicKeyInfo)
	options := []chromedp.ExecAllocatorOption{
		chromedp.Flag("host-resolver-rules", fmt.Sprintf("MAP *:80 %s,MAP *:443 %s", h.HTTP, h.HTTPS)),
		chromedp.Flag("ignore-certificate-errors-spki-list", base64.StdEncoding.EncodeToString(pin[:])),
		// Pages at http stay there, as they do for users of a site without https.
		chromedp.Flag("disable-features", "HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,InsecureFormSubmissionInterstitial,MixedFormsInterstitial"),
	}
	for name, value := range h.Flags {
		options = append(options, chromedp.Flag(name, value))
	}
	return launch(t, options...)
}

// Alone is a Chromium that finds no host, for pages in files.
func Alone(t *testing.T) *Browser {
	t.Helper()
	Require(t)
	return launch(t, chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"))
}

// Require skips a test unless LOGOUTLAB_BROWSER=require.
func Require(t *testing.T) {
	t.Helper()
	if os.Getenv("LOGOUTLAB_BROWSER") != "require" {
		t.Skip("not held against a real browser: make browser does that")
	}
}

func launch(t *testing.T, more ...chromedp.ExecAllocatorOption) *Browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(find(t)), chromedp.UserDataDir(profile(t)))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // it refuses to run as root otherwise
	}
	allocated, cancel := chromedp.NewExecAllocator(t.Context(), append(options, more...)...)
	t.Cleanup(cancel)
	b := &Browser{}
	ctx, end := chromedp.NewContext(allocated,
		chromedp.WithErrorf(func(string, ...any) {}), // of messages newer than the library
		chromedp.WithListener(b.heard.event))
	t.Cleanup(end)
	b.ctx = ctx
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate("about:blank")), "start Chromium")
	return b
}

// profile is a new profile that takes other sites' cookies. Not every build does
// by itself: Debian's sends none to other sites' frames, SameSite=None or not.
func profile(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "Default"), 0o700))
	preferences := `{"profile": {"cookie_controls_mode": 0, "block_third_party_cookies": false}}`
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Default", "Preferences"), []byte(preferences), 0o600))
	return dir
}

// find is the path of a Chromium or Chrome.
func find(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("no Chromium: apt-get install chromium")
	return ""
}

// Version is what the browser says that it is.
func (b *Browser) Version(t *testing.T) string {
	t.Helper()
	return b.Text(t, "navigator.userAgent")
}

// Open opens a page as if the user had typed its address, and waits until it is
// there. What the page before has begun may still come in between: then the
// address is typed again.
func (b *Browser) Open(t *testing.T, url string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	address, _, _ := strings.Cut(url, "?")
	there := fmt.Sprintf("location.origin + location.pathname === %q && document.readyState === 'complete'", address)
	var err error
	for range 5 {
		if err = chromedp.Do(ctx, chromedp.Navigate(url)); err != nil && !strings.Contains(err.Error(), "net::ERR_ABORTED") {
			break
		}
		for range 50 {
			if yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool](there)); err == nil && yes {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	require.NoError(t, err, url)
	require.Fail(t, "another page is there", url)
}

// Do runs a script in the page that is open.
func (b *Browser) Do(t *testing.T, script string) {
	t.Helper()
	b.run(t, chromedp.Evaluate[chromedp.Void](script))
}

// Text is what an expression in the page that is open comes to.
func (b *Browser) Text(t *testing.T, expression string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[string](expression))
	require.NoError(t, err)
	return out
}

// Until reads an expression in the page that is open, again and again, until it
// is as wanted, and returns it. Pages may come and go meanwhile: what a page that
// is just leaving does not answer is asked of the next one.
func (b *Browser) Until(t *testing.T, expression string, wanted func(string) bool) string {
	t.Helper()
	var last string
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(b.ctx, 2*time.Second)
		last, err = chromedp.Run(ctx, chromedp.Evaluate[string](expression))
		cancel()
		if err == nil && wanted(last) {
			return last
		}
	}
	require.NoError(t, err, expression)
	require.Fail(t, "the page does not come to it", "%s: %q", expression, last)
	return ""
}

// Forget leaves the page and removes all cookies.
func (b *Browser) Forget(t *testing.T) {
	t.Helper()
	b.run(t, chromedp.Navigate("about:blank"), chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, storage.ClearCookies, storage.ClearCookiesParams{})
		return err
	}))
}

func (b *Browser) run(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	require.NoError(t, chromedp.Do(ctx, steps...))
}
