package lab

import (
	"context"
	"net/netip"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
)

// Move gives the container another address, which must be free: the one of a
// container that has ended is. Connections end.
func (b *Box) Move(ctx context.Context, to netip.Addr) error {
	_, err := b.lab.docker.NetworkDisconnect(ctx, b.lab.net.ID, client.NetworkDisconnectOptions{Container: b.ID(), Force: true})
	if err != nil {
		return b.said("disconnect", err)
	}
	_, err = b.lab.docker.NetworkConnect(ctx, b.lab.net.ID, client.NetworkConnectOptions{
		Container:      b.ID(),
		EndpointConfig: &network.EndpointSettings{IPAMConfig: &network.EndpointIPAMConfig{IPv4Address: to}},
	})
	if err == nil {
		b.lab.mu.Lock()
		b.Addr = to
		b.lab.mu.Unlock()
	}
	return b.said("move", err)
}
