package starter

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/logoutlab/logoutlab/harness/scenario"
)

// Beside is the choice that other answers, by the names of their choices, leave:
// the words that go together with them. Its default is the choice's own if that is
// one of them, otherwise the first. Where there is but one, or what is asked does
// not matter, it is settled. The error says which of the other answers do not go
// together.
func (c Choice) Beside(answers map[string]string) (Choice, error) {
	with := map[string]string{}
	maps.Copy(with, answers)
	delete(with, c.Name)
	if len(c.Accepted) == 0 {
		return c, c.of.together(with)
	}
	open, err := c.open(with)
	if err != nil {
		return c, err
	}
	if len(open) == 0 {
		return c, c.of.together(with)
	}
	c.Accepted = open
	if !slices.Contains(open, c.Default) {
		c.Default = open[0]
	}
	c.Settled = c.many && answers["nodes"] == "1" || len(open) == 1 || len(open) == 2 && open[0] == auto
	return c, nil
}

// Takes says why an answer to the choice is not accepted, or does not go together
// with the others.
func (c Choice) Takes(answer string, others map[string]string) error {
	if err := c.Check(answer); err != nil {
		return err
	}
	with := map[string]string{}
	maps.Copy(with, others)
	with[c.Name] = answer
	return c.of.together(with)
}

// open are the words that go together with other answers.
func (c Choice) open(answers map[string]string) ([]string, error) {
	with := maps.Clone(answers)
	var open []string
	for _, word := range c.Accepted {
		with[c.Name] = word
		switch err := c.of.fits(with); {
		case err == nil:
			open = append(open, word)
		case !errors.As(err, new(scenario.Errors)):
			return nil, err
		}
	}
	return open, nil
}

// fits says what is wrong with answers, whatever is said of the rest: an
// [scenario.Errors]. Of several things that is one of the fault, if the
// architecture can be; else one of the last architecture, which has most parts.
func (f *form) fits(answers map[string]string) error {
	var ofFault, ofDesign error
	for _, given := range f.completed(answers) {
		_, err := f.draft("", given, nil).check()
		var wrong scenario.Errors
		switch {
		case err == nil:
			return nil
		case !errors.As(err, &wrong):
			return err
		case wrong[0].File == "":
			ofDesign = err
		case ofFault == nil:
			ofFault = err
		}
	}
	if ofFault != nil {
		return ofFault
	}
	return ofDesign
}

// completed are answers with what is missing: of sessions and clients, on which
// it hangs what else there can be, all that there are; of the rest what goes with
// anything.
func (f *form) completed(answers map[string]string) []map[string]string {
	tries := []map[string]string{{}}
	for _, c := range f.choices {
		words := []string{c.Default}
		answer, given := answers[c.Name]
		switch {
		case given:
			words = []string{answer}
		case c.Name == "session", c.Name == "client":
			words = c.Accepted
		case c.Name == "fault":
			words = []string{scenario.NoFault}
		}
		var more []map[string]string
		for _, t := range tries {
			for _, word := range words {
				one := maps.Clone(t)
				one[c.Name] = word
				more = append(more, one)
			}
		}
		tries = more
	}
	return tries
}

// together says which answers do not go together, why, and what would, all by the
// flags that give them; nil if they do.
func (f *form) together(answers map[string]string) error {
	reason := f.fits(answers)
	var wrong scenario.Errors
	if reason == nil || !errors.As(reason, &wrong) {
		return reason
	}
	culprits := maps.Clone(answers)
	for _, c := range f.choices { // what the others fail without is none
		less := maps.Clone(culprits)
		delete(less, c.Name)
		if errors.As(f.fits(less), &wrong) {
			culprits = less
		}
	}
	text := fmt.Sprintf("%s do not go together: %s", f.flags(culprits), wrong.Reasons())
	for _, c := range f.choices {
		if _, ok := culprits[c.Name]; !ok || len(c.Accepted) == 0 || c.Name == "fault" { // of faults there are too many to list
			continue
		}
		others := maps.Clone(culprits)
		delete(others, c.Name)
		open, err := c.open(others)
		open = slices.DeleteFunc(open, func(word string) bool { return word == auto })
		if err == nil && len(open) > 0 && len(others) > 0 {
			text += fmt.Sprintf("; with %s goes --%s %s", f.flags(others), c.Name, strings.Join(open, " or "))
		}
	}
	return errors.New(text)
}

// flags are answers as the command line has them.
func (f *form) flags(answers map[string]string) string {
	var words []string
	for _, c := range f.choices {
		if answer, ok := answers[c.Name]; ok {
			words = append(words, "--"+c.Name+" "+answer)
		}
	}
	return strings.Join(words, " and ")
}
