package pubsub_test

import (
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/testkit/emulator"
)

// TestConformance_emulator runs the same suite against Google's emulator: a difference is the local server's fault.
func TestConformance_emulator(t *testing.T) {
	t.Parallel()
	conform(t, emulator.PubSub(t))
}
