package container

import (
	"context"
	"strings"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/scenario"
	"github.com/logoutlab/logoutlab/harness/substrate"
	"github.com/logoutlab/logoutlab/harness/substrate/container/daemon"
	"github.com/logoutlab/logoutlab/harness/substrate/container/images"
	"github.com/logoutlab/logoutlab/harness/substrate/container/proxies"
)

var _ substrate.Stated = (*Substrate)(nil)

// Parts names the products that a variant runs with, their images, and where
// they differ from our own parts. Without a daemon, or with one that does not
// say, the images remain open: starting the system will tell why.
func (s *Substrate) Parts(ctx context.Context, v scenario.Variant) []history.Part {
	all := s.parts(v)
	nameImages(ctx, all)
	return all
}

func (s *Substrate) parts(v scenario.Variant) []history.Part {
	var all []history.Part
	tell := func(role string, find func() (proxies.Product, error)) {
		if p, err := find(); err == nil {
			all = append(all, part(role, p, v.Architecture))
		}
	}
	tell("balancer", s.balancer)
	if v.Architecture.Cache.Enabled {
		tell("cache", s.cache)
	}
	if store := v.Architecture.Session.Store(); store != "" {
		all = append(all, history.Part{Role: "store", Product: store})
	}
	return all
}

func part(role string, p proxies.Product, a scenario.Architecture) history.Part {
	if role == "balancer" && a.Balancer.Config.File != "" {
		return ownPart(p, a)
	}
	out := history.Part{Role: role, Product: p.About().Name}
	differences, _ := p.Check(a) // what is refused does not run
	for _, d := range differences {
		out.Differences = append(out.Differences, history.Difference(d))
	}
	return out
}

// nameImages says which image each part's container is made from.
func nameImages(ctx context.Context, all []history.Part) {
	docker, err := daemon.Connect(ctx)
	if err != nil {
		return
	}
	defer docker.Close()
	for i := range all {
		wanted, err := images.Of(all[i].Product)
		if err != nil {
			continue
		}
		ref, err := images.Present(ctx, docker, wanted)
		if err != nil {
			continue
		}
		if ref == "" {
			ref = wanted.Official // which will be pulled
		}
		_, version, _ := strings.Cut(ref, ":")
		all[i].Image, all[i].Version = ref, version
	}
}
