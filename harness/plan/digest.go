package plan

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// Digest is the SHA-256 of the plan in hexadecimal: seed, compression,
// architecture (with what a configuration of the user's own holds), workload, faults and every slot. Plans with one digest run
// alike; names, titles, expectations and places in the file do not count.
func (p *Plan) Digest() string {
	digest, _ := p.Sum()
	return digest
}

// Sum is the plan's digest (see [Plan.Digest]) and how many slots it has. All
// are drawn once, one after another, and none is kept.
func (p *Plan) Sum() (digest string, slots int) {
	h := sha256.New()
	w := bufio.NewWriterSize(h, 1<<16) // a hash takes long strokes faster than short ones
	v := p.Variant.Clone()
	config := &v.Architecture.Balancer.Config
	config.File = "" // what it holds counts
	fmt.Fprintf(w, "%d %v\n%q\n%q\n", p.Seed, p.Compress, v.Settings(), config.Text)
	for _, f := range p.Variant.Faults {
		writeFault(w, f)
	}
	line := make([]byte, 0, 64)
	for u := 1; u <= p.full.Users; u++ {
		walk := p.Walk(u)
		for s, ok := walk.Next(p); ok; s, ok = walk.Next(p) {
			slots++
			line = binary.LittleEndian.AppendUint64(line[:0], uint64(s.At))
			line = binary.LittleEndian.AppendUint32(line, uint32(s.User))
			line = binary.LittleEndian.AppendUint32(line, uint32(s.Page))
			w.Write(append(line, s.Kind...)) //nolint:errcheck // a hash takes everything
		}
	}
	w.Flush() //nolint:errcheck // a hash takes everything
	return hex.EncodeToString(h.Sum(nil)), slots
}

// Design is the SHA-256 of what is run, in hexadecimal: architecture, workload,
// script and faults in scenario time. The seed and the compression do not count,
// nor what a configuration of the user's own holds: a change of it is a change of
// the system under test, not of the test.
func (p *Plan) Design() string {
	h := sha256.New()
	v := p.Full()
	v = v.Clone()
	config := &v.Architecture.Balancer.Config
	own := config.File != ""
	config.File, config.Text = "", ""
	fmt.Fprintf(h, "%t\n%q\n%v\n", own, v.Settings(), v.Script)
	for _, f := range v.Faults {
		writeFault(h, f)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Test is the SHA-256, in hexadecimal, of that part of the design which is the
// test and not the system under test: workload, script, faults, and the promise
// that logouts are judged by.
func (p *Plan) Test() string {
	h := sha256.New()
	v := p.Full()
	settings := slices.DeleteFunc(v.Settings(), func(s string) bool {
		return !strings.HasPrefix(s, "workload.") && !strings.HasPrefix(s, "promise.")
	})
	fmt.Fprintf(h, "%q\n%v\n", settings, v.Script)
	for _, f := range v.Faults {
		writeFault(h, f)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func writeFault(w io.Writer, f scenario.Fault) {
	fmt.Fprintf(w, "%s %d %d %v\n", f.Name, f.At, f.For, f.Words()) // its own settings, by name: those of faults to come change nothing
}
