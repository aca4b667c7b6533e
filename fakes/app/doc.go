// Package app is the application behind the balancer: login, pages, refresh,
// logout and health over net/http, decided by package auth, and the process
// that serves it on one address and can be killed.
package app
