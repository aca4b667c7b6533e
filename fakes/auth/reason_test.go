package auth_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/auth"
)

// The history's words may not be imported here, so they are read.
func TestReasonsAreTheHistorysWords(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "../../harness/history/event.go", nil, 0)
	require.NoError(t, err)
	var want []string
	ast.Inspect(f, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(spec.Names[0].Name, "Reason") {
			word, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			want = append(want, word)
		}
		return true
	})
	require.NotEmpty(t, want)

	var got []string
	for r := auth.Reason(0); r.String() != "invalid"; r++ {
		got = append(got, r.String())
	}
	require.ElementsMatch(t, want, got)
}
