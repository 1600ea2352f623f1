package meta_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// said has the shopper write, and returns the event that comes of it.
func (w *world) said(t *testing.T, r handset.Reply) provider.Event {
	t.Helper()
	r.App = simNumber
	if _, err := w.phones.Reply(simShopper, r); err != nil {
		t.Fatalf("%+v: %v", r, err)
	}
	events := w.settle(t, time.Second)
	if len(events) != 1 {
		t.Fatalf("%+v: got %d events, want one", r, len(events))
	}
	return events[0]
}

// TestWhatShoppersWrite holds the simulated phone's messages against what this package reads of them.
func TestWhatShoppersWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t, missed())
	if err := w.Subscribe(simNumber, w.hook); err != nil {
		t.Fatal(err)
	}
	part := func(r *provider.ReplyEvent, key string) string {
		var parts map[string]json.RawMessage
		_ = json.Unmarshal(r.Content, &parts)
		return string(parts[key])
	}
	for name, tc := range map[string]struct {
		r    handset.Reply
		good func(e provider.Event) bool
	}{
		"caption": {handset.Reply{Kind: "image", Text: "this gate"}, func(e provider.Event) bool {
			return e.Reply.Type == "image" && e.Reply.Text == "this gate" && e.Reply.From == simShopper
		}},
		"location": {handset.Reply{Kind: "location", Latitude: new(18.5), Longitude: new(73.25), Place: "Gate 2"}, func(e provider.Event) bool {
			return part(e.Reply, "latitude") == "18.5" && part(e.Reply, "longitude") == "73.25" && part(e.Reply, "name") == `"Gate 2"`
		}},
		"somewhere": {handset.Reply{Kind: "location"}, func(e provider.Event) bool {
			return part(e.Reply, "latitude") == "18.5204" && part(e.Reply, "name") == ""
		}},
		"order": {handset.Reply{Kind: "order", Text: "wrapped", CatalogID: "77", Items: []handset.OrderItem{{RetailerID: "SOAP-3", Quantity: 2, Price: 249.5, Currency: "INR"}}}, func(e provider.Event) bool {
			return e.Reply.Type == "order" && e.Reply.Text == "wrapped" && part(e.Reply, "catalog_id") == `"77"` &&
				part(e.Reply, "product_items") == `[{"currency":"INR","item_price":249.5,"product_retailer_id":"SOAP-3","quantity":2}]`
		}},
		"product": {handset.Reply{Text: "in stock?", Product: "SOAP-3", CatalogID: "77"}, func(e provider.Event) bool {
			return e.Reply.Text == "in stock?" && part(e.Reply, "referred_product") == `{"catalog_id":"77","product_retailer_id":"SOAP-3"}`
		}},
		"hidden": {handset.Reply{Text: "who am I", HideNumber: true}, func(e provider.Event) bool {
			return e.Reply.From == "" && e.Reply.UserID != "" && e.Reply.Text == "who am I"
		}},
		"standby": {handset.Reply{Text: "STOP", Standby: true}, func(e provider.Event) bool { return e.Standby && e.Reply.Text == "STOP" }},
		"plain":   {handset.Reply{Text: "hello"}, func(e provider.Event) bool { return !e.Standby && e.Reply.UserID != "" && e.Reply.From == simShopper }},
	} {
		if e := w.said(t, tc.r); e.Reply == nil || !tc.good(e) {
			t.Errorf("%s: got %+v of %s", name, e.Reply, e.Kind)
		}
	}
}

// TestShopperChangesAMessage edits an answer to a message of ours and takes it back: the new text answers the same message.
func TestShopperChangesAMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, missed())
	if err := w.Subscribe(simNumber, w.hook); err != nil {
		t.Fatal(err)
	}
	approved, err := w.p.Template(t.Context(), w.client, w.app, "930041187712006")
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := w.send(t, provider.TemplateMessage{To: shopper(t), Template: approved, Values: []string{"88412", "Asha", "ORD", "8"}, Ref: "ref.1"})
	if err != nil {
		t.Fatal(err)
	}
	w.settle(t, 10*time.Second)
	first := w.said(t, handset.Reply{Text: "tomorow", To: receipt.ID})
	edit := w.said(t, handset.Reply{Kind: "edit", To: first.Reply.ID, Text: "tomorrow"})
	if r := edit.Reply; r == nil || r.Text != "tomorrow" || r.ID == first.Reply.ID || !slices.Contains(r.ContextIDs, receipt.ID) {
		t.Errorf("edit: got %+v, want the new text in answer to %s", r, receipt.ID)
	}
	if e := w.said(t, handset.Reply{Kind: "revoke", To: first.Reply.ID}); e.Reply != nil {
		t.Errorf("revoke: got %+v, want nothing said", e.Reply)
	}
}
