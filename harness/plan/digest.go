package plan

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// Digest is the SHA-256 of the plan in hexadecimal: seed, compression,
// architecture (with what a configuration of the user's own holds), workload, faults and every slot. Plans with one digest run
// alike; names, titles, expectations and places in the file do not count.
func (p *Plan) Digest() string {
	h := sha256.New()
	a := p.Variant.Architecture
	a.Balancer.Config.File, a.Balancer.Config.Path = "", "" // what it holds counts
	fmt.Fprintf(h, "%d %v\n%+v\n%+v\n", p.Seed, p.Compress, a, p.Variant.Workload)
	for _, f := range p.Variant.Faults {
		writeFault(h, f)
	}
	var line []byte
	for u := 1; u <= p.full.Users; u++ {
		for s := range p.User(u) {
			line = binary.LittleEndian.AppendUint64(line[:0], uint64(s.At))
			line = binary.LittleEndian.AppendUint32(line, uint32(s.User))
			line = binary.LittleEndian.AppendUint32(line, uint32(s.Page))
			h.Write(append(line, s.Kind...))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

func writeFault(w io.Writer, f scenario.Fault) {
	fmt.Fprintf(w, "%s %d %d %v\n", f.Name, f.At, f.For, f.Words()) // its own settings, by name: those of faults to come change nothing
}
