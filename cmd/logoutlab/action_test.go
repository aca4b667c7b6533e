package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

// action is the composite action, as far as this test asks.
type action struct {
	Inputs map[string]struct {
		Description string
		Default     *string
	}
	Runs struct {
		Using string
		Steps []struct {
			Uses, Run, Shell, If string
			Env, With            map[string]string
		}
	}
}

func readAction(t *testing.T) action {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", ".github", "actions", "logoutlab", "action.yml"))
	require.NoError(t, err)
	var a action
	require.NoError(t, yaml.Unmarshal(text, &a))
	return a
}

// The action's step gives every input to the program, and the program has the
// flags that it gives.
func TestAction(t *testing.T) {
	a := readAction(t)
	require.Equal(t, "composite", a.Runs.Using)
	step := a.Runs.Steps[2]
	used := map[string]bool{"artifact": true}
	for name, from := range step.Env {
		require.Equal(t, "${{ inputs."+strings.ToLower(name)+" }}", from)
		used[strings.ToLower(name)] = true
	}
	for name, in := range a.Inputs {
		require.True(t, used[name], "nothing uses the input %s", name)
		require.NotNil(t, in.Default, name)
		require.NotEmpty(t, in.Description, name)
	}
	for _, c := range []struct {
		env  map[string]string
		want []string
		cmd  *cobra.Command
	}{
		{map[string]string{"SCENARIOS": "ci/a.yaml\n  incidents\n", "OUT": "out dir"}, []string{"run", "ci/a.yaml", "incidents", "--out", "out dir"}, newRun()},
		{map[string]string{"SCENARIOS": "--all", "SUBSTRATE": "sim", "SEED": "7", "SEEDS": "1..20", "BASELINE": "a b.json", "SHARD": "1/2", "PARALLEL": "2", "OUT": "o"},
			[]string{"run", "--all", "--substrate", "sim", "--seed", "7", "--seeds", "1..20", "--baseline", "a b.json", "--shard", "1/2", "--parallel", "2", "--out", "o"}, newRun()},
		{map[string]string{"MERGE": "one two", "BASELINE": "b.json", "OUT": "whole"}, []string{"merge", "one", "two", "--baseline", "b.json", "--out", "whole"}, newMerge()},
		{map[string]string{"SCENARIOS": "$(touch hacked) `touch hacked`; touch hacked"}, []string{"run", "$(touch", "hacked)", "`touch", "hacked`;", "touch", "hacked"}, newRun()},
	} {
		got := runStep(t, step.Run, c.env)
		require.Equal(t, c.want, got)
		require.Equal(t, c.want[0], c.cmd.Name())
		require.NoError(t, c.cmd.ParseFlags(got[1:]), "the program has no such flag, or refuses its value")
	}
}

// runStep runs a step's script with a program that tells its arguments.
func runStep(t *testing.T, script string, env map[string]string) []string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "logoutlab"), []byte("#!/bin/sh\nprintf '%s\\n' \"$@\"\n"), 0o700))
	cmd := exec.Command("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script) // as the runner does
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "RUNNER_TEMP="+dir)
	for _, name := range []string{"SCENARIOS", "MERGE", "SUBSTRATE", "SEED", "SEEDS", "BASELINE", "SHARD", "PARALLEL", "OUT"} {
		cmd.Env = append(cmd.Env, name+"="+env[name])
	}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.NoFileExists(t, filepath.Join(dir, "hacked"))
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

// Other people's actions are named by the commit that was looked at, and what is
// written to the script is no input.
func TestActionIsPinned(t *testing.T) {
	uses := 0
	for _, s := range readAction(t).Runs.Steps {
		if s.Uses != "" {
			uses++
			require.Regexp(t, `^actions/[a-z-]+@[0-9a-f]{40}$`, s.Uses)
		} else {
			require.Equal(t, "bash", s.Shell, "a composite action has to name it")
		}
		require.NotRegexp(t, regexp.MustCompile(`\$\{\{`), s.Run)
	}
	require.Equal(t, 2, uses)
}

// The readme's examples give the action nothing that it does not take.
func TestReadmeUsesTheAction(t *testing.T) {
	inputs := readAction(t).Inputs
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	require.NoError(t, err)
	uses := 0
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		if !strings.Contains(block[1], "/.github/actions/logoutlab@") {
			continue
		}
		var workflow struct {
			Jobs map[string]struct {
				Steps []struct {
					Uses string
					With map[string]string
				}
			}
		}
		require.NoError(t, yaml.Unmarshal([]byte(block[1]), &workflow))
		for _, job := range workflow.Jobs {
			for _, step := range job.Steps {
				if strings.HasPrefix(step.Uses, "logoutlab/") {
					uses++
					for name := range step.With {
						require.Contains(t, inputs, name)
					}
				}
			}
		}
	}
	require.Equal(t, 2, uses)
}
