package store_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/auth"
)

// all is what each store implements.
type all interface {
	auth.Sessions
	auth.Families
	auth.Blacklist
	auth.Cutoffs
}

// testContract is what package auth expects of a store. Each part gets an
// empty one.
func testContract(t *testing.T, empty func(t *testing.T) all) {
	t.Run("sessions", func(t *testing.T) { testSessions(t, empty(t)) })
	t.Run("touch", func(t *testing.T) { testTouch(t, empty(t)) })
	t.Run("rotation", func(t *testing.T) { testRotation(t, empty) })
	t.Run("revocation", func(t *testing.T) { testRevocation(t, empty(t)) })
	t.Run("unknown families", func(t *testing.T) { testUnknownFamilies(t, empty(t)) })
	t.Run("one winner", func(t *testing.T) { testOneWinner(t, empty(t)) })
	t.Run("blacklist", func(t *testing.T) { testBlacklist(t, empty(t)) })
	t.Run("cutoffs", func(t *testing.T) { testCutoffs(t, empty(t)) })
	t.Run("one id, four kinds", func(t *testing.T) { testKindsApart(t, empty(t)) })
}

const maxID = 1<<64 - 1

func testSessions(t *testing.T, s all) {
	_, err := s.Load(maxID)
	require.ErrorIs(t, err, auth.ErrUnknown)
	require.ErrorIs(t, s.Delete(maxID), auth.ErrUnknown)

	in := auth.Session{User: 1<<32 - 1, Created: -25*time.Second - 1, Seen: 3, Expires: time.Hour + 7}
	require.NoError(t, s.Save(maxID, in))
	out, err := s.Load(maxID)
	require.NoError(t, err)
	require.Equal(t, in, out)

	other := auth.Session{User: 2}
	require.NoError(t, s.Save(2, other))
	require.NoError(t, s.Delete(maxID))
	_, err = s.Load(maxID)
	require.ErrorIs(t, err, auth.ErrUnknown)
	out, err = s.Load(2)
	require.NoError(t, err)
	require.Equal(t, other, out)
}

func testTouch(t *testing.T, s all) {
	later := auth.Session{User: 1, Seen: 5, Expires: time.Hour}
	require.ErrorIs(t, s.Touch(1, later), auth.ErrUnknown)
	_, err := s.Load(1)
	require.ErrorIs(t, err, auth.ErrUnknown, "a touch brings nothing back")

	require.NoError(t, s.Save(1, auth.Session{User: 1}))
	require.NoError(t, s.Touch(1, later))
	out, err := s.Load(1)
	require.NoError(t, err)
	require.Equal(t, later, out)
}

type use struct {
	gen  uint32
	at   time.Duration
	want auth.Rotation
}

func testRotation(t *testing.T, empty func(t *testing.T) all) {
	const grace = 10 * time.Second
	for name, uses := range map[string][]use{
		"in order":                 {{0, 1e9, auth.Rotated}, {1, 2e9, auth.Rotated}, {2, 3e9, auth.Rotated}},
		"within the grace":         {{0, 0, auth.Rotated}, {0, grace - time.Microsecond, auth.InGrace}, {1, grace, auth.Rotated}},
		"grace over":               {{0, 0, auth.Rotated}, {0, grace, auth.Reused}, {1, grace, auth.Dead}, {0, grace, auth.Dead}},
		"grace is for the last":    {{0, 0, auth.Rotated}, {1, 1, auth.Rotated}, {0, 2, auth.Reused}, {2, 3, auth.Dead}},
		"grace counts from use":    {{0, 100e9, auth.Rotated}, {0, 100e9 + grace/2, auth.InGrace}},
		"another clock, behind":    {{0, time.Hour, auth.Rotated}, {0, -time.Hour, auth.InGrace}},
		"grace does not rotate on": {{0, 0, auth.Rotated}, {0, 1, auth.InGrace}, {0, 2, auth.InGrace}, {1, 3, auth.Rotated}},
	} {
		t.Run(name, func(t *testing.T) {
			s := empty(t)
			require.NoError(t, s.Create(7, 1, time.Hour))
			for i, u := range uses {
				got, err := s.Rotate(7, u.gen, u.at, grace)
				require.NoError(t, err)
				require.Equal(t, u.want, got, "use %d", i)
			}
		})
	}
	t.Run("no grace", func(t *testing.T) {
		s := empty(t)
		require.NoError(t, s.Create(7, 1, time.Hour))
		for _, want := range []auth.Rotation{auth.Rotated, auth.Reused, auth.Dead} {
			got, err := s.Rotate(7, 0, 0, 0)
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
		revoked, err := s.Revoked(7)
		require.NoError(t, err)
		require.True(t, revoked, "a reuse revokes")
	})
}

func testRevocation(t *testing.T, s all) {
	require.NoError(t, s.Create(7, 1, time.Hour))
	require.NoError(t, s.Create(8, 1, time.Hour))
	revoked, err := s.Revoked(7)
	require.NoError(t, err)
	require.False(t, revoked)

	require.NoError(t, s.Revoke(7))
	require.NoError(t, s.Revoke(7), "twice is harmless")
	revoked, err = s.Revoked(7)
	require.NoError(t, err)
	require.True(t, revoked)
	got, err := s.Rotate(7, 0, 0, time.Hour)
	require.NoError(t, err)
	require.Equal(t, auth.Dead, got)

	revoked, err = s.Revoked(8)
	require.NoError(t, err)
	require.False(t, revoked, "another family lives on")
}

func testUnknownFamilies(t *testing.T, s all) {
	_, err := s.Rotate(7, 0, 0, 0)
	require.ErrorIs(t, err, auth.ErrUnknown)
	require.ErrorIs(t, s.Revoke(7), auth.ErrUnknown)
	_, err = s.Revoked(7)
	require.ErrorIs(t, err, auth.ErrUnknown)

	require.NoError(t, s.Create(8, 1, time.Hour))
	_, err = s.Rotate(8, 1, 0, 0)
	require.ErrorIs(t, err, auth.ErrUnknown, "a generation that was never issued here")
	got, err := s.Rotate(8, 0, 0, 0)
	require.NoError(t, err)
	require.Equal(t, auth.Rotated, got, "and it changed nothing")
}

func testOneWinner(t *testing.T, s all) {
	const racers = 50
	require.NoError(t, s.Create(7, 1, time.Hour))
	var outcomes [racers]auth.Rotation
	var errs [racers]error
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range racers {
		wg.Go(func() {
			<-start
			outcomes[i], errs[i] = s.Rotate(7, 0, time.Second, time.Minute)
		})
	}
	close(start)
	wg.Wait()
	count := map[auth.Rotation]int{}
	for i := range racers {
		require.NoError(t, errs[i])
		count[outcomes[i]]++
	}
	require.Equal(t, map[auth.Rotation]int{auth.Rotated: 1, auth.InGrace: racers - 1}, count)
}

func testBlacklist(t *testing.T, s all) {
	listed, err := s.Contains(maxID)
	require.NoError(t, err)
	require.False(t, listed)
	require.NoError(t, s.Add(maxID, time.Hour))
	listed, err = s.Contains(maxID)
	require.NoError(t, err)
	require.True(t, listed)
	listed, err = s.Contains(1)
	require.NoError(t, err)
	require.False(t, listed)
}

func testCutoffs(t *testing.T, s all) {
	_, was, err := s.CutAt(7)
	require.NoError(t, err)
	require.False(t, was)
	for _, at := range []time.Duration{5 * time.Second, -time.Millisecond, time.Hour + 1} { // the latest counts, whatever clock it is by
		require.NoError(t, s.Cut(7, at, 2*time.Hour))
		got, was, err := s.CutAt(7)
		require.NoError(t, err)
		require.True(t, was)
		require.Equal(t, at, got)
	}
	_, was, err = s.CutAt(8)
	require.NoError(t, err)
	require.False(t, was, "another user")
}

func testKindsApart(t *testing.T, s all) {
	require.NoError(t, s.Save(7, auth.Session{User: 1}))
	_, err := s.Revoked(7)
	require.ErrorIs(t, err, auth.ErrUnknown)
	listed, err := s.Contains(7)
	require.NoError(t, err)
	require.False(t, listed)
	_, cut, err := s.CutAt(7)
	require.NoError(t, err)
	require.False(t, cut)
}
