// Package client is the user's side of a login: a browser with a cookie jar,
// or a single-page application (SPA) with bearer tokens, and its policies of
// renewal, retry and giving up.
//
// It is a state machine without I/O and without a clock. The caller passes
// what the user does to [Client.Begin] and each answer to [Client.OnResponse],
// with the time since the run's start, and gets back requests to send and the
// actions that are over. Every request must be answered exactly once, with a
// response or with the failure in its place; answers may come in any order,
// and several actions may be under way at once, as in several tabs. A Client
// is single-threaded: the caller locks.
//
// # What a client does
//
// A page is Config.Requests parallel requests, called parts. The action is
// over when all of them are settled. The login page wins over an error, which
// wins over a page.
//
//   - An answer is a rejection when it is 401 or 403, a redirect to the login
//     page (a browser follows it first), or the login form under any status.
//   - Before a part is sent, the token is renewed if the own clock says that it
//     is about to end and the policy asks for that. The clock starts
//     when the request left whose answer has ExpiresIn, which browsers seldom
//     see: the answer's way here is part of the token's life.
//   - A rejected part renews the access token once, if the policy allows, and
//     is repeated. [Naive]: every part renews by itself, an SPA with the
//     refresh token that it read when its request was sent, a browser with the
//     cookies it holds by then. [SingleFlight]: one renewal, for which all
//     others wait.
//   - A second rejection, a transport failure, and 502 to 504 are repeated with
//     a doubling wait, if the policy allows.
//   - A part that is rejected for good, and a renewal that is refused or fails
//     for good, end the login: an SPA drops its tokens; a browser keeps its
//     cookies, as real ones do, but knows that it has to log in again.
//   - A logout ends the login as soon as it is sent. Whatever answer comes, the
//     user is shown that it went through. It is a POST, but a client may repeat
//     one whose semantics it knows to be idempotent (RFC 9110 section 9.2.2),
//     as those of a revocation are (RFC 7009 section 2.2): the policy that
//     repeats pages repeats it, with the credentials that it first presented.
//   - A phone keeps its tokens in its storage. Its process may be ended and
//     started again between two actions ([Client.Restart]); one that finds no
//     token then shows the login page, though no server was asked.
//   - A replay presents a copy of the credentials that the latest logout gave
//     up. It neither renews nor changes anything here.
//
// An answer that belongs to an earlier login never ends a later one.
//
// # What a browser's jar does
//
// It follows RFC 6265bis with the public-suffix list: Domain, Path, Secure,
// SameSite with Lax by default, the prefixes __Secure- and __Host-. Where the
// text leaves the browser a choice, it chooses as Chromium does: the machine
// itself counts as secure, and a cookie without SameSite goes with another site's
// POST for two minutes. A redirect does not change which site began a navigation
// (httpwg/http-extensions#2750), and sites are told apart by scheme too. Each request names the cookies that
// are held and not presented, each outcome those that were not kept, with the
// rule that decided: see [Fate]. The package's browser tests hold all of it
// against Chromium.
package client
