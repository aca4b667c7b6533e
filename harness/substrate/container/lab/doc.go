// Package lab runs containers on a private network of their own: labelled,
// with fixed addresses, published on 127.0.0.1 only, and gone again on every
// way out. A watcher, which is this program once more, removes them when the
// program itself was killed.
package lab
