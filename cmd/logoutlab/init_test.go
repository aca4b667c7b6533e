package main

import (
	"bufio"
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAsking(t *testing.T) {
	var out bytes.Buffer
	answers := map[string]string{"nodes": "5", "fault": "none"}
	a := asker{in: bufio.NewReader(strings.NewReader("moon\nmemory\n\n lb_cookie \n\nyes\n")), out: &out, terminal: true}
	require.NoError(t, a.rest(answers))
	require.Equal(t, map[string]string{
		"nodes": "5", "session": "memory", "balancer": "round_robin", "stickiness": "lb_cookie", "client": "auto", "cache": "yes", "fault": "none",
	}, answers)
	require.Equal(t, 1, strings.Count(out.String(), "accepted are "))
	require.Equal(t, 2, strings.Count(out.String(), "Where are sessions?"))

	a.in = bufio.NewReader(strings.NewReader("redis\n"))
	require.ErrorContains(t, a.rest(map[string]string{}), "no answer, and nothing was written")
}
