package oracle

// Sums is what can be told of all findings of a run, where they are too many to
// be listed.
type Sums struct {
	LoggedOut int                                   // users with a spurious logout
	Culprits  map[Verdict]map[string]map[string]int // findings by verdict, cause and node at fault ("": the evidence names none)
}

// Sum sums the findings up, in place of which the sums of a run stand if it has
// some.
func (j *Judgement) Sum() *Sums {
	if j.Sums != nil {
		return j.Sums
	}
	s := &Sums{Culprits: map[Verdict]map[string]map[string]int{}}
	out := map[int]bool{}
	for i := range j.Findings {
		x := &j.Findings[i]
		if x.Verdict == SpuriousLogout {
			out[x.User] = true
		}
		if x.Cause != "" {
			s.add(x.Verdict, x.Cause, x.Culprit, 1)
		}
	}
	s.LoggedOut = len(out)
	return s
}

func (s *Sums) add(v Verdict, cause, culprit string, n int) {
	if s.Culprits[v] == nil {
		s.Culprits[v] = map[string]map[string]int{}
	}
	if s.Culprits[v][cause] == nil {
		s.Culprits[v][cause] = map[string]int{}
	}
	s.Culprits[v][cause][culprit] += n
}

// Causes counts the findings of each verdict by cause.
func (s *Sums) Causes() map[Verdict]map[string]int {
	out := map[Verdict]map[string]int{}
	for v, causes := range s.Culprits {
		out[v] = map[string]int{}
		for cause, nodes := range causes {
			for _, n := range nodes {
				out[v][cause] += n
			}
		}
	}
	return out
}
