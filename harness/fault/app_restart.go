package fault

import (
	"context"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

type appRestart struct{}

// newAppRestart: the apps on some phones are ended and started again. No server
// has a part in it, so that every cluster will do: whoever plays the users does
// it at the plan's time (see workload.Phones).
func newAppRestart(scenario.Fault, any) (Fault, error) { return appRestart{}, nil }

func (appRestart) Inject(context.Context) error { return nil }

func (appRestart) Recover(context.Context) error { return nil }
