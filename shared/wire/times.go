package wire

import (
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/dispatch"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
)

// CheckTimes checks the order of times that sending once rests on: a call to a provider ends before the request that it is
// part of, a request before the lease, and the lease before Pub/Sub delivers the message again.
func CheckTimes(client httpx.ClientConfig, protocol dispatch.Config, push boot.PushConfig) error {
	var check config.Check
	check.Less("PROVIDER_TIMEOUT", protocol.ProviderTimeout, "REQUEST_TIMEOUT", client.RequestTimeout)
	check.Less("REQUEST_TIMEOUT", client.RequestTimeout, "LEASE", protocol.Lease)
	check.Less("LEASE", protocol.Lease, "ACK_DEADLINE", push.AckDeadline)
	return check.Err()
}
