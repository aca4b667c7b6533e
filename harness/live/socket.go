package live

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

const suffix = ".sock"

// longestPath is what all systems take as the address of a socket (unix(7)).
const longestPath = 100

// sessionName is what a session can be called: it becomes a file's name.
var sessionName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// CheckName refuses what no session can be called.
func CheckName(session string) error {
	if !sessionName.MatchString(session) {
		return errors.New("accepted are lower-case letters, digits and hyphens, up to 63, such as my-test")
	}
	return nil
}

// directory is where the sockets of the user's sessions are: nobody else can
// open it.
func directory() (string, error) {
	dir := filepath.Join(os.TempDir(), "logoutlab-"+strconv.Itoa(os.Getuid()))
	if base := os.Getenv("XDG_RUNTIME_DIR"); base != "" {
		dir = filepath.Join(base, "logoutlab")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", err
	}
	owner, known := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || info.Mode().Perm()&0o077 != 0 || known && int(owner.Uid) != os.Getuid() {
		return "", fmt.Errorf("%s is open to others: remove it, or set XDG_RUNTIME_DIR to a directory of your own", dir)
	}
	return dir, nil
}

func socketOf(session string) (string, error) {
	dir, err := directory()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, session+suffix)
	if len(path) > longestPath {
		return "", fmt.Errorf("%s is too long for a socket's name: choose a shorter --session, or set XDG_RUNTIME_DIR", path)
	}
	return path, nil
}

// TakenError says that a session of this name is up.
type TakenError struct{ Session string }

// Error says so, and what to do about it.
func (e *TakenError) Error() string {
	return fmt.Sprintf("%s is up already: end it (logoutlab down --session %s), or name another with --session", e.Session, e.Session)
}

// listen opens the socket of a session. One that a killed program left is
// replaced.
func listen(session string) (net.Listener, error) {
	path, err := socketOf(session)
	if err != nil {
		return nil, err
	}
	unlock, err := lock(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer unlock()
	if Alive(session) {
		return nil, &TakenError{session}
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// lock keeps others from opening and removing sockets: one that is only half
// open looks like that of a dead program.
func lock(dir string) (unlock func(), err error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", dir, err), f.Close())
	}
	return func() { _ = f.Close() }, nil
}

// Alive tells whether a session is up, or on its way there.
func Alive(session string) bool {
	c, err := dial(session)
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}

func dial(session string) (*net.UnixConn, error) {
	path, err := socketOf(session)
	if err != nil {
		return nil, err
	}
	return net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
}

// Sessions lists the names of the user's sessions, sorted, and removes what
// killed programs left of theirs.
func Sessions() ([]string, error) {
	dir, err := directory()
	if err != nil {
		return nil, err
	}
	unlock, err := lock(dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), suffix)
		switch {
		case !ok || CheckName(name) != nil:
		case Alive(name):
			all = append(all, name)
		default:
			_ = os.Remove(filepath.Join(dir, e.Name())) // it is in nobody's way
		}
	}
	slices.Sort(all)
	return all, nil
}

// Choose is the session of this name; of no name, the only one there is.
func Choose(name string) (string, error) {
	all, err := Sessions()
	switch {
	case err != nil:
		return "", err
	case len(all) == 0:
		return "", errors.New("nothing is up: bring a system up with `logoutlab up SCENARIO/VARIANT`")
	case slices.Contains(all, name):
		return name, nil
	case name != "":
		return "", fmt.Errorf("no session is called %q (accepted: %s)", name, strings.Join(all, ", "))
	case len(all) > 1:
		return "", fmt.Errorf("several are up: name one with --session (accepted: %s)", strings.Join(all, ", "))
	}
	return all[0], nil
}
