package demo

import (
	"context"
	"io"
	"slices"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// TestDemoHasTheRequirementsEvents holds that each event that a brand asks for (shared/platform/CONTRACT.md section 1.3) is on for every brand whose provider has words
// for it, and that the simulated provider has its template.
func TestDemoHasTheRequirementsEvents(t *testing.T) {
	t.Parallel()
	w := startWorld(t)
	wanted := []string{
		"shipment/created", "shipment/packed", "shipment/intransit", "shipment/failed_delivery", "shipment/delivered",
		"returnShipment/created", "returnShipment/complete",
	}
	for _, b := range brands() {
		a, err := w.Parts.Store.Account(t.Context(), b.id)
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
			if f, forwards := p.(provider.OrderForwarder); forwards && !f.ByTemplate(connected) {
				if k, _ := order.ParseKind(kind); e.Enabled != f.Forwards(k) {
					t.Errorf("%s: %s: got on %t, want what the provider has words for", a.Slug, kind, e.Enabled)
				}
				continue
			}
			if !e.Enabled {
				t.Errorf("%s: %s is off", a.Slug, kind)
			}
			catalogue, has := p.(provider.TemplateCatalogue)
			if !has {
				t.Fatalf("%s: the provider has no templates", a.Slug)
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
	c := chapter{"order status", LilaOrder, "dispatched", message.StatusDelivered}
	if err := tellChapter(context.WithoutCancel(t.Context()), w, io.Discard, c); err != nil {
		t.Fatal(err)
	}
	entries, err := lab.SendLog(t.Context(), w.Parts.Store, LilaOrder)
	if err != nil || len(entries) != 1 || !slices.Contains([]message.Status{message.StatusDelivered, message.StatusRead}, entries[0].Status) {
		t.Errorf("got %+v, %v; want the message delivered", entries, err)
	}
}

// TestBrandsAreMadeOverTheAPIOnce holds that each brand's account comes of three changes over the workspace API, that Tulsi House's has a
// consent to the price of each event, and that a later start on the same state changes nothing.
func TestBrandsAreMadeOverTheAPIOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for n := range 2 {
		w, err := start(t.Context(), dir)
		if err != nil {
			t.Fatalf("start %d: %v", n+1, err)
		}
		for _, b := range brands() {
			a, failed := w.Parts.Store.Account(t.Context(), b.id)
			if failed != nil || a.Version != 3 || a.Sender != b.app.ID {
				t.Errorf("start %d: %s: got version %d and sender %s, %v; want 3 and %s", n+1, b.slug, a.Version, a.Sender, failed, b.app.ID)
			}
			for _, m := range messages() {
				if c := a.Choices[ShareApp][m.event]; b.id == TulsiID && (c.Charges == nil || c.Charges.Price == "") {
					t.Errorf("start %d: %s: got %+v, want a consent to its price", n+1, m.event, c)
				}
			}
		}
		if err = w.Close(t.Context()); err != nil {
			t.Fatalf("close: %v", err)
		}
	}
}
