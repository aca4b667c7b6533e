// Package proxy is a load balancer on real connections: it drives the
// decisions of package balancer over HTTP/1.1 and HTTP/2 without TLS (h2c)
// at layer 7, or over TCP at layer 4. Reverse proxying is the standard
// library's; this package picks the node of every attempt, decides with the
// core what is repeated, and reports what failed.
//
// # Answers of the balancer itself
//
// 502 when the last attempt's connection was refused or died, 503 when no
// node is available, 504 when the node did not answer in time, as AWS ALB
// (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html).
// They carry no cookie. A connection that dies in the middle of an answer
// cuts the client's too.
//
// # What is sent once is sent once
//
// Go's http.Transport repeats an idempotent request by itself when a reused
// connection dies. [NoReplay] prevents that, for any client, unless nothing
// had been written yet.
//
// # Idle connections
//
// Whoever sits behind the balancer should keep idle connections for longer
// than Options.KeepAlive, and whoever sits in front for shorter; otherwise a
// request may meet a connection that is just being closed, and fail, as with
// any real balancer.
//
// With a KeepAlive of 0 a connection carries one request. Towards nodes the
// balancer opens one for each attempt. Clients are told with the answer: by
// "Connection: close" (RFC 9112 section 9.6), over HTTP/2 by GOAWAY (RFC 9113
// section 6.8), which lets the other requests on the connection finish, as
// nginx's "keepalive_timeout 0" does. At layer 4 the balancer does not see
// where an answer ends: client and node have to close, and a connection that
// both keep open has no idle limit there. Otherwise a relayed connection is
// idle while its client waits for no answer.
package proxy
