package wire

import (
	"sync"

	"github.com/Shopify/toxiproxy/v2/toxics"

	"github.com/logoutlab/logoutlab/harness/plan"
)

// lossType is what toxiproxy knows a [loss] as.
const lossType = "logoutlab_loss"

var registerLoss = sync.OnceFunc(func() { toxics.Register(lossType, new(loss)) })

// loss is a toxic of ours: of all that is sent over a link, on whichever of its
// connections, it passes a share on, and ends the connection in place of the
// rest. What is read at once counts as sent at once: a request or a command,
// if it is not larger than 32 kB.
type loss struct {
	Percent int    `json:"percent"`
	Seed    uint64 `json:"seed"`

	mu     sync.Mutex
	chance *plan.Stream
}

// Pipe is the life of one connection under the toxic.
func (l *loss) Pipe(stub *toxics.ToxicStub) {
	for {
		select {
		case <-stub.Interrupt:
			return
		case sent := <-stub.Input:
			if sent == nil || l.hits() {
				stub.Close()
				for sent != nil { // whoever sends more meanwhile is not kept waiting
					sent = <-stub.Input
				}
				return
			}
			stub.Output <- sent
		}
	}
}

// hits decides on one send.
func (l *loss) hits() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.chance == nil {
		l.chance = plan.NewStream(l.Seed, "loss")
	}
	return l.chance.IntN(100) < l.Percent
}
