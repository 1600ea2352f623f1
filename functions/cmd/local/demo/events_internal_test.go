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
	for _, a := range accounts() {
		app, _ := a.App(a.Sender)
		p, _ := w.Parts.Providers.Get(app.Provider)
		connected := settings.AppOf(app)
		var err error
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
