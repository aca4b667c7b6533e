package container

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/container/daemon"
	"github.com/logoutlab/logoutlab/harness/substrate/container/images"
)

var _ substrate.Prepared = (*Substrate)(nil)

// Prepare finds the Docker daemon and gets the images of all parts: it pulls
// official ones, and makes the one of our own nodes.
func (s *Substrate) Prepare(ctx context.Context, all []scenario.Variant) error {
	docker, err := daemon.Connect(ctx)
	if err != nil {
		return err
	}
	defer docker.Close()
	var errs []error
	for _, name := range s.images(all) {
		_, err := images.Find(ctx, docker, name)
		errs = append(errs, err)
	}
	_, err = images.Node(ctx, docker)
	return errors.Join(append(errs, err)...)
}

// images names what the variants need of the images' table, each once: for
// their parts, and for what faults do to them.
func (s *Substrate) images(all []scenario.Variant) []string {
	needed := map[string]bool{}
	for _, v := range all {
		for _, p := range s.parts(v) {
			needed[p.Product] = true
		}
		if cuts(v.Faults) {
			needed[filterImage] = true
		}
		if skews(v.Faults) {
			needed[skewImage] = true
		}
	}
	return slices.Sorted(maps.Keys(needed))
}
