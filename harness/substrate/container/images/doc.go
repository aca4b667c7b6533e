// Package images knows the images that containers are made from: those of the
// products (images.txt names them, `make images` brings them), and the one of
// our own nodes, which it builds.
package images
