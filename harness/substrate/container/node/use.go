package node

import (
	"bytes"
	"encoding/json"

	"github.com/logoutlab/logoutlab/harness/history"
)

// useStart begins the line with which a node says what it asked of its store:
// the last that it writes, unless it is killed. Events begin otherwise.
var useStart = []byte(`{"store":`)

// useLine is that line.
type useLine struct {
	Use history.StoreUse `json:"store"`
}

// ParseUse reads a line that tells what a node that has ended asked of its store.
func ParseUse(line []byte) (history.StoreUse, bool) {
	var l useLine
	ok := bytes.HasPrefix(line, useStart) && json.Unmarshal(line, &l) == nil
	return l.Use, ok
}

// use writes what the node has asked of its store, if it has one.
func (o *output) use(n *running) {
	u := n.storeUse()
	if u == nil {
		return
	}
	line, err := json.Marshal(useLine{*u})
	o.mu.Lock()
	defer o.mu.Unlock()
	o.put(append(line, '\n'), err)
}
