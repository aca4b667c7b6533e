package scenarios_test

import (
	"os"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/scenarios"
)

// TestTheCatalogueMeetsTheSchema: an editor that knows the schema finds nothing
// wrong with any file of the catalogue.
func TestTheCatalogueMeetsTheSchema(t *testing.T) {
	schema, err := scenario.JSONSchema().Resolve(nil)
	require.NoError(t, err)
	for _, name := range scenarios.All() {
		src, err := scenarios.Source(name)
		require.NoError(t, err)
		require.NoError(t, schema.Validate(data(t, src)), name)
	}
	faults, err := scenario.FaultsJSONSchema().Resolve(nil)
	require.NoError(t, err)
	src, err := os.ReadFile("faults.yaml")
	require.NoError(t, err)
	require.NoError(t, faults.Validate(data(t, src)))
	require.Error(t, faults.Validate(data(t, []byte("faults: {none: {inject: [{node_kill: {node: app-1}}]}}"))))
	require.Error(t, faults.Validate(data(t, []byte("faults: {mine: {inject: [same]}}"))))
}

func data(t *testing.T, src []byte) any {
	t.Helper()
	var v any
	require.NoError(t, yaml.Unmarshal(src, &v))
	return v
}
