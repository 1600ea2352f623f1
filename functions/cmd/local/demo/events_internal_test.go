package demo

import (
	"context"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// TestDemoHasTheRequirementsEvents holds that each event that a brand asks for (shared/platform/CONTRACT.md section 1.3) is on for every brand, and that the
// simulated provider has its template.
func TestDemoHasTheRequirementsEvents(t *testing.T) {
	t.Parallel()
	w := startWorld(t)
	wanted := []string{
		"shipment/created", "shipment/packed", "shipment/intransit", "shipment/failed_delivery", "shipment/delivered",
		"returnShipment/created", "returnShipment/complete",
	}
	for _, id := range []string{NeemID, TulsiID, MarigoldID, JasmineID, AniseID} {
		a, err := w.Parts.Store.Account(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		app, _ := a.App(a.Sender)
		p, _ := w.Parts.Providers.Get(app.Provider)
		connected := settings.AppOf(app)
		if connected.Secret, err = w.Parts.Secrets.Access(t.Context(), app.Secret); err != nil {
			t.Fatal(err)
		}
		for _, kind := range wanted {
			e := a.Events[kind]
			if !e.Enabled {
				t.Errorf("%s: %s is off", a.Slug, kind)
			}
			catalogue, has := p.(provider.TemplateCatalogue)
			if !has {
				continue
			}
			if _, err := catalogue.Template(t.Context(), w.Parts.Client, connected, e.TemplateID); err != nil {
				t.Errorf("%s: %s: template %s: %v", a.Slug, kind, e.TemplateID, err)
			}
		}
	}
}

// TestDemoTellsAnOrderStatus has Kaleyra's order_status go out and be delivered.
func TestDemoTellsAnOrderStatus(t *testing.T) {
	t.Parallel()
	w := startWorld(t)
	c := chapter{"order status", JasmineID, LilaOrder, "dispatched", message.StatusDelivered}
	at := w.Clock.Now().In(config.IST).Format(time.DateTime)
	if err := tellChapter(context.WithoutCancel(t.Context()), w, io.Discard, c, at); err != nil {
		t.Fatal(err)
	}
	entries, err := lab.SendLog(t.Context(), w.Parts.Store, LilaOrder)
	if err != nil || len(entries) != 1 || !slices.Contains([]message.Status{message.StatusDelivered, message.StatusRead}, entries[0].Status) {
		t.Errorf("got %+v, %v; want the message delivered", entries, err)
	}
}

// TestTulsiIsMadeOverTheAPIOnce holds that Tulsi House's account comes of three changes over the workspace API, with a consent to the price
// of each event, and that a later start on the same state changes nothing of it.
func TestTulsiIsMadeOverTheAPIOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for n := range 2 {
		w, err := start(t.Context(), dir)
		if err != nil {
			t.Fatalf("start %d: %v", n+1, err)
		}
		a, err := w.Parts.Store.Account(t.Context(), TulsiID)
		if err != nil || a.Version != 3 {
			t.Errorf("start %d: got version %d, %v; want 3", n+1, a.Version, err)
		}
		for _, m := range messages() {
			if c := a.Choices[ShareApp][m.event]; c.Charges == nil || c.Charges.Price == "" {
				t.Errorf("start %d: %s: got %+v, want a consent to its price", n+1, m.event, c)
			}
		}
		if err = w.Close(t.Context()); err != nil {
			t.Fatalf("close: %v", err)
		}
	}
}
