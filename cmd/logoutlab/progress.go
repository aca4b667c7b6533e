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
	w      io.Writer
	bars   *mpb.Progress // nil: plain lines
	total  int
	mu     sync.Mutex // guards what follows, and orders the lines
	done   int
	closed bool
}

func newProgress(w io.Writer, total int) *progress {
	p := &progress{w: w, total: total}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.bars = mpb.New(mpb.WithOutput(f), mpb.WithWidth(32), mpb.WithRefreshRate(100*time.Millisecond))
	}
	return p
}

// watch follows one run: the callback takes its counts, finish ends it with a
// line about it. total is asked for only where a bar is drawn.
func (p *progress) watch(name string, total func() int) (on func(workload.Progress), finish func(text string)) {
	if p.bars == nil {
		return func(workload.Progress) {}, func(text string) { p.line(name, text) }
	}
	var out atomic.Int64
	bar := p.bars.AddBar(int64(total()), mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(name, decor.WCSyncSpaceR)),
		mpb.AppendDecorators(
			decor.CountersNoUnit("%d/%d actions"),
			decor.Any(func(decor.Statistics) string { return fmt.Sprintf("  %d at the login page", out.Load()) }),
		))
	on = func(s workload.Progress) {
		out.Store(int64(s.LoggedOut))
		bar.SetCurrent(int64(s.Done))
	}
	return on, func(text string) {
		bar.Abort(true)
		p.line(name, text)
	}
}

// onceMore announces a run more than was planned.
func (p *progress) onceMore(name string) {
	p.mu.Lock()
	p.total++
	p.mu.Unlock()
	p.say(name + ": the machine was too slow for it; once more, alone")
}

// outcomeLine is a judged run in a line, after which comes whatever else is
// told of it. What is not as expected, or unknown, says why on a line below.
func outcomeLine(r *result.Result, also string) string {
	line := fmt.Sprintf("%-8s %s%s", r.Outcome, r.Headline, also)
	if r.Outcome == result.Pass || r.Why == "" {
		return line
	}
	return line + "\n      " + r.Why
}

// line reports a run that is over.
func (p *progress) line(name, text string) {
	p.mu.Lock()
	p.done++
	done, total := p.done, p.total
	p.mu.Unlock()
	p.say(fmt.Sprintf("[%d/%d] %-40s %s", done, total, name, text))
}

// say prints a line, above the bars if there are any.
func (p *progress) say(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bars != nil && !p.closed {
		fmt.Fprintln(p.bars, text)
		return
	}
	fmt.Fprintln(p.w, text)
}

// close waits until the bars are drawn.
func (p *progress) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	if p.bars != nil {
		p.bars.Wait()
	}
}
