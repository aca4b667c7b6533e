package client_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/fakes/client"
)

// phone is an app that has logged in.
func phone(t *testing.T, s client.Storage, waits bool) *client.Client {
	t.Helper()
	c := client.New(client.Config{Kind: client.SPA, Storage: s, AwaitUnlock: waits, User: 1})
	step := c.Begin(client.Action{ID: 1, Kind: client.Login}, 0)
	require.Len(t, step.Send, 1)
	step = c.OnResponse(client.Response{Seq: step.Send[0].Seq, Status: 200, Body: client.BodyTokens, Access: client.Value{Text: "a"}}, 1)
	require.Equal(t, []client.Outcome{{Action: 1, Shown: client.ShownDone, Status: 200}}, step.Outcomes)
	return c
}

func TestWhatAnAppFinds(t *testing.T) {
	type want = map[client.Restart]client.Read
	for storage, finds := range map[client.Storage]want{
		client.InMemory:                 {client.MemoryPressure: client.NotRead, client.OSUpdate: client.NotRead, client.LockedStart: client.NotRead, client.Reboot: client.NotRead},
		client.AppData:                  {client.MemoryPressure: client.Gone, client.OSUpdate: client.Gone, client.LockedStart: client.Found, client.Reboot: client.Unreadable},
		client.Keychain:                 {client.MemoryPressure: client.Found, client.OSUpdate: client.Found, client.LockedStart: client.Unreadable, client.Reboot: client.Unreadable},
		client.KeychainAfterFirstUnlock: {client.MemoryPressure: client.Found, client.OSUpdate: client.Found, client.LockedStart: client.Found, client.Reboot: client.Unreadable},
	} {
		for after, read := range finds {
			for _, waits := range []bool{false, true} {
				c := phone(t, storage, waits)
				c.Restart(after)
				require.True(t, c.LoggedIn(), "nobody has looked at it yet")
				step := c.Begin(client.Action{ID: 2, Kind: client.Page, Page: 1}, time.Second)
				if read == client.Gone || read == client.Unreadable && !waits {
					require.Equal(t, []client.Outcome{{
						Action: 2, Shown: client.ShownLogin, LoggedOut: true, GaveUp: client.StorageLost, Read: read, After: after,
					}}, step.Outcomes)
					require.Empty(t, step.Send, "no server is asked")
					require.False(t, c.LoggedIn())
					continue
				}
				require.Equal(t, "a", step.Send[0].Bearer.Text)
				step = c.OnResponse(client.Response{Seq: step.Send[0].Seq, Status: 200, Body: client.BodyPage, Identity: 1}, time.Second)
				if read == client.NotRead {
					after = client.NoRestart
				} else {
					read = client.Found
				}
				require.Equal(t, []client.Outcome{{Action: 2, Identity: 1, Status: 200, Read: read, After: after}}, step.Outcomes)
				step = c.Begin(client.Action{ID: 3, Kind: client.Page, Page: 1}, 2*time.Second)
				step = c.OnResponse(client.Response{Seq: step.Send[0].Seq, Status: 200, Body: client.BodyPage, Identity: 1}, 2*time.Second)
				require.Equal(t, []client.Outcome{{Action: 3, Identity: 1, Status: 200}}, step.Outcomes, "it is told once")
			}
		}
	}
}

// TestTheWorstRestartCounts: what is gone stays gone; a new login is a new item.
func TestTheWorstRestartCounts(t *testing.T) {
	c := phone(t, client.AppData, false)
	c.Restart(client.OSUpdate)
	c.Restart(client.LockedStart)
	require.Equal(t, client.OSUpdate, c.Begin(client.Action{ID: 2, Kind: client.Logout}, 1).Outcomes[0].After)
	c.Restart(client.OSUpdate)
	require.Zero(t, c.Begin(client.Action{ID: 3, Kind: client.Page}, 2).Outcomes[0].After, "there was no login to lose")

	c = phone(t, client.AppData, false)
	c.Restart(client.OSUpdate)
	step := c.Begin(client.Action{ID: 2, Kind: client.Login}, 1)
	c.OnResponse(client.Response{Seq: step.Send[0].Seq, Status: 200, Body: client.BodyTokens, Access: client.Value{Text: "b"}}, 1)
	require.Equal(t, "b", c.Begin(client.Action{ID: 3, Kind: client.Page}, 2).Send[0].Bearer.Text)
}
