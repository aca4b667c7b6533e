// Package bulk plays and judges plans of millions of users in virtual time, in
// one pass and without a history.
//
// It says of a plan what [sim] and the oracle say together, to the last count,
// and is some fifty times faster, because it does less: it takes only plans of
// which it knows how every request will go ([Fits] says which), keeps what it
// must know of a user in one row of a few cache lines, and one event a request.
//
// The order of events is exact. A request is one event, at the moment when the
// balancer picks its node: that is where users meet. Everything after it, up to
// the answer, follows from who is asked and when, since only planned faults
// change a node, and they are known beforehand ([lives]).
//
// Users who cannot meet, because the balancer goes by chance or by their source
// and nothing is cached, are played one by one, on all cores: what is counted of
// them adds up in any order. A caching proxy is one that keeps no pages.
//
// The balancer is the one of fakes/balancer, users' ways are those of the plan,
// and pages are judged by the oracle's ledger. The clients' and the nodes' rules
// are written out once more here, for the few cases that can come up; the tests
// hold them against the real ones, over many architectures.
package bulk
