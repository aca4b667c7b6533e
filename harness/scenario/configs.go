package scenario

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// maxConfig is the length in bytes of the longest configuration that is read.
const maxConfig = 1 << 20

// ReadConfigs reads the configurations that variants name as balancer.config,
// relative to the scenario's file. The error is an [Errors] with all those that
// cannot be read, at the places that name them.
func (s *Scenario) ReadConfigs() error {
	var errs Errors
	for i := range s.Variants {
		v := &s.Variants[i]
		c := &v.Architecture.Balancer.Config
		if c.File == "" {
			continue
		}
		if c.Path = c.File; !filepath.IsAbs(c.File) {
			c.Path = filepath.Join(filepath.Dir(s.File), c.File)
		}
		var err error
		if c.Text, err = readConfig(c.Path); err != nil {
			at := v.where["balancer.config"]
			errs = append(errs, Error{File: s.File, Line: at.Line, Col: at.Col, Msg: "balancer.config: " + err.Error(),
				Accepted: "a haproxy.cfg or nginx.conf", Hint: "its path is relative to the scenario's file"})
		}
	}
	if len(errs) > 0 {
		return errs.sorted()
	}
	return nil
}

func readConfig(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("there is no file %s", path)
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%s is no file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // only read from
	text, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err == nil && len(text) > maxConfig {
		err = fmt.Errorf("%s is larger than %d bytes", path, maxConfig)
	}
	return string(text), err
}
