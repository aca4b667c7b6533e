// Package fault injects what goes wrong. Each fault has a file of its own: how
// it is injected and taken back, and which capability it needs of the system
// under test. A [Guard] runs a plan's faults at their times and records their
// lives; [Receipts] proves afterwards, from the history, what each one changed.
//
// # Receipts
//
// A decision is changed if, taken again without the fault, it would come out
// otherwise: the other way, or for another reason. A request that the fault
// cost is one more, and so is a session: the first time that one is presented
// which a node took with it, whichever node refuses it. What else would have been
// refused anyway, for the same reason, is not counted.
//
// A mark is a decision or a request that met the fault, changed or not. A fault
// without a mark was injected, but no traffic met it: it is vacuous, and proves
// nothing. A cure that absorbs a fault leaves marks and changes nothing.
//
//	fault                        is met by
//	clock_skew, clock_jump       a credential presented to or issued by a node whose clock is off, or whose times it set
//	missing_secret               as key_mismatch; as node_stop, where the node refuses to start
//	key_mismatch, key_rotation   a token signed with the fault's key, or presented to a node that has it;
//	                             a token of the old key, presented after the rotation
//	node_kill, _stop, _restart   a request that failed at the node; a session, token or revocation of the node's
//	                             that was used while the node was away, or that it has forgotten
//	scale                        the same, of a node that goes; every decision of one that has come
//	node_pause                   a request that waited for the node, or timed out; a session of the node's that was used
//	                             elsewhere while the balancer kept the node out
//	connection_cut               a request whose connection was reset; with idle also one that a node decided after so long a
//	                             silence that none of its connections from before could have brought it
//	balancer_reload              a request under way at a reload, or sent to a node that the balancer had known to be down;
//	                             the first use of a session of before it
//	store_down                   a request that was refused for it, or waited for it
//	partition                    a request that failed at, or was sent on from, a node that was cut off, or was lost
//	                             without a word; one that hung until the end of it; a refusal for want of the store
//	latency                      a request that took at least the delay; a refusal for want of the store
//	reset                        a request whose connection was reset; a refusal for want of the store
//	store_flush, store_evict     a use of a session, token family or revocation that the store had before it; a refusal
//	                             for want of the store's memory
//	bad_deploy                   a request that was refused for it
//	app_restart                  an app that was started again, by its own word
//
// To add a fault: describe it in scenario.FaultSpecs, write a file here with a
// type that has Inject and Recover, list it in [Registry], and give it a
// receipt.
package fault
