package parts

import (
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
)

// Reloading records when a balancer's reload begins, and when it has taken
// effect.
func Reloading(now func() time.Duration, record func(*history.Event), reload func() error) error {
	note := func(state string) { record(&history.Event{At: now(), Type: history.Route, State: state}) }
	note(history.StateReloading)
	if err := reload(); err != nil {
		return err
	}
	note(history.StateReloaded)
	return nil
}
