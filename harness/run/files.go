package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/logoutlab/logoutlab/harness/result"
)

// The names of a run's files in its directory.
const (
	HistoryFile = "history.jsonl.gz"
	ResultFile  = "result.json"
)

// NewDir makes a new directory below parent, named by date and time.
func NewDir(parent string, now time.Time) (string, error) {
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", err
	}
	base := filepath.Join(parent, now.Format("20060102-150405"))
	dir := base
	for i := 2; ; i++ {
		err := os.Mkdir(dir, 0o755)
		if !errors.Is(err, fs.ErrExist) {
			return dir, err
		}
		dir = fmt.Sprintf("%s-%d", base, i)
	}
}

// SetAside renames a run's files, so that the plan can run in dir once more;
// try tells the tries apart, and counts from 1.
func SetAside(dir string, try int) error {
	for _, name := range []string{HistoryFile, ResultFile} {
		stem, ending, _ := strings.Cut(name, ".")
		old := fmt.Sprintf("%s.try-%d.%s", stem, try, ending)
		if err := os.Rename(filepath.Join(dir, name), filepath.Join(dir, old)); err != nil {
			return err
		}
	}
	return nil
}

// Save writes a result into a directory that has none.
func Save(dir string, r *result.Result) error {
	f, err := os.OpenFile(filepath.Join(dir, ResultFile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	e := json.NewEncoder(f)
	e.SetIndent("", "  ")
	return errors.Join(e.Encode(r), f.Close())
}
