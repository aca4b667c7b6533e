package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

// The environment of the program.
const (
	TokenEnv   = "LOGOUTLAB_NODE_TOKEN"   // what the harness proves itself with; must be set
	AppEnv     = "LOGOUTLAB_NODE_APP"     // address of the app port; ":8080" if not set
	ControlEnv = "LOGOUTLAB_NODE_CONTROL" // address of the control port; ":8081" if not set
)

// Ready starts the line on stderr that says that the control port is open; its
// address ends it.
const Ready = "logoutlab node: ready, control port at "

// Main runs an app node until ctx ends, which is its SIGTERM: it then takes no
// more connections, and returns when the requests under way are answered or
// the state's grace is over. It reads its settings with env, writes its events
// to stdout, each line with one call of Write, and all else to stderr. The
// error says that a setting is missing or a port cannot be had, or is
// [ErrOverload].
func Main(ctx context.Context, env func(string) string, stdout, stderr io.Writer) error {
	token := env(TokenEnv)
	if token == "" {
		return errors.New("set " + TokenEnv + ": this command is for the containers that `logoutlab run --substrate container` starts")
	}
	l, err := net.Listen("tcp", orElse(env(ControlEnv), ":8081"))
	if err != nil {
		return fmt.Errorf("open the control port: %w", err)
	}
	ctx, die := context.WithCancelCause(ctx)
	defer die(nil)
	p := &program{addr: orElse(env(AppEnv), ":8080"), out: &output{w: stdout, complain: stderr}, die: die}
	server := &http.Server{
		Handler: guard(token, p.routes()), ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(stderr, "", 0),
	}
	fmt.Fprintf(stderr, "%s%s\n", Ready, l.Addr())
	defer p.stop()
	defer context.AfterFunc(ctx, func() {
		p.stop()
		_ = server.Close()
	})()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the control port: %w", err)
	}
	if errors.Is(context.Cause(ctx), ErrOverload) {
		return ErrOverload
	}
	return nil
}

// ErrOverload says that the node had more to do than it could, and died of it,
// as its architecture has it.
var ErrOverload = errors.New("overload: died of more requests than app.queue has room for")

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
