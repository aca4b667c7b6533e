package reports

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/logoutlab/logoutlab/harness/history"
)

// clockWorth is the smallest difference between a node's clock and the
// harness's that is worth words: less is the time that deciding took.
const clockWorth = 20 * time.Millisecond

// requestLabel is a request as a log would show it.
func requestLabel(e *history.Event) string {
	method := "GET"
	switch e.Op {
	case history.OpLogin, history.OpRefresh, history.OpLogout:
		method = "POST"
	}
	return method + " " + e.Origin + cmp.Or(e.Path, "/"+e.Op)
}

// answerWords is an answer in a few words, and whether it is bad news.
func answerWords(e *history.Event) (words string, bad bool) {
	if e.Err != "" {
		return errorWords(e.Err), true
	}
	words = fmt.Sprint(e.Status)
	switch {
	case e.Status >= 300 && e.Status < 400:
		words += " to " + cmp.Or(e.Location, "elsewhere")
		bad = strings.Contains(e.Location, "login") && e.Op != history.OpLogin && e.Op != history.OpLogout
	case e.Body == history.BodyLogin && e.Op == history.OpPage:
		words, bad = words+" login page", true
	case e.Body != "" && e.Body != history.BodyError:
		words += " " + e.Body
	}
	return words, bad || e.Status >= 400 || foreign(e)
}

// foreign tells whether an answer shows somebody else's data.
func foreign(e *history.Event) bool { return e.Identity != 0 && e.Identity != e.User }

// answerEvidence is what an answer says beyond its status.
func answerEvidence(e *history.Event) string {
	var parts []string
	if e.Hit || e.Age > 0 {
		parts = append(parts, fmt.Sprintf("Served from the cache, %s old", plural(e.Age, "second", "seconds")))
	}
	if foreign(e) {
		parts = append(parts, fmt.Sprintf("The answer shows user %d's data", e.Identity))
	}
	if len(e.Clear) > 0 {
		parts = append(parts, "Expires the cookies "+strings.Join(e.Clear, ", "))
	}
	for _, c := range e.Cookies {
		parts = append(parts, cookieWords(c))
	}
	return sentences(parts)
}

// cookieWords says what the browser did with a cookie in a request.
func cookieWords(c history.Cookie) string {
	switch c.Why {
	case history.CookieShadowed:
		return "The browser sent two cookies named " + c.Name
	case history.CookieDomain:
		return "The browser did not send the cookie " + c.Name + ", which is for another host"
	case history.CookiePath:
		return "The browser did not send the cookie " + c.Name + ", which is for other paths"
	case history.CookieSecure:
		return "The browser did not send the cookie " + c.Name + ", which is Secure"
	case history.CookieSameSite:
		return "The browser did not send the cookie " + c.Name + ", as another site led here"
	}
	return "The browser did not send the cookie " + c.Name + ": " + c.Why
}

func errorWords(err string) string {
	switch err {
	case history.ErrRefused:
		return "connection refused"
	case history.ErrReset:
		return "connection cut"
	case history.ErrTimeout:
		return "timed out"
	default:
		return "failed: " + cmp.Or(err, "no answer")
	}
}

func gaveUpWords(why string) string {
	switch why {
	case "":
		return ""
	case history.GaveUpRejected:
		return "The request was refused and the client has no way to renew."
	case history.GaveUpRefreshRejected:
		return "The client tried to renew, and the renewal was refused."
	case history.GaveUpRefreshNetwork:
		return "The client tried to renew, and the renewal failed on the network."
	case history.GaveUpNetwork:
		return "The client gave up after a failure on the network."
	case history.GaveUpStorage:
		return "The app was started again, and found no token in its storage."
	case history.GaveUpNoCredential:
		return "The client found no credential to present."
	default:
		return "The client gave up: " + why + "."
	}
}

func decisionLabel(e *history.Event) string {
	switch {
	case !e.Accept:
		return e.Reason
	case e.Op == history.OpLogin:
		return "logged in"
	case e.Op == history.OpRefresh:
		return "renewed"
	case e.Op == history.OpLogout:
		return "logged out"
	case e.Reason == history.ReasonOK || e.Reason == "":
		return "accepted"
	default:
		return e.Reason
	}
}

// decisionWords is a node's grounds for a decision, in plain words. An
// ordinary accepted page needs none.
func decisionWords(e *history.Event, k scale) string {
	var parts []string
	say := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if what := issuedWords(e); what != "" {
		say("Issued %s%s", what, keyWords(" signed with key ", e.KeyFP))
	}
	if !e.Accept {
		parts = append(parts, refusal(e, k)...)
	}
	if off := e.Clock - e.At; e.Clock != 0 && (off > clockWorth || off < -clockWorth) {
		say("This node's clock is %s", offset(off, k))
	}
	return sentences(parts)
}

// issuedWords is what a decision issued; "" for nothing.
func issuedWords(e *history.Event) string {
	switch {
	case e.NewTok != "" && e.Issued != "":
		return "token " + e.NewTok + " of family " + e.Issued
	case e.NewTok != "":
		return "token " + e.NewTok
	case e.Issued != "":
		return "session " + e.Issued
	}
	return ""
}

func keyWords(lead, fp string) string {
	if fp == "" {
		return ""
	}
	return lead + fp
}

// refusal says what was presented and what the node made of it.
func refusal(e *history.Event, k scale) []string {
	var parts []string
	say := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	what := presented(e)
	switch e.Reason {
	case history.ReasonBadSignature:
		say("The signature of %s does not match this node's key%s", what, keyWords(" ", e.KeyFP))
		if e.Kid != "" {
			say("The token names key id %s", e.Kid)
		}
	case history.ReasonUnknownKey:
		say("%s names key id %s, which this node does not have", upper(what), cmp.Or(e.Kid, "(none)"))
	case history.ReasonExpired:
		say("%s ran out %s ago by this node's clock; leeway %s", upper(what), k.beside(-e.ExpIn), k.beside(e.Leeway))
	case history.ReasonNotYet:
		say("%s was issued %s in the future of this node's clock; leeway %s", upper(what), k.beside(e.IatIn), k.beside(e.Leeway))
	case history.ReasonUnknownSess:
		say("%s is not known here", upper(what))
		if e.Boot > 1 {
			say("The node has started %d times", e.Boot)
		}
	case history.ReasonReused:
		say("%s had been used before, so its family is revoked", upper(what))
	default:
		say("%s", upper(moreRefusals(e.Reason, what)))
	}
	if e.ExpIn > 0 {
		say("It had %s left", k.beside(e.ExpIn))
	}
	return parts
}

func moreRefusals(reason, what string) string {
	switch reason {
	case history.ReasonNoCredential:
		return "nothing was presented"
	case history.ReasonMalformed:
		return "what was presented could not be read: it is no session id or token of this use"
	case history.ReasonSessionIdle:
		return what + " is past its life"
	case history.ReasonRevoked:
		return what + " is revoked"
	case history.ReasonUserRevoked:
		return "all that the user has is revoked, whenever it was issued"
	case history.ReasonIssuedBefore:
		return what + " was issued before all that the user had was revoked"
	case history.ReasonStoreDown:
		return "the session store did not answer"
	case history.ReasonMisconfigured:
		return "the node refuses everybody"
	case history.ReasonOverload:
		return "the node has no capacity left"
	default:
		return what + " was refused: " + reason
	}
}

func presented(e *history.Event) string {
	switch {
	case e.Token != "" && e.Op == history.OpRefresh:
		return "refresh token " + e.Token
	case e.Token != "":
		return "token " + e.Token
	case e.Session != "":
		return "session " + e.Session
	default:
		return "the credential"
	}
}

// offset is how far a clock is off.
func offset(d time.Duration, k scale) string {
	if d < 0 {
		return k.beside(-d) + " behind"
	}
	return k.beside(d) + " ahead"
}

func sentences(parts []string) string {
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, ". ") + "."
}
