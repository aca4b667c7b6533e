package proxies

import "time"

// Line is what a product's log says: about a request (or a connection, where
// those are balanced), or about a node whose state changed.
type Line struct {
	Request string        // its X-Request-Id; "" if it had none, and of a connection
	Tries   []Try         // the attempts at nodes that the product tells of, in order
	Status  int           // sent to the client; 0 if none was
	Took    time.Duration // from the request's arrival to its answer's end
	Aborted bool          // the client went away before the end
	Cache   string        // a cache's: "hit", "miss" or "pass"

	Node  string // the node whose state changed; "" if the line is about a request
	State string // its new state: history.StateUp, StateDown or StateDraining
}

// Try is one attempt at a node.
type Try struct {
	Server  string // its name, or its address if the product logs that; "": one that the product does not name
	Failure string // history.ErrRefused, ErrReset or ErrTimeout; "": it answered
}
