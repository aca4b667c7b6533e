package lab

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// life is what can be told of an owner.
type life string

const (
	living    life = "living"
	dead      life = "dead"
	elsewhere life = "elsewhere" // on another machine or in another container, out of sight
)

// owner names a process so that no later one is taken for it, and so that it is
// known from where it can be seen: the machine's name and boot, the process's
// namespace and id, and when it started, in ticks since the boot.
func owner(pid int) string {
	p := readStat(pid)
	return strings.Join([]string{hostName(), bootID(), pidNamespace(), strconv.Itoa(pid), p.started}, "/")
}

// lifeOf tells whether the process that owner named still runs.
func lifeOf(name string) life {
	fields := strings.Split(name, "/")
	if len(fields) != 5 {
		return elsewhere
	}
	host, boot, namespace, started := fields[0], fields[1], fields[2], fields[4]
	pid, err := strconv.Atoi(fields[3])
	switch {
	case err != nil || pid <= 0:
		return elsewhere
	case boot != bootID() && host == hostName():
		return dead // this machine was started again since
	case boot != bootID() || namespace != pidNamespace() || boot == "" && host != hostName():
		return elsewhere
	case errors.Is(syscall.Kill(pid, 0), syscall.ESRCH):
		return dead
	}
	now := readStat(pid)
	if now.zombie || now.started != "" && now.started != started {
		return dead
	}
	return living // or hidden from us, as another user's can be (hidepid of proc(5))
}

// stat is part of /proc/PID/stat; empty if that cannot be read.
type stat struct {
	started string // field 22 of proc_pid_stat(5)
	zombie  bool
}

func readStat(pid int) stat {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	const startTime = 22 - 3 // fields count from 1, and the first here is the third, the state
	if len(fields) <= startTime {
		return stat{}
	}
	return stat{started: fields[startTime], zombie: fields[0] == "Z" || fields[0] == "X"}
}

func hostName() string {
	name, _ := os.Hostname()
	return name
}

// bootID is empty where there is no Linux, as is the process namespace.
func bootID() string {
	id, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(id))
}

func pidNamespace() string {
	name, _ := os.Readlink("/proc/self/ns/pid")
	return strings.Trim(strings.TrimPrefix(name, "pid:"), "[]")
}
