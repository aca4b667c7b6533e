package reports

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"reflect"
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
	pages := map[string]string{"/report": render(t, hostileSuite(t)), "/runs": runsPageOf(t, kept, compared), "/control": "<p>" + hostile}
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
	for path, want := range map[string]string{"/report": "undefined", "/runs": "undefined", "/control": "true"} {
		b.Open(t, "http://reports.test"+path)
		require.Equal(t, want, b.Text(t, "String(window.ran)"), path)
	}
}
