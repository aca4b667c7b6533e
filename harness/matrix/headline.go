package matrix

import (
	"fmt"
	"math"
	"strconv"

	"github.com/logoutlab/logoutlab/harness/oracle"
)

// Sentences are the headline's: they name the architecture in the last place with
// its cause, the one that logs most users out and the one whose credentials
// outlive a logout longest where these are others, and the best.
func (m *Matrix) Sentences() []string {
	placed, missing := m.placed(), m.missing()
	if len(placed) == 0 {
		return append([]string{m.nothing()}, missing...)
	}
	worst, logouts, ghosts := m.Worst(), m.MostLogouts(), m.MostGhosts()
	var parts []string
	switch {
	case len(placed) == 1:
		parts = append(parts, placed[0].Name+" "+placed[0].harm()+".")
		logouts, ghosts = nil, nil
	case worst == nil:
		parts = append(parts, fmt.Sprintf("No difference: each of %s %s.", names(placed), placed[0].harm()))
		logouts, ghosts = nil, nil
	case logouts == nil:
		parts = append(parts, "Nobody was logged out by any of these architectures.")
	default:
		parts = append(parts, fmt.Sprintf("Worst: %s %s.", worst.Name, worst.harm()))
	}
	if logouts != nil && logouts != worst {
		parts = append(parts, fmt.Sprintf("Most logouts: %s %s.", logouts.Name, logouts.harm()))
	}
	if ghosts != nil && (ghosts != worst || worst.Score.SpuriousLogouts > 0 || logouts == nil) {
		parts = append(parts, fmt.Sprintf("Least safe: with %s credentials go on working %s s after a logout on average, %s.",
			ghosts.Name, Figure(ghosts.Score.GhostSeconds), ghosts.ghostBlame()))
	}
	if worst != nil {
		parts = append(parts, m.praise())
	}
	return append(parts, missing...)
}

// nothing says why no architecture has a place.
func (m *Matrix) nothing() string {
	if missing, of := m.Missing(); missing == of {
		return "Nothing was measured."
	}
	return "No architecture has a place: of each, cells are missing that others have."
}

// missing says how many cells are not known, and who has no place for it.
func (m *Matrix) missing() []string {
	missing, of := m.Missing()
	if missing == 0 {
		return nil
	}
	text := fmt.Sprintf("%d of %d cells could not be measured", missing, of)
	var without []*Architecture
	for _, a := range m.Ranked() {
		if a.Score.Place == 0 {
			without = append(without, a)
		}
	}
	if len(without) > 0 && len(without) < len(m.Architectures) {
		text += "; without a place: " + names(without)
	}
	return []string{text + "."}
}

// names lists architectures.
func names(all []*Architecture) string {
	text := ""
	for i, a := range all {
		switch {
		case i == 0:
		case i == len(all)-1:
			text += " and "
		default:
			text += ", "
		}
		text += a.Name
	}
	return text
}

// harm says how many users an architecture logs out, when and why.
func (a *Architecture) harm() string {
	if s := a.Score; s.SpuriousLogouts == 0 {
		text := fmt.Sprintf("logs nobody out, and credentials go on working %s s after a logout on average", Figure(s.GhostSeconds))
		if s.WorstGhostsFault != "" {
			text += ", " + a.ghostBlame()
		}
		return text
	}
	return fmt.Sprintf("logs out %s of a million valid actions, %s", Figure(a.Score.SpuriousLogouts), a.blame())
}

// blame says why an architecture logs users out, and when.
func (a *Architecture) blame() string {
	c, _ := a.Cell(a.Score.WorstFault)
	when := mostly("most of them", "most often", a.Score.WorstShare) + " under " + a.Score.WorstFault
	if none, ok := a.Cell(None); ok && none.SpuriousLogouts.Count > 0 {
		c, when = none, "even without a fault"
	}
	return fmt.Sprintf("%s, because %s (%s)", when, oracle.InWords(c.Cause), c.Cause)
}

// ghostBlame says the same of ghosts.
func (a *Architecture) ghostBlame() string {
	c, _ := a.Cell(a.Score.WorstGhostsFault)
	when := mostly("for the most part", "longest", a.Score.WorstGhostsShare) + " under " + a.Score.WorstGhostsFault
	if none, ok := a.Cell(None); ok && none.Ghosts.Accepted > 0 {
		c, when = none, "even without a fault"
	}
	if c.GhostCause == "" { // they are within what is promised
		return when + ", as it promises no better"
	}
	return fmt.Sprintf("%s, because %s (%s)", when, oracle.InWords(c.GhostCause), c.GhostCause)
}

// mostly tells a part of more than half from the largest part.
func mostly(most, largest string, share float64) string {
	if share > 0.5 {
		return most
	}
	return largest
}

// praise names the best, and says what is left to fear of it. None is praised that
// another is better than on one side, or that logs out most of its valid actions.
func (m *Matrix) praise() string {
	best := m.Best()
	s := best[0].Score
	title := "Best compromise"
	switch {
	case s.SpuriousLogouts > million/2:
		title = "Least bad"
	case m.leads(best[0]):
		title = "Best on both sides"
	}
	each := ""
	if len(best) > 1 {
		title, each = title+", and equal", "each "
	}
	text := fmt.Sprintf("%s: %s, %swith %s logouts of a million valid actions and %s s", title, names(best), each, Figure(s.SpuriousLogouts), Figure(s.GhostSeconds))
	if c, _ := best[0].Cell(s.WorstFault); len(best) == 1 && s.WorstFault != "" {
		if none, _ := best[0].Cell(None); none.SpuriousLogouts.Count > 0 {
			text += fmt.Sprintf(", even without a fault (%s)", none.Cause)
		} else {
			text += fmt.Sprintf("; what hurts it most is %s (%s)", c.Fault, c.Cause)
		}
	}
	return text + "."
}

// Figure writes a number for people: whole, with thousands separators, or with
// up to two decimals below 10.
func Figure(v float64) string {
	if v < 10 && v != math.Trunc(v) {
		if v < 0.01 {
			return "<0.01"
		}
		return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
	}
	s := strconv.FormatFloat(math.Round(v), 'f', 0, 64)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
