package archive

import (
	"bytes"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path"

	"github.com/logoutlab/logoutlab/reports"
)

// Handler shows the runs and comparisons below a directory, which where names to
// the reader: their list at /, and the report of each. It reads the directory anew each time.
// addr is the loopback address that it is served on: a request for another host
// is refused, so that no page of the internet can read along by giving its own
// name this address.
func Handler(root *os.Root, where string, addr net.Addr) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		all, err := Find(root)
		var page bytes.Buffer
		if err == nil {
			err = reports.Runs(&page, where, all, func(path string) string { return reports.ReportAddress("/report/", path) })
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_, _ = w.Write(page.Bytes()) // a reader who goes away misses it
	})
	mux.HandleFunc("GET /report/{path...}", func(w http.ResponseWriter, r *http.Request) {
		name := path.Join(r.PathValue("path"), reports.Page)
		if !fs.ValidPath(name) {
			http.NotFound(w, r)
			return
		}
		info, err := root.Stat(name)
		if err != nil || !info.Mode().IsRegular() {
			http.NotFound(w, r)
			return
		}
		f, err := root.Open(name)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		defer f.Close() //nolint:errcheck // only read from
		// A report of another version does without its script.
		if source, err := reports.ScriptSource(); err == nil {
			w.Header().Set("Content-Security-Policy", policy+"; script-src "+source)
		}
		http.ServeContent(w, r, reports.Page, info.ModTime(), f)
	})
	return guarded(mux, addr)
}

// policy lets a page do nothing but be looked at, whatever is in it.
const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// guarded answers for its own address alone, under the policy.
func guarded(next http.Handler, addr net.Addr) http.Handler {
	_, port, _ := net.SplitHostPort(addr.String()) // of a listener: never an error
	ours := map[string]bool{net.JoinHostPort("127.0.0.1", port): true, net.JoinHostPort("localhost", port): true}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if !ours[r.Host] {
			http.Error(w, "this address is for 127.0.0.1 and localhost alone", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}
