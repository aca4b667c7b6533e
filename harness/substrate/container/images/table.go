package images

import (
	_ "embed"
	"fmt"
	"strings"
)

// Label marks the images that `make images` builds.
const Label = "io.logoutlab.image"

// Image is one row of the table: a part of the system under test, and the two
// images that can stand for it.
type Image struct {
	// Part is the part's name: haproxy, redis, ...
	Part string
	// Official is the pinned image of a registry, haproxy:3.0.10, or "" if
	// there is none.
	Official string
	// Local is the repository of the image that build.sh makes. Its tag is the
	// version that the distribution has: logoutlab/haproxy:2.6.12.
	Local string
}

//go:embed images.txt
var table string

// Table lists the images that `make images` brings.
func Table() []Image {
	var list []Image
	for line := range strings.Lines(table) {
		if fields := strings.Fields(line); len(fields) > 3 && fields[0] != "#" {
			list = append(list, Image{Part: fields[0], Official: strings.Trim(fields[1], "-"), Local: fields[2]})
		}
	}
	return list
}

// Of returns the images of a part.
func Of(part string) (Image, error) {
	var known []string
	for _, image := range Table() {
		if image.Part == part {
			return image, nil
		}
		known = append(known, image.Part)
	}
	return Image{}, fmt.Errorf("no image is known for %q: known are %s", part, strings.Join(known, ", "))
}
