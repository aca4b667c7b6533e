package node

import (
	"fmt"

	"github.com/logoutlab/logoutlab/harness/substrate/wire"
)

// Link is a way through a relay.
type Link struct {
	Listen string `json:"listen"` // address on which the relay stands for the target
	Target string `json:"target"` // host:port
}

// openLinks makes the program a relay.
func (p *program) openLinks(links []Link) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.free(); err != nil {
		return err
	}
	var open []*wire.Link
	for _, l := range links {
		w, err := wire.Open(l.Listen, l.Target)
		if err != nil {
			closeLinks(open)
			return err
		}
		open = append(open, w)
	}
	p.links = open
	return nil
}

func closeLinks(links []*wire.Link) {
	for _, l := range links {
		l.Close()
	}
}

// disturb begins or ends a disturbance of a link.
func (p *program) disturb(b disturbanceBody) error {
	p.mu.Lock()
	links := p.links
	p.mu.Unlock()
	if b.Link < 0 || b.Link >= len(links) {
		return conflict(fmt.Sprintf("it has no link %d: it has %d", b.Link, len(links)))
	}
	if b.Begin == nil {
		return links[b.Link].Calm(b.ID)
	}
	return links[b.Link].Disturb(b.ID, *b.Begin)
}
