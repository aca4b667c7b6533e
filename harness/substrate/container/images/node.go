package images

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

const (
	// NodeLabel marks the images of our own nodes.
	NodeLabel = "io.logoutlab.node"
	// nodeRepository names them; the tag says what they are made of.
	nodeRepository = "logoutlab/node"
)

// Versioner tells about a daemon.
type Versioner interface {
	ServerVersion(ctx context.Context, options client.ServerVersionOptions) (client.ServerVersionResult, error)
}

// Importer makes images from tar files.
type Importer interface {
	Lister
	Versioner
	DaemonHost() string
	ImageImport(ctx context.Context, source client.ImageImportSource, ref string, options client.ImageImportOptions) (client.ImageImportResult, error)
}

// nodes are the node images that this process has made or found, by daemon. The
// lock also keeps concurrent runs from making the same image twice.
var nodes = struct {
	sync.Mutex
	refs map[string]string
}{refs: map[string]string{}}

// Node returns the image of our own nodes: the logoutlab program, alone, which
// runs `logoutlab node` as nobody. The image is made if the daemon lacks it; its
// tag is the start of the program's SHA-256.
//
// The program is LOGOUTLAB_NODE_BINARY, else the running one if it is a static
// logoutlab, else one that the go command builds from the module that the
// working directory belongs to. An error says what to do about it.
func Node(ctx context.Context, cli Importer) (string, error) {
	nodes.Lock()
	defer nodes.Unlock()
	key := cli.DaemonHost() + " " + os.Getenv(binaryVariable)
	if ref := nodes.refs[key]; ref != "" {
		if here, err := exists(ctx, cli, ref); here || err != nil {
			return ref, err
		}
	}
	ref, err := makeNode(ctx, cli)
	if err == nil {
		nodes.refs[key] = ref
	}
	return ref, err
}

// CurrentNode returns the name of the image that [Node] would give, without
// making it; "" if the program would have to be built first.
func CurrentNode(ctx context.Context, cli Versioner) (string, error) {
	arch, err := architecture(ctx, cli)
	if err != nil {
		return "", err
	}
	path, err := Prebuilt(arch)
	if path == "" || err != nil {
		return "", err
	}
	program, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer program.Close()
	ref, _, err := nodeRef(program)
	return ref, err
}

// nodeRef is the name of the image of a program, and the program's size.
func nodeRef(program io.Reader) (ref string, size int64, err error) {
	sum := sha256.New()
	size, err = io.Copy(sum, program)
	return nodeRepository + ":" + hex.EncodeToString(sum.Sum(nil))[:12], size, err
}

func architecture(ctx context.Context, cli Versioner) (string, error) {
	server, err := cli.ServerVersion(ctx, client.ServerVersionOptions{})
	if err != nil {
		return "", fmt.Errorf("cannot ask the Docker daemon for its version: %w", err)
	}
	return server.Arch, nil
}

func makeNode(ctx context.Context, cli Importer) (string, error) {
	arch, err := architecture(ctx, cli)
	if err != nil {
		return "", err
	}
	program, err := nodeBinary(ctx, arch)
	if err != nil {
		return "", err
	}
	defer program.Close()
	ref, size, err := nodeRef(program)
	if err != nil {
		return "", err
	}
	if here, err := exists(ctx, cli, ref); here || err != nil {
		return ref, err
	}
	if _, err := program.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	return ref, importNode(ctx, cli, ref, program, size)
}

func exists(ctx context.Context, cli Lister, ref string) (bool, error) {
	found, err := list(ctx, cli, client.Filters{}.Add("reference", ref))
	return len(found) > 0, err
}

// importNode makes an image of one file.
func importNode(ctx context.Context, cli Importer, ref string, program io.Reader, size int64) error {
	layer, write := io.Pipe()
	go func() { write.CloseWithError(writeLayer(write, program, size)) }()
	defer layer.Close()
	progress, err := cli.ImageImport(ctx, client.ImageImportSource{Source: layer, SourceName: "-"}, ref, client.ImageImportOptions{
		Message: "made by logoutlab",
		Changes: []string{`ENTRYPOINT ["/logoutlab", "node"]`, "USER 65534:65534", "LABEL " + NodeLabel + "=1"},
	})
	if err != nil {
		return fmt.Errorf("cannot import %s: %w", ref, err)
	}
	defer progress.Close()
	said, err := io.ReadAll(progress)
	if err != nil {
		return fmt.Errorf("cannot import %s: %w", ref, err)
	}
	here, err := exists(ctx, cli, ref)
	if err == nil && !here {
		err = fmt.Errorf("the Docker daemon did not import %s: %s", ref, said)
	}
	return err
}

func writeLayer(w io.Writer, program io.Reader, size int64) error {
	layer := tar.NewWriter(w)
	if err := layer.WriteHeader(&tar.Header{Name: "logoutlab", Mode: 0o755, Size: size}); err != nil {
		return err
	}
	if _, err := io.Copy(layer, program); err != nil {
		return err
	}
	return layer.Close()
}

// Remover lists the images of a daemon and removes some.
type Remover interface {
	Lister
	ImageRemove(ctx context.Context, image string, options client.ImageRemoveOptions) (client.ImageRemoveResult, error)
}

// PruneNodes removes the node images that were made before a time and that no
// container uses, except those to be kept, and returns what it removed. A run
// that is just about to start its containers may want a recent one.
func PruneNodes(ctx context.Context, cli Remover, before time.Time, keep ...string) ([]string, error) {
	found, err := list(ctx, cli, client.Filters{}.Add("label", NodeLabel))
	if err != nil {
		return nil, err
	}
	kept := map[string]bool{}
	for _, ref := range keep {
		kept[ref] = true
	}
	var removed []string
	for _, image := range found {
		ref := tagIn(image, nodeRepository)
		if kept[ref] || image.Created >= before.Unix() {
			continue
		}
		if ref == "" {
			ref = image.ID // another process replaced it at the same time
		}
		_, err := cli.ImageRemove(ctx, ref, client.ImageRemoveOptions{PruneChildren: true})
		switch {
		case err == nil:
			removed = append(removed, ref)
		case !errdefs.IsConflict(err) && !errdefs.IsNotFound(err):
			return removed, fmt.Errorf("cannot remove image %s: %w", ref, err)
		}
	}
	return removed, nil
}
