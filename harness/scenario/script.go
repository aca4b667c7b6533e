package scenario

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/goccy/go-yaml/ast"
)

const (
	replay = "replay"
	forge  = "forge"
)

// deeds is what a user can do in a script; opening, those that open a page.
var (
	deeds   = []string{"login", "page", "logout", replay, forge}
	opening = []string{"page", replay, forge}
)

func scriptField(to *[]Action) Field {
	return Field{Path: "workload.script", Kind: Script, to: to, Depends: "drawn from the fields above",
		Doc: "What each user does and when, in place of the fields above. A user does one thing at a time; one who is at the login page logs in, whatever is next."}
}

// script reads a list of actions, and puts them in order: by user and time. It
// is nil, and errors noted, if anything is wrong with it.
func (r *reader) script(n ast.Node, at Position) any {
	before := len(r.errs)
	var all []Action
	for _, item := range r.list(n, at, "workload.script") {
		all = append(all, r.action(item, position(item)))
	}
	if len(all) == 0 && len(r.errs) == before {
		r.fail(at, "workload.script is empty", "", "leave it out, and what users do is drawn")
	}
	if len(r.errs) > before {
		return nil
	}
	slices.SortStableFunc(all, func(a, b Action) int {
		return cmp.Or(cmp.Compare(a.User, b.User), cmp.Compare(a.At, b.At))
	})
	return all
}

// actionFields describes an action of a script.
func actionFields(a *Action) []Field {
	return []Field{
		count("user", &a.User, "", 1, 10_000_000, "Who: 1 is the first.").required(),
		span("at", &a.At, "", 0, longest, "When, since the start.").required(),
		word("do", &a.Do, "", "What; replay: a page with a kept copy of the credentials; forge: one with tokens that no node issued.", deeds...).required(),
		count("page", &a.Page, "1", 1, 100_000, "page, replay, forge: which page."),
	}
}

// action reads {user: N, at: MOMENT, do: DEED, page: N}.
func (r *reader) action(n ast.Node, at Position) Action {
	a := Action{Line: at.Line, Col: at.Col}
	const what = "an action of the script"
	fields := actionFields(&a)
	known, ok := r.byKey(n, at, what, newIndex(fields).paths...)
	for _, f := range fields {
		e, given := known[f.Path]
		switch {
		case given:
			if value := r.value(f, e); value != nil {
				f.put(value)
			}
		case ok && f.Required:
			r.fail(at, what+" needs "+f.Path, f.Accepts(), "")
		}
	}
	opens := slices.Contains(opening, a.Do)
	if e, given := known["page"]; given && a.Do != "" && !opens {
		r.fail(e.at, "a "+a.Do+" opens no page", "", "leave page out")
	}
	if opens && a.Page == 0 {
		a.Page = 1
	}
	return a
}

// checkScript refuses actions that would never be done, and pages that there
// are not.
func (a *assembly) checkScript() {
	whole, pages := a.variant.Workload.Duration, a.variant.Architecture.Client.Pages
	for _, x := range a.variant.Script {
		at := Position{x.Line, x.Col}
		if kind := a.variant.Architecture.Session.Kind; x.Do == forge && kind != jwt {
			a.fail(at, "a forged token, but sessions are in "+kind, "login, page, logout, replay", "it belongs to session.kind: jwt")
		}
		if x.At >= whole {
			a.fail(at, fmt.Sprintf("a %s at %s, but the workload is over after %s", x.Do, FormatDuration(x.At), FormatDuration(whole)),
				"less than workload.duration", "")
		}
		if x.Page > pages {
			a.fail(at, fmt.Sprintf("page %d, but client.pages is %d", x.Page, pages), fmt.Sprintf("1..%d", pages), "")
		}
	}
}
