package reports

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"regexp"
)

//go:embed templates
var files embed.FS

// HTML writes the report as one self-contained page: nothing is loaded, so that
// it works offline and from a mail attachment. Its only script is
// templates/script.js, and everything can be read without it.
func HTML(w io.Writer, suite Suite) error {
	return execute(w, "page", pageOf(suite))
}

// execute writes a page by its template's name.
func execute(w io.Writer, name string, view any) error {
	t, err := parse()
	if err != nil {
		return err
	}
	var page bytes.Buffer // so that a failure leaves no half page
	if err := t.ExecuteTemplate(&page, name, view); err != nil {
		return fmt.Errorf("writing the HTML report: %w", err)
	}
	text := bytes.Map(printable, page.Bytes())
	_, err = w.Write(indentation.ReplaceAll(text, []byte("\n")))
	return err
}

// indentation is what the templates' layout leaves between lines: a third of
// a report's bytes. No element of the page keeps white space as it is.
var indentation = regexp.MustCompile(`\s*\n\s*`)

// printable replaces the control characters that HTML forbids.
func printable(r rune) rune {
	if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
		return '\uFFFD'
	}
	return r
}

func parse() (*template.Template, error) {
	css, err := files.ReadFile("templates/style.css")
	if err != nil {
		return nil, err
	}
	script, err := scriptElement()
	if err != nil {
		return nil, err
	}
	// All are this package's own constants, so they may stand as they are.
	t := template.New("").Funcs(template.FuncMap{
		"script":     func() template.HTML { return template.HTML("<script>" + script + "</script>") },
		"policy":     func() template.HTML { return template.HTML(policyElement(script)) },
		"style":      func() template.CSS { return template.CSS(css) },
		"coloursFor": func(dark bool) template.CSS { return template.CSS(paletteCSS(dark)) },
	})
	return t.ParseFS(files, "templates/*.tmpl")
}
