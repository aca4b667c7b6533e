package harness

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/logoutlab/logoutlab/"

// ban says that packages in a folder must not import others, and why.
type ban struct {
	in     string   // folder; its subfolders too if it ends in "/..."
	not    []string // import paths; prefixes if they end in "/..."
	reason string
}

// pureCores are decided by their caller's clock and random source alone.
var pureCores = []string{"fakes/auth", "fakes/balancer", "fakes/edgecache", "fakes/client"}

func bans() []ban {
	list := []ban{
		{"harness/oracle/...", []string{module + "fakes/...", module + "harness/substrate/...", module + "harness/workload", module + "harness/plan", module + "harness/fault"},
			"a saved history can be judged years later, by evidence alone, with none of the parts that made it"},
		{"harness/result/...", []string{module + "fakes/...", module + "harness/substrate/...", module + "harness/workload", module + "harness/fault", module + "harness/plan"},
			"results come from histories, live or saved"},
		{"harness/matrix", []string{module + "fakes/...", module + "harness/substrate/...", module + "harness/workload", module + "harness/fault", module + "harness/plan", module + "harness/run", module + "harness/compare", module + "reports"},
			"a matrix is folded from results and judgements, live or saved"},
		{"harness/compare", []string{module + "fakes/...", module + "harness/substrate/sim", module + "harness/substrate/loopback", module + "harness/substrate/container/...", module + "reports"},
			"what is compared, and where it runs, is its caller's choice"},
		{"harness/agree", []string{module + "fakes/...", module + "harness/substrate/...", module + "harness/workload", module + "harness/fault", module + "harness/run", module + "reports"},
			"saved results can be compared anywhere, years later"},
		{"harness/gate", []string{module + "fakes/...", module + "harness/substrate/...", module + "harness/workload", module + "harness/fault", module + "harness/plan", module + "harness/run", module + "reports"},
			"a baseline is compared by what was judged, whatever made it"},
		{"reports/...", []string{module + "fakes/...", module + "harness/substrate/...", module + "harness/workload", module + "harness/fault", module + "harness/run", module + "harness/compare"},
			"reports are written from results and histories, live or saved"},
		{"harness", []string{module + "harness/substrate/container/...", module + "cmd/..."},
			"a regression suite that stays on loopback does not compile a Docker client"},
		{"fakes/...", []string{module + "harness/...", module + "reports/...", module + "cmd/...", module + "scenarios/..."},
			"fakes are what a user's real part could replace: they know nothing of what measures them"},
		{"harness/history", []string{module + "..."},
			"the record's format depends on nothing else"},
		{"harness/scenario", []string{module + "fakes/...", module + "harness/plan", module + "harness/history", module + "harness/run"},
			"a scenario is only read: it stands first in the line"},
		{"harness/plan", []string{module + "fakes/...", module + "harness/substrate/...", module + "harness/run", module + "harness/oracle"},
			"a plan stands before all that runs it"},
		{"harness/fault", []string{module + "fakes/...", module + "harness/substrate/...", module + "harness/run", module + "harness/oracle"},
			"faults reach a system through capability interfaces, whatever it is made of"},
		{"harness/substrate/...", []string{module + "harness/oracle", module + "harness/result", module + "harness/run", module + "reports"},
			"a substrate stands before judging"},
		{"harness/live", []string{module + "harness/oracle", module + "harness/result", module + "harness/run", module + "harness/workload", module + "harness/substrate/container/...", module + "harness/substrate/loopback", module + "reports"},
			"a system that a person tries has no users of its own, and nobody judges it; where it runs is its caller's choice"},
		{"harness/workload", []string{module + "harness/substrate/...", module + "harness/oracle", module + "harness/run"},
			"users act against an address, whatever is behind it"},
	}
	for _, core := range pureCores {
		list = append(list, ban{core, []string{"net", "net/...", "os", "os/...", "sync", "sync/...", "log", "log/...", "math/rand", "math/rand/...", "crypto/rand", "context"},
			"a pure core is driven in virtual time and over real HTTP alike: its caller owns network, clock, chance and concurrency"})
	}
	return list
}

func TestImports(t *testing.T) {
	for _, f := range sources(t) {
		for _, b := range bans() {
			if !within(b.in, f.folder) {
				continue
			}
			for _, imp := range f.imports {
				for _, not := range b.not {
					require.False(t, imp != module+f.folder && matches(not, imp), "%s imports %s: %s", f.name, imp, b.reason)
				}
			}
		}
	}
}

func TestPureCoresReadNoClockAndStartNothing(t *testing.T) {
	for _, f := range sources(t) {
		if !isCore(f.folder) {
			continue
		}
		ast.Inspect(f.tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s: starts a goroutine: a pure core leaves concurrency to its driver", f.at(n.Pos()))
			case *ast.SelectorExpr:
				if pkg, ok := n.X.(*ast.Ident); ok && pkg.Name == "time" {
					switch n.Sel.Name {
					case "Now", "Since", "Until", "Sleep", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick":
						t.Errorf("%s: time.%s: a pure core is told the time by its caller", f.at(n.Pos()), n.Sel.Name)
					}
				}
			}
			return true
		})
	}
}

// TestOnlyPlanDrawsChance keeps every random choice behind the seed. TLS and
// key generation draw from the source that plan hands out.
func TestOnlyPlanDrawsChance(t *testing.T) {
	for _, f := range sources(t) {
		if within("harness/plan", f.folder) {
			continue
		}
		for _, imp := range f.imports {
			require.NotContains(t, []string{"math/rand", "math/rand/v2"}, imp,
				"%s: every random choice follows from the plan's seed; take a plan.Stream", f.name)
		}
	}
}

// TestOnlyTestingHelpersImportTesting: a program that uses this module gets no
// test flags. Packages that serve tests are called so.
func TestOnlyTestingHelpersImportTesting(t *testing.T) {
	for _, f := range sources(t) {
		if !strings.HasSuffix(f.folder, "test") {
			require.NotContains(t, f.imports, "testing", "%s: take an interface such as harness.TB", f.name)
		}
	}
}

func TestEveryPackageIsDocumented(t *testing.T) {
	documented := map[string]bool{}
	for _, f := range sources(t) {
		documented[f.folder] = documented[f.folder] || f.tree.Doc != nil
	}
	for folder, ok := range documented {
		require.True(t, ok, "%s has no package comment: say in doc.go what a newcomer finds there", folder)
	}
}

type source struct {
	name    string
	folder  string
	tree    *ast.File
	imports []string
	files   *token.FileSet
}

func (s source) at(p token.Pos) string { return s.files.Position(p).String() }

// sources parses every file of the module that is not a test.
func sources(t *testing.T) []source {
	t.Helper()
	var out []source
	files := token.NewFileSet()
	root := ".."
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		tree, err := parser.ParseFile(files, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		s := source{name: path, folder: filepath.ToSlash(rel), tree: tree, files: files}
		for _, i := range tree.Imports {
			p, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			s.imports = append(s.imports, p)
		}
		out = append(out, s)
		return nil
	})
	require.NoError(t, err)
	require.NotEmpty(t, out)
	return out
}

func isCore(folder string) bool {
	for _, c := range pureCores {
		if c == folder {
			return true
		}
	}
	return false
}

func within(pattern, folder string) bool { return matches(pattern, folder) }

// matches tells whether a path is what a pattern names, or below it if the
// pattern ends in "/...".
func matches(pattern, path string) bool {
	prefix, deep := strings.CutSuffix(pattern, "/...")
	if pattern == module+"..." {
		return strings.HasPrefix(path, module)
	}
	return path == prefix || deep && strings.HasPrefix(path, prefix+"/")
}
