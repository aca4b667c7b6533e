package client

// Storage is where an app on a phone keeps its tokens while its process is
// away.
type Storage uint8

// The storages.
const (
	InMemory                 Storage = iota // no phone: the process is never ended
	AppData                                 // files of the app's own: the system may remove them, and nobody reads them before the first unlock
	Keychain                                // an item that is readable while the phone is unlocked
	KeychainAfterFirstUnlock                // an item that is readable once the phone was unlocked since it started; an Android keystore
)

// Restart is why an app's process was ended while nobody looked at it, and
// started again.
type Restart uint8

// The restarts.
const (
	NoRestart      Restart = iota
	MemoryPressure         // the system needed room, and took the app's own data with it
	OSUpdate               // the phone has a new system, and the app's own data was cleared
	LockedStart            // a push started it in the background while the phone was locked
	Reboot                 // the phone restarted, and the app before it was unlocked for the first time
)

// Read is what an app found in its storage when it was started again.
type Read uint8

// What can be found.
const (
	NotRead Read = iota // it was not started again
	Found
	Unreadable // it is there, but not to be read at present
	Gone
)

// read is what an app finds that is started again.
func (s Storage) read(after Restart) Read {
	own := s == AppData
	switch after {
	case MemoryPressure, OSUpdate:
		if own {
			return Gone
		}
	case LockedStart:
		if s == Keychain {
			return Unreadable
		}
	case Reboot:
		return Unreadable
	}
	return Found
}

// Restart ends the app's process and starts it again, between two actions. What
// it found in its storage shows at the next page or logout. A client without a
// login, and one that is no phone, has nothing to lose.
func (c *Client) Restart(after Restart) {
	if !c.in || c.cfg.Storage == InMemory {
		return
	}
	found := c.cfg.Storage.read(after)
	if found == Unreadable && c.cfg.AwaitUnlock {
		found = Found // when it is opened, and so unlocked
	}
	if found >= c.read {
		c.read, c.after = found, after
	}
}

// reopen begins a page or a logout of an app that was started again: whoever
// found no token takes that for the end of the login. It reports whether the
// action is over.
func (c *Client) reopen(a Action) bool {
	if c.read == NotRead || a.Kind != Page && a.Kind != Logout {
		return false
	}
	found, after := c.read, c.after
	c.read, c.after = NotRead, NoRestart
	c.reopened = Outcome{Read: found, After: after}
	if found == Found {
		return false
	}
	c.drop(StorageLost)
	c.settle(c.open(a, 1), 0, verdict{shown: ShownLogin, gaveUp: StorageLost})
	return true
}
