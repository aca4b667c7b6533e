package reports

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// Writer writes a suite in one format.
type Writer func(io.Writer, Suite) error

// Page is the name of the file for people.
const Page = "report.html"

// Files are the writers of the files that sum a suite up, by the files' names.
func Files() map[string]Writer {
	return map[string]Writer{Page: HTML, "junit.xml": JUnit, SummaryFile: Summary, "summary.md": Markdown}
}

// WriteFiles writes all [Files] into a directory that has none of them yet:
// nothing is ever overwritten.
func WriteFiles(dir string, s Suite) error {
	var errs []error
	for name, write := range Files() {
		errs = append(errs, writeFile(filepath.Join(dir, name), write, s))
	}
	return errors.Join(errs...)
}

func writeFile(path string, write Writer, s Suite) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	return errors.Join(write(f, s), f.Close())
}
