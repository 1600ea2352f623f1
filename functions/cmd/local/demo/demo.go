// Package demo installs the brands that a local run shows, and tells the story of one message of each. Neem & Co sends through
// its own Gupshup app, Tulsi House through the platform's; Marigold Home sends through Meta, Jasmine Wear through Kaleyra and
// Anise Foods through BusinessOnBot. Each has one order or two in testdata, whose shoppers have not subscribed.
package demo

import (
	"context"
	"errors"
	"fmt"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// The brands' accounts.
const (
	NeemID     = "811"
	TulsiID    = "812"
	MarigoldID = "813"
	JasmineID  = "814"
	AniseID    = "815"
)

// The orders, by the names of their shoppers. Ira and Dev bought from Neem & Co: Dev's order is the story's, Ira's is left to
// the person who tries the product. Meera bought from Tulsi House, Arun from Marigold Home, Lila from Jasmine Wear, Omar from
// Anise Foods.
const (
	IraOrder   = "51230077"
	DevOrder   = "51230078"
	MeeraOrder = "51230079"
	ArunOrder  = "51230080"
	LilaOrder  = "51230081"
	OmarOrder  = "51230082"
)

// Seed installs the brands in the store and in the simulators, with their orders and customers. What the store has already,
// from an earlier run, is left as it is.
func Seed(ctx context.Context, w *world.World) error {
	if err := seed(ctx, w); err != nil {
		return fmt.Errorf("seed the demo: %w", err)
	}
	return nil
}

func seed(ctx context.Context, w *world.World) error {
	for _, app := range gupshupApps() {
		if err := seedGupshup(ctx, w, app); err != nil {
			return fmt.Errorf("app %s: %w", app.installed.ID, err)
		}
	}

	for _, seedApp := range []func(context.Context, *world.World) error{seedMarigold, seedJasmine, seedAnise, seedClove, seedBasil, seedFennel} {
		if err := seedApp(ctx, w); err != nil {
			return err
		}
	}

	if err := seedAccounts(ctx, w); err != nil {
		return err
	}

	for id, owner := range map[string]string{
		IraOrder:   NeemID,
		DevOrder:   NeemID,
		MeeraOrder: TulsiID,
		ArunOrder:  MarigoldID,
		LilaOrder:  JasmineID,
		OmarOrder:  AniseID,
	} {
		if err := seedOrder(ctx, w, id, owner); err != nil {
			return fmt.Errorf("order %s: %w", id, err)
		}
	}

	return nil
}

// seedOrder gives the order to the simulated platform, and makes its customer, who has not subscribed.
func seedOrder(ctx context.Context, w *world.World, id, owner string) error {
	json, err := testdata.Files.ReadFile("orders/" + id + ".json")
	if err != nil {
		return err
	}

	w.Simulator.Platform().PutOrder(id, json)

	o, err := order.ParseOrder(json)
	if err != nil {
		return err
	}

	to, err := phone.Parse(o.Customer.Phone, o.Customer.Region)
	if err != nil {
		return err
	}

	keys, err := w.Parts.Keys(ctx)
	if err != nil {
		return err
	}

	key := keys.Phone.Key(to)
	now := w.Clock.Now()
	entry, state, _ := consent.Record(consent.For(store.CustomerID(owner, key)), consent.Entry{
		Action:     consent.Seen,
		Source:     consent.OrderEvent,
		Purpose:    consent.OrderUpdates,
		SourceRef:  "order:" + id,
		Actor:      "platform",
		OccurredAt: now,
		RecordedAt: now,
	})
	err = w.Parts.Store.CreateCustomer(ctx, store.Customer{
		ID:        store.CustomerID(owner, key),
		AccountID: owner,
		PhoneKey:  key,
		Phone:     to.E164(),
		Email:     o.Customer.Email,
		Name:      o.Customer.Name,
		Consent:   state,
	}, entry...)
	if errors.Is(err, store.ErrExists) {
		return nil
	}

	return err
}
