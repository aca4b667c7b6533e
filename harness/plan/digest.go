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
// architecture, workload, faults and every slot. Plans with one digest run
// alike; names, titles, expectations and places in the file do not count.
func (p *Plan) Digest() string {
	h := sha256.New()
	fmt.Fprintf(h, "%d %v\n%+v\n%+v\n", p.Seed, p.Compress, p.Variant.Architecture, p.Variant.Workload)
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
	fmt.Fprintf(w, "%s %d %d %+v\n", f.Name, f.At, f.For, f.Params)
}
