package run

import (
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// HalfOfMemory is half of the memory, in bytes, that this process can have: the
// machine's, or what its control groups allow, as those of a container do, if that
// is less. root is the file system, os.DirFS("/"). 0 where it cannot be told.
func HalfOfMemory(root fs.FS) int64 {
	least := memTotal(root)
	for _, file := range memoryLimits(root) {
		text, _ := fs.ReadFile(root, file)                                  // without the file there is no limit
		n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64) // nor with "max" in it
		if err == nil && n > 0 && (least == 0 || n < least) {
			least = n
		}
	}
	return least / 2
}

// memTotal is what Linux says of the machine's memory (proc_meminfo(5)), in bytes.
func memTotal(root fs.FS) int64 {
	text, _ := fs.ReadFile(root, "proc/meminfo") // 0: cannot be told
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) == 3 && words[0] == "MemTotal:" && words[2] == "kB" {
			kib, _ := strconv.ParseInt(words[1], 10, 64)
			return kib << 10
		}
	}
	return 0
}

// memoryLimits are the files that can limit this process's memory: that of its
// control group, and those of all groups around it, up to the topmost that is to
// be seen (cgroups(7)). In a container that one is the container's own, by
// whatever name /proc has it.
func memoryLimits(root fs.FS) []string {
	const v2, v1 = "sys/fs/cgroup", "sys/fs/cgroup/memory"
	files := []string{v2 + "/memory.max", v1 + "/memory.limit_in_bytes"}
	text, _ := fs.ReadFile(root, "proc/self/cgroup")
	for line := range strings.Lines(string(text)) {
		_, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		controllers, group, _ := strings.Cut(rest, ":")
		mount, file := v2, "memory.max"
		switch controllers {
		case "":
		case "memory":
			mount, file = v1, "memory.limit_in_bytes"
		default:
			continue
		}
		for group = path.Clean("/" + group); group != "/"; group = path.Dir(group) {
			files = append(files, path.Join(mount, group, file))
		}
	}
	return files
}
