package sweep

import (
	"errors"

	"github.com/eshopbox/whatsapp-notifications/shared/archive"
	"github.com/eshopbox/whatsapp-notifications/shared/auth"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/sweep"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

// Config is what this function reads.
type Config struct {
	Project   config.Project
	Push      boot.PushConfig
	Pushers   auth.PushConfig
	Secrets   secret.Config
	Client    httpx.ClientConfig
	Providers catalog.Config
	Events    wire.OrderEvents
	Callbacks wire.ProviderEvents
	Reference wire.ReferenceKey
	Proof     wire.ProofKey
	Archive   archive.Config
	Outcomes  wire.OutcomeTopics
	News      wire.AccountNews
	Settings  settings.Config
	Calls     provider.CallConfig
	Sweep     sweep.Config
}

// Validate checks the order of the times.
func (c Config) Validate() error {
	var check config.Check
	check.Less("SWEEP_FOR", c.Sweep.For, "ACK_DEADLINE", c.Push.AckDeadline)

	return errors.Join(wire.CheckLease(c.Calls, c.Client, c.Sweep.Limits, c.Push), check.Err())
}
