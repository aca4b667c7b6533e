package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Inject injects a fault into a session, in the words of a scenario file (see
// [scenario.ParseFault]), and returns when its time is over. When ctx ends it is
// taken back. What happens is told to say. The error is a [RefusedError] if the
// fault makes no sense there.
func Inject(ctx context.Context, session, fault string, say func(string)) error {
	return call(ctx, session, request{Ask: askInject, Fault: fault}, say)
}

// Down takes a session's system down, and says what it removed.
func Down(ctx context.Context, session string, say func(string)) error {
	return call(ctx, session, request{Ask: askDown}, say)
}

// About says what a session has up; "" if it is not up yet.
func About(ctx context.Context, session string) (about string, err error) {
	err = call(ctx, session, request{Ask: askStatus}, func(text string) { about = text })
	return about, err
}

func call(ctx context.Context, session string, q request, say func(string)) error {
	c, err := dial(session)
	if err != nil {
		return &RefusedError{fmt.Errorf("%s is not up: %w", session, err)}
	}
	defer c.Close()
	if err := json.NewEncoder(c).Encode(q); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = c.CloseWrite() })()
	for in := json.NewDecoder(c); ; {
		var r reply
		switch err := in.Decode(&r); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("%s has gone: %w", session, err)
		case r.Refused:
			return &RefusedError{errors.New(r.Error)}
		case r.Error != "":
			return errors.New(r.Error)
		}
		say(r.Say)
	}
}
