package wire

import (
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// CheckLease checks the order of times that sending once rests on: a call to a provider ends before the request that it is
// part of, a request before the lease, and the lease before Pub/Sub delivers the message again.
func CheckLease(calls provider.CallConfig, client httpx.ClientConfig, limits outcome.Limits, push boot.PushConfig) error {
	var check config.Check
	check.Less("PROVIDER_TIMEOUT", calls.Timeout, "REQUEST_TIMEOUT", client.RequestTimeout)
	check.Less("REQUEST_TIMEOUT", client.RequestTimeout, "LEASE", limits.Lease)
	check.Less("LEASE", limits.Lease, "ACK_DEADLINE", push.AckDeadline)

	return check.Err()
}
