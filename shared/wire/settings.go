package wire

import (
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// Settings returns how a function caches settings.
func Settings(f boot.Function, cfg settings.Config) settings.Options {
	return settings.Options{Clock: f.Clock, TTL: cfg.TTL}
}
