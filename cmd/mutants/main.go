// Mutants plants known faults in the fakes, one at a time, and tells what
// catches each: a verdict of the catalogue in the simulator, or a test. It ends
// with 1 if one is caught by nothing, and with 2 if it cannot tell.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"
)

func main() {
	only := flag.String("only", "", "plant those alone whose names contain this")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code, err := run(ctx, *only)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
	}
	os.Exit(code)
}

func run(ctx context.Context, only string) (code int, err error) {
	all, err := mutants()
	if err != nil {
		return 2, err
	}
	h, err := newHunt()
	if err != nil {
		return 2, err
	}
	defer func() { err = errors.Join(err, h.end()) }()
	if err := h.sound(ctx, all); err != nil {
		return 2, err
	}
	planted, caught := 0, 0
	for _, m := range all {
		if !strings.Contains(m.Name, only) {
			continue
		}
		start := time.Now()
		by, err := h.catches(ctx, m)
		if err != nil {
			return 2, fmt.Errorf("%s: %w", m.Name, err)
		}
		planted++
		if by == "" {
			by = "NOTHING: " + m.Breaks
		} else {
			caught++
		}
		fmt.Printf("%2d %-24s %-28s %4.0f s  %s\n", planted, m.Name, m.File, time.Since(start).Seconds(), by)
	}
	if planted == 0 {
		return 2, fmt.Errorf("none is called %q", only)
	}
	fmt.Printf("%d of %d caught (%d %%)\n", caught, planted, caught*100/planted)
	if caught < planted {
		return 1, nil
	}
	return 0, nil
}
