package plan

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// Digest is the SHA-256 of the plan in hexadecimal: seed, compression,
// architecture (with what a configuration of the user's own holds), workload, faults and every slot. Plans with one digest run
// alike; names, titles, expectations and places in the file do not count.
func (p *Plan) Digest() string {
	h := sha256.New()
	a := p.Variant.Architecture
	a.Balancer.Config.File, a.Balancer.Config.Path = "", "" // what it holds counts
	fmt.Fprintf(h, "%d %v\n%s\n%+v\n", p.Seed, p.Compress, written(a, p.Compress), p.Variant.Workload)
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

// written is an architecture with all its settings. Those that came later are
// left out where they say what was always so: saved runs can still be repeated.
func written(a scenario.Architecture, compress float64) string {
	network := scenario.DefaultNetwork()
	network.User, network.Internal = scale(network.User, compress), scale(network.Internal, compress)
	bounds := fmt.Sprintf(" Capacity:%v Queue:%v QueueTimeout:%v OnOverload:%v Restart:%v",
		a.App.Capacity, a.App.Queue, a.App.QueueTimeout, a.App.OnOverload, a.App.Restart)
	text := fmt.Sprintf("%+v", a)
	if a.App.Capacity == 0 {
		text = strings.Replace(text, bounds, "", 1)
	}
	if a.Network == network {
		text = strings.Replace(text, fmt.Sprintf(" Network:%+v", a.Network), "", 1)
	}
	return text
}

func writeFault(w io.Writer, f scenario.Fault) {
	fmt.Fprintf(w, "%s %d %d %v\n", f.Name, f.At, f.For, f.Words()) // its own settings, by name: those of faults to come change nothing
}
