package world

import "github.com/eshopbox/whatsapp-notifications/functions/cmd/local/meter"

// Meter is what /local/cost counts with.
func (w *World) Meter() *meter.Meter { return w.meter }
