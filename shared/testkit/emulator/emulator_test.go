package emulator_test

import (
	"net"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/testkit/emulator"
)

func TestEmulatorsAnswer(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]func(testing.TB) string{"firestore": emulator.Firestore, "pubsub": emulator.PubSub} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host := address(t)
			if again := address(t); again != host {
				t.Errorf("second address = %q, want the same as the first, %q", again, host)
			}
			c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", host)
			if err != nil {
				t.Fatalf("dial: %v", err)
			}
			_ = c.Close()
		})
	}
}
