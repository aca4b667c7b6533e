package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/logoutlab/logoutlab/harness/plan"
	"github.com/logoutlab/logoutlab/harness/result"
	"github.com/logoutlab/logoutlab/harness/run"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/shard"
)

// value is a flag whose value is checked as it is read, so that one which is
// given is never taken for one which is not.
type value[T any] struct {
	to   *T
	text string // as given, or the default
	kind string // what --help calls it
	read func(string) (T, error)
}

var _ pflag.Value = (*value[int])(nil)

// String is what was given.
func (v *value[T]) String() string { return v.text }

// Type is what --help calls the value.
func (v *value[T]) Type() string { return v.kind }

// Set reads what was given. The error says what is accepted.
func (v *value[T]) Set(text string) error {
	read, err := v.read(text)
	if err == nil {
		*v.to, v.text = read, text
	}
	return err
}

// refuse says which flag has a value that it does not accept, and what it does.
func refuse(_ *cobra.Command, err error) error {
	var bad *pflag.InvalidValueError
	if !errors.As(err, &bad) {
		return err
	}
	return fmt.Errorf("--%s %q: %w", bad.GetFlag().Name, bad.GetValue(), bad.Unwrap())
}

func accepted(what string) error { return errors.New("accepted are " + what) }

const seedHelp = "the seed that every random choice follows from (default: the scenario's, or 1)"

func readSeed(s string) (*uint64, error) {
	n, err := strconv.ParseUint(s, 0, 64)
	if err != nil {
		return nil, accepted("whole numbers from 0 to 18446744073709551615")
	}
	return &n, nil
}

func readSeeds(s string) (*result.Seeds, error) {
	seeds, err := result.ParseSeeds(s)
	if err != nil {
		return nil, accepted(err.Error())
	}
	return &seeds, nil
}

func readShard(s string) (shard.Shard, error) {
	part, err := shard.Parse(s)
	if err != nil {
		return part, accepted(err.Error())
	}
	return part, nil
}

// seedOf is the seed that was given, or the scenario's.
func seedOf(given *uint64, s *scenario.Scenario) uint64 {
	if given != nil {
		return *given
	}
	return s.SeedOr1()
}

func readUsers(s string) (int, error) { return readCount(s, plan.MaxUsers) }

const maxParallel = 64

func readParallel(s string) (int, error) { return readCount(s, maxParallel) }

// maxRetries is more than patience has.
const maxRetries = 10

func readRetries(s string) (int, error) {
	if s == "0" {
		return 0, nil
	}
	n, err := readCount(s, maxRetries)
	if err != nil {
		return 0, accepted(fmt.Sprintf("whole numbers from 0 to %d", maxRetries))
	}
	return n, nil
}

func readCount(s string, most int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > most {
		return 0, accepted(fmt.Sprintf("whole numbers from 1 to %d", most))
	}
	return n, nil
}

func readFor(s string) (time.Duration, error) {
	d, err := scenario.ParseDuration(s)
	if err != nil || d < time.Second {
		return 0, accepted("durations from 1s to 3650d, such as 30m or 12h")
	}
	return d, nil
}

func readMemory(s string) (int64, error) {
	n, err := run.ParseSize(s)
	if err != nil {
		return 0, accepted("sizes such as 300MiB and 2GiB")
	}
	return n, nil
}

func readHistory(s string) (string, error) {
	if s != run.Full && s != run.Affected {
		return "", accepted(run.Full + " and " + run.Affected)
	}
	return s, nil
}

// readCompress gives 0 for auto.
func readCompress(s string) (float64, error) {
	if s == "auto" {
		return 0, nil
	}
	k, err := strconv.ParseFloat(s, 64)
	if err != nil || !(k >= 1 && k <= 1e9) { // NaN is neither
		return 0, accepted("auto, and numbers from 1 to 1000000000")
	}
	return k, nil
}

// readGiven refuses the empty text of a shell variable that is not set.
func readGiven(what string) func(string) (string, error) {
	return func(s string) (string, error) {
		if s == "" {
			return "", accepted(what)
		}
		return s, nil
	}
}
