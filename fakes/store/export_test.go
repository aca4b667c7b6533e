package store

// Seconds is how memcached takes a life.
var Seconds = seconds
