package reports

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/agree"
)

// The comparison is that of the agree package's own test.
func TestAgreement(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "harness", "agree", "testdata", "table.json"))
	require.NoError(t, err)
	var table agree.Table
	require.NoError(t, json.Unmarshal(text, &table))
	var got bytes.Buffer
	require.NoError(t, Agreement(&got, &table))
	file := filepath.Join("testdata", "agreement.md")
	if *update {
		require.NoError(t, os.WriteFile(file, got.Bytes(), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err, "run: go test ./reports -update")
	require.Equal(t, string(want), got.String())
}
