package sim

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/logoutlab/logoutlab/harness/fault"
)

// drain does all that is to come.
func drain(s *schedule) {
	for len(s.agenda) > 0 {
		s.step()
	}
}

// TestOrder: by time, and of one moment in the order in which things were put
// down.
func TestOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &schedule{}
		type due struct {
			at time.Duration
			n  int
		}
		var want, got []due
		for n, d := range rapid.SliceOf(rapid.IntRange(0, 5)).Draw(t, "delays") {
			e := due{time.Duration(d), n}
			want = append(want, e)
			s.after(e.at, func() { got = append(got, due{s.now, n}) })
		}
		slices.SortStableFunc(want, func(a, b due) int { return int(a.at - b.at) })
		drain(s)
		require.Equal(t, want, got)
	})
}

// story runs tasks and returns what they said, with the seconds.
func story(tell func(s *schedule, say func(string))) string {
	s := &schedule{}
	var said []string
	tell(s, func(text string) { said = append(said, fmt.Sprintf("%d %s", int(s.now.Seconds()), text)) })
	drain(s)
	return strings.Join(said, ", ")
}

func TestTasks(t *testing.T) {
	ctx := context.Background()
	nap := func(s *schedule, say func(string), name string, d time.Duration) func(context.Context) error {
		return func(ctx context.Context) error {
			say(name + " begins")
			if s.Sleep(ctx, d) {
				say(name + " wakes")
			} else {
				say(name + " is woken")
			}
			return nil
		}
	}
	for name, c := range map[string]struct {
		tell func(s *schedule, say func(string))
		want string
	}{
		"side by side": {func(s *schedule, say func(string)) {
			s.Go(ctx, nap(s, say, "a", 2*time.Second))
			s.Go(ctx, nap(s, say, "b", time.Second))
		}, "0 a begins, 0 b begins, 1 b wakes, 2 a wakes"},
		"waiting for another": {func(s *schedule, say func(string)) {
			s.Go(ctx, func(ctx context.Context) error {
				t := s.Go(ctx, nap(s, say, "a", time.Second))
				_ = t.Wait()
				say("over")
				return nil
			})
		}, "0 a begins, 1 a wakes, 1 over"},
		"stopping another, which finishes what it must": {func(s *schedule, say func(string)) {
			s.Go(ctx, func(ctx context.Context) error {
				t := s.Go(ctx, func(ctx context.Context) error {
					_ = nap(s, say, "a", forever)(ctx)
					return nap(s, say, "b", time.Second)(context.WithoutCancel(ctx))
				})
				s.Sleep(ctx, time.Second)
				_ = t.Stop()
				say("over")
				return nil
			})
		}, "0 a begins, 1 a is woken, 1 b begins, 2 b wakes, 2 over"},
		"a sleep after the end is none": {func(s *schedule, say func(string)) {
			over, end := context.WithCancel(ctx)
			end()
			s.Go(over, nap(s, say, "a", time.Second))
		}, "0 a begins, 0 a is woken"},
		"a wake that was overtaken": {func(s *schedule, say func(string)) {
			ending, end := context.WithCancel(ctx)
			s.Go(ctx, func(context.Context) error {
				_ = nap(s, say, "a", 2*time.Second)(ending)
				return nap(s, say, "b", 5*time.Second)(ctx)
			})
			s.after(time.Second, func() { end(); s.rouse() })
		}, "0 a begins, 1 a is woken, 1 b begins, 6 b wakes"},
		"until something is so": {func(s *schedule, say func(string)) {
			ready := false
			s.Go(ctx, func(context.Context) error {
				s.await(func() bool { return ready })
				say("ready")
				return nil
			})
			s.after(3*time.Second, func() { ready = true })
		}, "3 ready"},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, story(c.tell)) })
	}
}

// The fault that fails is told, with its error.
func TestTaskFails(t *testing.T) {
	s := &schedule{}
	var err error
	s.Go(context.Background(), func(ctx context.Context) error {
		var failing fault.Task = s.Go(ctx, func(context.Context) error { s.Sleep(ctx, time.Second); return context.Canceled })
		err = failing.Wait()
		return nil
	})
	drain(s)
	require.ErrorIs(t, err, context.Canceled)
}
