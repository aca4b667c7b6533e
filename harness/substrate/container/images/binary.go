package images

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

const (
	// binaryVariable names a static logoutlab to make node images from.
	binaryVariable = "LOGOUTLAB_NODE_BINARY"
	// command is the package of the logoutlab program.
	command = "github.com/logoutlab/logoutlab/cmd/logoutlab"

	buildAdvice = "build one in a checkout of logoutlab (CGO_ENABLED=0 go build ./cmd/logoutlab) and name it in " + binaryVariable
)

// Prebuilt returns the program that node images are made from without building
// one, for an architecture in Go's words: the file of LOGOUTLAB_NODE_BINARY, else
// the running program if it is a static logoutlab, else "".
func Prebuilt(arch string) (string, error) {
	if path := os.Getenv(binaryVariable); path != "" {
		if err := static(path); err != nil {
			return "", fmt.Errorf("%s=%s: %w: %s", binaryVariable, path, err, buildAdvice)
		}
		return path, nil
	}
	path, err := os.Executable()
	if err == nil && runtime.GOOS == "linux" && runtime.GOARCH == arch && isCommand(path) && static(path) == nil {
		return path, nil
	}
	return "", nil
}

// nodeBinary opens a static logoutlab for Linux on an architecture. If it has to
// build one, nothing of it is left but the open file.
func nodeBinary(ctx context.Context, arch string) (*os.File, error) {
	path, err := Prebuilt(arch)
	if err != nil {
		return nil, err
	}
	if path != "" {
		return os.Open(path)
	}
	dir, err := os.MkdirTemp("", "logoutlab-node-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if path, err = build(ctx, arch, dir); err != nil {
		return nil, fmt.Errorf("cannot build a static logoutlab for the nodes: %w: %s", err, buildAdvice)
	}
	return os.Open(path)
}

// isCommand tells whether a program is logoutlab, not a test or someone else's.
func isCommand(path string) bool {
	info, err := buildinfo.ReadFile(path)
	return err == nil && info.Path == command
}

// static tells whether a program runs without any library.
func static(path string) error {
	program, err := elf.Open(path)
	if err != nil {
		return err
	}
	defer program.Close()
	if slices.ContainsFunc(program.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		return errors.New("is not statically linked")
	}
	return nil
}

// build builds logoutlab from the module of the working directory: ours, or one
// that requires ours. The latter's go.sum may lack what only our command needs,
// hence the go command works on copies of go.mod and go.sum.
func build(ctx context.Context, arch, dir string) (string, error) {
	mod, err := run(exec.CommandContext(ctx, "go", "env", "GOMOD", "GOWORK"))
	if err != nil {
		return "", err
	}
	gomod, gowork, _ := strings.Cut(mod, "\n")
	args := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w"}
	switch {
	case gowork != "" && gowork != "off":
	case gomod == "" || gomod == os.DevNull:
		return "", errors.New("the working directory is in no Go module")
	default:
		if err := copyModule(filepath.Dir(gomod), dir); err != nil {
			return "", err
		}
		args = append(args, "-mod=mod", "-modfile="+filepath.Join(dir, "go.mod"))
	}
	path := filepath.Join(dir, "logoutlab")
	cmd := exec.CommandContext(ctx, "go", append(args, "-o", path, command)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
	_, err = run(cmd)
	return path, err
}

func copyModule(from, to string) error {
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(from, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), text, 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// run returns a command's trimmed output, or its last words as an error.
func run(cmd *exec.Cmd) (string, error) {
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, bytes.TrimSpace(said.Bytes()))
	}
	return strings.TrimSpace(string(out)), nil
}
