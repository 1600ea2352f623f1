package intake_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/converse"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// TestCartsArePublished has every provider's carts, in each of their forms, be told on customer-messages with what is in them.
func TestCartsArePublished(t *testing.T) {
	t.Parallel()

	sk101 := func(quantity int, micros int64) []converse.CustomerGoods {
		return []converse.CustomerGoods{{RetailerID: "SK101", Quantity: quantity, PriceMicros: micros, Currency: "INR"}}
	}

	for fixture, want := range map[string][]converse.CustomerGoods{
		"meta/webhook/cart_order":                  sk101(2, 249_500_000),
		"meta/webhook/older_cart_order":            sk101(1, 249_000_000),
		"kaleyra/webhook/order_of_meta":            sk101(1, 150_000_000),
		"kaleyra/webhook/order_of_requirement_004": sk101(1, 150_000_000),
		"kaleyra/webhook/order_within_message":     sk101(1, 150_000_000),
		"gupshup/webhook/message_of_unknown_type":  nil, // no form of its carts is documented: the platform hears that there is one
	} {
		t.Run(fixture, func(t *testing.T) {
			t.Parallel()

			r := rig.New(t, rig.Options{})

			data, err := os.ReadFile(filepath.Join("../../testdata", fixture+".want.json"))
			r.Must(err)
			var events []provider.Event
			r.Must(json.Unmarshal(data, &events))

			for _, e := range events {
				_, err := newIntake(r, r.Hooks).Receive(t.Context(), callback(r, e))
				r.Must(err)
			}

			all := r.Published(world.CustomerMessages)
			if len(all) != 1 {
				t.Fatalf("got %d messages, want one", len(all))
			}

			var got converse.CustomerMessage
			r.Must(json.Unmarshal(all[0].GetData(), &got))

			if diff := cmp.Diff(want, got.Items); got.Kind != "order" || diff != "" {
				t.Errorf("got %q, items (-want +got):\n%s", got.Kind, diff)
			}
		})
	}
}
