// Command logoutlab finds out why users of a "stateless" API get logged out at
// random: it runs a login system under load, injects what really goes wrong,
// and judges every action against who should be logged in.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/redis/go-redis/v9/logging"
)

func main() {
	logging.Disable()              // a store that is down is in the report, not on the terminal
	signal.Ignore(syscall.SIGPIPE) // a reader who goes away does not end a run
	os.Exit(execute(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}
