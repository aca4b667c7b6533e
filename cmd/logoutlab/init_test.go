package main

import (
	"bufio"
	"bytes"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/scenarios/starter"
)

// typed answers what is asked at a terminal, with these lines.
func typed(t *testing.T, lines string, given map[string]string) (answers map[string]string, said string, err error) {
	t.Helper()
	var out bytes.Buffer
	answers = map[string]string{}
	maps.Copy(answers, given)
	a := asker{in: bufio.NewReader(strings.NewReader(lines)), out: &out, terminal: true}
	err = a.rest(answers)
	return answers, out.String(), err
}

func TestAsking(t *testing.T) {
	answers, said, err := typed(t, "moon\nmemory\n\n lb_cookie \nyes\n", map[string]string{"nodes": "5", "fault": "none"})
	require.NoError(t, err)
	require.Equal(t, map[string]string{
		"nodes": "5", "session": "memory", "balancer": "round_robin", "stickiness": "lb_cookie", "client": "auto", "cache": "yes", "fault": "none",
	}, answers)
	require.Equal(t, 1, strings.Count(said, "accepted are "))
	require.Equal(t, 2, strings.Count(said, "Where are sessions?"))

	_, _, err = typed(t, "redis\n", nil)
	require.ErrorContains(t, err, "no answer, and nothing was written")
}

// What earlier answers rule out is not asked, and no answer that they rule out is
// offered.
func TestAskingHangsOnTheAnswers(t *testing.T) {
	const nodes, client, policy, cookie = "How many", "What do users have?", "choose a node", "By what does it keep"
	const enter = "\n\n\n\n\n\n\n\n"
	for name, c := range map[string]struct {
		given  map[string]string
		typed  string
		asks   []string
		spares []string
		want   map[string]string
	}{
		"sessions in a store": {nil, "3\nredis\n" + enter, []string{nodes, policy, "(none, lb_cookie, app_cookie)", "store-flush"},
			[]string{client, "key-rotation", "app-restart"}, map[string]string{"client": "auto"}},
		"sessions in memory":    {nil, "3\nmemory\n" + enter, []string{policy, cookie, "node-kill"}, []string{client, "store-", "key-", "phones"}, nil},
		"tokens":                {nil, "3\njwt\n" + enter, []string{client, "(none, lb_cookie)", "key-rotation"}, []string{"app_cookie"}, nil},
		"tokens in a cookie":    {nil, "3\njwt\nbrowser\n" + enter, []string{"(none, lb_cookie, app_cookie)"}, nil, nil},
		"one node":              {nil, "1\nredis\n" + enter, []string{"Where are sessions?"}, []string{policy, cookie}, map[string]string{"stickiness": "none"}},
		"phones":                {map[string]string{"client": "phone"}, enter, []string{"Where are sessions? jwt: nothing else goes with the other answers"}, []string{"(memory"}, map[string]string{"session": "jwt"}},
		"a fault of keys":       {map[string]string{"fault": "key-mismatch"}, enter, nil, []string{"(memory", "What goes wrong?"}, map[string]string{"session": "jwt"}},
		"a fault of the store":  {map[string]string{"fault": "store-flush"}, enter, []string{"(redis, memcached, jwt)"}, []string{"memory,"}, map[string]string{"session": "redis"}},
		"a cookie to follow":    {map[string]string{"session": "jwt", "stickiness": "app_cookie"}, enter, []string{"What do users have? browser: nothing else"}, nil, map[string]string{"client": "browser"}},
		"a number that is not ": {map[string]string{"fault": "scale-in"}, "2\n4\n" + enter, []string{"--nodes 2 and --fault scale-in do not go together"}, nil, map[string]string{"nodes": "4"}},
	} {
		t.Run(name, func(t *testing.T) {
			answers, said, err := typed(t, c.typed, c.given)
			require.NoError(t, err)
			for _, text := range c.asks {
				require.Contains(t, said, text)
			}
			for _, text := range c.spares {
				require.NotContains(t, said, text)
			}
			for name, want := range c.want {
				require.Equal(t, want, answers[name])
			}
			_, err = starter.Write("my.yaml", answers)
			require.NoError(t, err)
		})
	}
}
