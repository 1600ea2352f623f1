package dispatch

import (
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

func TestNameOf(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		kind order.Kind
		want string
	}{
		{"a_name", order.Kind{Resource: "channel_inventory", SubType: "updated"}, "channel_inventory/updated"},
		{"a_phone_number", order.Kind{Resource: "shipment", SubType: "919000079999"}, "unreadable"},
		{"a_key", order.Kind{Resource: "sk-live", SubType: "updated"}, "unreadable"},
		{"too_long", order.Kind{Resource: "shipment", SubType: strings.Repeat("a", 41)}, "unreadable"},
		{"nothing", order.Kind{}, "unreadable"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := nameOf(tc.kind); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
