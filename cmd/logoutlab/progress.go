package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/workload"
)

// progress shows how runs get on: bars with live counts on a terminal, a line
// at each end elsewhere.
type progress struct {
	w     io.Writer
	bars  *mpb.Progress // nil: plain lines
	mu    sync.Mutex
	total int
	done  int
}

func newProgress(w io.Writer, total int) *progress {
	p := &progress{w: w, total: total}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.bars = mpb.New(mpb.WithOutput(f), mpb.WithWidth(32), mpb.WithRefreshRate(100*time.Millisecond))
	}
	return p
}

// watch follows one run: the callback takes its counts, finish ends it.
func (p *progress) watch(name string, total int) (on func(workload.Progress), finish func(*result.Result, error)) {
	if p.bars == nil {
		return func(workload.Progress) {}, func(r *result.Result, err error) { p.line(name, r, err) }
	}
	var out atomic.Int64
	bar := p.bars.AddBar(int64(total), mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(name, decor.WCSyncSpaceR)),
		mpb.AppendDecorators(
			decor.CountersNoUnit("%d/%d actions"),
			decor.Any(func(decor.Statistics) string { return fmt.Sprintf("  %d at the login page", out.Load()) }),
		))
	on = func(s workload.Progress) {
		out.Store(int64(s.LoggedOut))
		bar.SetCurrent(int64(s.Done))
	}
	return on, func(r *result.Result, err error) {
		bar.Abort(true)
		p.line(name, r, err)
	}
}

// line reports a finished run.
func (p *progress) line(name string, r *result.Result, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	text := fmt.Sprintf("[%d/%d] %-40s ", p.done, p.total, name)
	if err != nil {
		text += "failed: " + err.Error()
	} else {
		text += fmt.Sprintf("%-8s %s", r.Outcome, r.Headline)
	}
	if p.bars != nil {
		fmt.Fprintln(p.bars, text)
		return
	}
	fmt.Fprintln(p.w, text)
}

// close waits until the bars are drawn.
func (p *progress) close() {
	if p.bars != nil {
		p.bars.Wait()
	}
}
