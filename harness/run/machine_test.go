package run

import (
	"os"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// The memory of a machine, and of the control groups that a process is in, whoever
// of them leaves it least.
func TestHalfOfMemory(t *testing.T) {
	const (
		total     = "MemFree: 1 kB\nMemTotal:     2048 kB\n"
		v2, v1    = "sys/fs/cgroup/", "sys/fs/cgroup/memory/"
		unlimited = "9223372036854771712\n" // what version 1 says for "max"
	)
	for name, c := range map[string]struct {
		files map[string]string
		want  int64 // bytes
	}{
		"nothing is known":              {nil, 0},
		"no MemTotal":                   {map[string]string{"proc/meminfo": "nothing"}, 0},
		"a machine":                     {map[string]string{"proc/meminfo": total}, 1 << 20},
		"a container":                   {map[string]string{"proc/meminfo": total, v2 + "memory.max": "1048576\n"}, 512 << 10},
		"a container, and no meminfo":   {map[string]string{v2 + "memory.max": "1048576\n"}, 512 << 10},
		"a container without a limit":   {map[string]string{"proc/meminfo": total, v2 + "memory.max": "max\n"}, 1 << 20},
		"a limit above the machine":     {map[string]string{"proc/meminfo": total, v2 + "memory.max": "1073741824\n"}, 1 << 20},
		"a container of version 1":      {map[string]string{"proc/meminfo": total, v1 + "memory.limit_in_bytes": "1048576\n"}, 512 << 10},
		"version 1 without a limit":     {map[string]string{"proc/meminfo": total, v1 + "memory.limit_in_bytes": unlimited}, 1 << 20},
		"a service's own group":         {map[string]string{"proc/meminfo": total, "proc/self/cgroup": "0::/system.slice/ci.service\n", v2 + "system.slice/ci.service/memory.max": "524288\n", v2 + "system.slice/memory.max": "max\n"}, 256 << 10},
		"a limit of the group around":   {map[string]string{"proc/meminfo": total, "proc/self/cgroup": "0::/system.slice/ci.service\n", v2 + "system.slice/ci.service/memory.max": "max\n", v2 + "system.slice/memory.max": "524288\n"}, 256 << 10},
		"a group of version 1":          {map[string]string{"proc/meminfo": total, "proc/self/cgroup": "9:name=systemd:/\n4:memory:/jobs/7\n0::/\n", v1 + "jobs/7/memory.limit_in_bytes": "524288\n", v1 + "memory.limit_in_bytes": unlimited}, 256 << 10},
		"a name that is not to be seen": {map[string]string{"proc/meminfo": total, "proc/self/cgroup": "4:memory:/docker/abc\n", v1 + "memory.limit_in_bytes": "524288\n"}, 256 << 10},
		"another group's limit":         {map[string]string{"proc/meminfo": total, "proc/self/cgroup": "0::/a\n", v2 + "b/memory.max": "524288\n"}, 1 << 20},
		"a damaged limit":               {map[string]string{"proc/meminfo": total, v2 + "memory.max": "-5\n"}, 1 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			root := fstest.MapFS{}
			for file, text := range c.files {
				root[file] = &fstest.MapFile{Data: []byte(text)}
			}
			require.Equal(t, c.want, HalfOfMemory(root))
		})
	}
	if _, err := os.Stat("/proc/meminfo"); err == nil {
		require.Positive(t, HalfOfMemory(os.DirFS("/")))
	}
}
