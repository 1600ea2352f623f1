package timemachine

import (
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/ops/scratch"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestRewind has a scratch find a customer without the marks of messages that came later, and no rate card that was put later.
func TestRewind(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Unsubscribed: true})
	ctx := t.Context()

	r.Must(r.Parts.Store.CreateCustomer(ctx, store.Customer{ID: "811:key", AccountID: "811", Phone: "+919000000009", InFlight: "later", Passed: []string{"later too"}}))

	before := card(1)
	r.Must(r.Parts.Store.CreateRateCard(ctx, store.RateCard{Card: before, PutAt: rig.Start.Add(-time.Hour)}))

	after := card(2)
	after.Version = "after"
	r.Must(r.Parts.Store.CreateRateCard(ctx, store.RateCard{Card: after, PutAt: rig.Start.Add(time.Hour)}))

	m := &machine{from: rig.Start, until: rig.Start.Add(time.Minute)}

	s, err := scratch.Open(ctx, scratch.Options{
		Project: world.Project, Environment: config.Map(nil), Real: r.Cloud.ClientOptions(), Secrets: r.Parts.Secrets, Clock: r.Clock, Seed: m.rewind,
	})
	r.Must(err)
	t.Cleanup(func() { _ = s.Close() })

	c, err := s.Store.Customer(ctx, "811:key")
	if err != nil || c.InFlight != "" || len(c.Passed) > 0 || c.Phone == "" {
		t.Errorf("got %+v, %v, want the customer without marks", c, err)
	}

	cards, err := s.Store.RateCards(ctx)
	if err != nil || len(cards) != 1 || cards[0].Version != before.Version {
		t.Errorf("got %+v, %v, want the card of before", cards, err)
	}
}
