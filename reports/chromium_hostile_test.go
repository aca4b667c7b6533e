package reports

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/client/browsertest"
)

// TestChromiumRunsNothing: whatever is in every string of a result, a real
// browser runs nothing of it, though nothing but the pages themselves keeps it
// from that.
func TestChromiumRunsNothing(t *testing.T) {
	kept := []Kept{keptSample(t, "a", sampleStart, 0.1), {Path: "x", Problem: "y"}}
	n := 0
	for i := range kept {
		poison(reflect.ValueOf(&kept[i].Path).Elem(), &n)
		poison(reflect.ValueOf(&kept[i].Problem).Elem(), &n)
	}
	poison(reflect.ValueOf(kept[0].Saved).Elem(), &n)
	compared := Compared{Path: "c", Report: true, Matrix: sampleMatrix()}
	poison(reflect.ValueOf(&compared).Elem(), &n)
	report := render(t, hostileSuite(t))
	policy := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy"[^>]*>`)
	require.Len(t, policy.FindAllString(report, -1), 1)
	pages := map[string]string{
		"/report": report, "/bare": policy.ReplaceAllString(report, ""), "/runs": runsPageOf(t, kept, compared),
		"/control": "<p>" + hostile, "/held": policy.FindString(report) + "<p>" + hostile, // both run what they can
	}
	const told = "<script>window.alert = () => { window.ran = true }</script>"
	mux := http.NewServeMux()
	for path, page := range pages {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write(bytes.Join([][]byte{[]byte(told), []byte(page)}, nil))
		})
	}
	plain, secure := httptest.NewServer(mux), httptest.NewTLSServer(mux)
	defer plain.Close()
	defer secure.Close()
	b := browsertest.Start(t, browsertest.Hosts{HTTP: plain.Listener.Addr().String(), HTTPS: secure.Listener.Addr().String(), Certificate: secure.Certificate()})
	for path, want := range map[string]string{"/report": "undefined", "/bare": "undefined", "/runs": "undefined", "/control": "true", "/held": "undefined"} {
		b.Open(t, "http://reports.test"+path)
		told := b.Text(t, useAll)
		if path == "/report" || path == "/bare" {
			require.Contains(t, told, "<script>alert(", "charts repeat what the system under test said")
			require.Contains(t, told, "<img src=x onerror=alert(1)>")
		}
		require.Equal(t, want, b.Text(t, "String(window.ran)"), path)
	}
}

// useAll points at every bin and every dot, fills in every field, ticks every
// box, follows every link, and gives what the charts have said.
const useAll = `(() => {
	for (const d of document.querySelectorAll("details")) d.open = true;
	const told = [];
	for (const plot of document.querySelectorAll("[role=slider]")) {
		for (let i = 0; i <= Number(plot.getAttribute("aria-valuemax")); i++) {
			plot.dispatchEvent(new KeyboardEvent("keydown", {key: i ? "ArrowRight" : "Home"}));
			told.push(plot.nextElementSibling.textContent);
		}
		const box = plot.getBoundingClientRect();
		plot.dispatchEvent(new PointerEvent("pointermove", {clientX: box.left + box.width / 2, clientY: box.top + box.height / 2}));
		told.push(plot.nextElementSibling.textContent);
	}
	for (const a of document.querySelectorAll("a[href^='#']")) a.click();
	for (const input of document.querySelectorAll(".filter input")) {
		if (input.type === "checkbox") input.click();
		input.value = "<img src=x onerror=alert(1)>";
		for (const kind of ["input", "change"]) input.dispatchEvent(new Event(kind, {bubbles: true}));
	}
	return told.join("\n");
})()`
