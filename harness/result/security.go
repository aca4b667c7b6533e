package result

import (
	"fmt"
	"maps"
	"slices"

	"github.com/logoutlab/logoutlab/harness/oracle"
)

// Security is a hole that the run has shown: whatever it does to logins, it has
// to be closed.
type Security struct {
	Finding  string `json:"finding"`  // the cause that it was found as: forged_token
	Node     string `json:"node"`     // the one that let somebody in
	Accepted int    `json:"accepted"` // attempts in which it did
	Tried    int    `json:"tried"`    // on all nodes, with a definite outcome
	Users    int    `json:"users"`    // in whose names
	Text     string `json:"text"`     // what to do about it
}

// security lists the holes, by node.
func security(j *oracle.Judgement) []Security {
	accepted, users := map[string]int{}, map[string]map[int]bool{}
	for _, x := range j.Findings {
		if x.Cause != oracle.ForgedToken {
			continue
		}
		accepted[x.Node]++
		if users[x.Node] == nil {
			users[x.Node] = map[int]bool{}
		}
		users[x.Node][x.User] = true
	}
	var all []Security
	for _, node := range slices.Sorted(maps.Keys(accepted)) {
		s := Security{Finding: oracle.ForgedToken, Node: node, Accepted: accepted[node], Tried: j.Forged, Users: len(users[node])}
		s.Text = fmt.Sprintf("%s let somebody with a forged token in, in %s of %s, in the names of %s: anybody can be anybody there. Give it the secret that the other nodes have, let no node start without one, and change the secret if it was ever a default.",
			node, thousands(s.Accepted), plural(s.Tried, "attempt"), plural(s.Users, "user"))
		all = append(all, s)
	}
	return all
}
