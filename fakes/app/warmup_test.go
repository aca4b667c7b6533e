package app_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/app"
)

func TestWarmUp(t *testing.T) {
	w := app.WarmUp{Work: 9 * time.Second, Over: time.Minute}
	for age, want := range map[time.Duration]time.Duration{
		-time.Second: 9 * time.Second, 0: 9 * time.Second, 15 * time.Second: 7 * time.Second,
		30 * time.Second: 5 * time.Second, time.Minute: time.Second, time.Hour: time.Second,
	} {
		require.Equal(t, want, w.At(age, time.Second), "%v", age)
	}
	require.Equal(t, time.Second, app.WarmUp{}.At(0, time.Second), "warm")
}
