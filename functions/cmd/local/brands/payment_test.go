package brands_test

import (
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	simkaleyra "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/kaleyra"
	simmeta "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// special are the templates of this test, by the number in their id.
const (
	billTemplate = 21 + iota
	newsTemplate
	codeTemplate
	placeTemplate
	invoiceTemplate
)

// send has the brand send the template for the event.
func (r *rig) send(b brand, event string, number int, f template.Filling) {
	r.Helper()
	a, err := r.Parts.Store.Account(r.Context(), b.account)
	r.Must(err)
	a.Events[event] = account.Event{Enabled: true, TemplateID: metaTemplate(number), Filling: f}
	if b == neem {
		a.Events[event] = account.Event{Enabled: true, TemplateID: gupshupTemplate(5), Filling: f}
	}
	r.Must(r.Parts.Store.PutAccount(r.Context(), a))
}

// putSpecial approves the templates at Meta, and the one that Kaleyra has at Kaleyra.
func (r *rig) putSpecial() {
	r.Helper()
	number := r.app(demo.MarigoldID).ProviderIDs["phoneNumberId"]
	news := simmeta.NewTemplate(metaTemplate(newsTemplate), "order_news_v1", "en", simmeta.Content{Body: "News of your order."})
	news.SubCategory = "ORDER_STATUS"
	for _, t := range []simmeta.Template{
		news,
		simmeta.NewTemplate(metaTemplate(billTemplate), "order_bill_v1", "en", simmeta.Content{
			Body: "Thank you, {{1}}.", Buttons: []simmeta.Button{{Type: "ORDER_DETAILS", Text: "Review and pay"}},
		}),
		simmeta.NewTemplate(metaTemplate(codeTemplate), "thanks_v1", "en", simmeta.Content{
			Body: "For your next order.", Buttons: []simmeta.Button{{Type: "COPY_CODE", Text: "Copy code"}},
		}),
		simmeta.NewTemplate(metaTemplate(placeTemplate), "pick_up_v1", "en", simmeta.Content{HeaderFormat: "LOCATION", Body: "Your parcel waits here."}),
		simmeta.NewTemplate(metaTemplate(invoiceTemplate), "invoice_v1", "en", simmeta.Content{HeaderFormat: "DOCUMENT", Body: "Your invoice."}),
	} {
		r.Must(r.Simulator.Meta().PutTemplate(number, t))
	}
	r.Must(r.Simulator.Kaleyra().PutTemplate(demo.JasmineApp, simkaleyra.NewTemplate(
		metaTemplate(newsTemplate), "order_news_v1", simkaleyra.Content{Body: "News of your order."},
	)))
}

// replaceOrder changes the brand's order at the platform.
func (r *rig) replaceOrder(b brand, old, replacement string) {
	r.Helper()
	json, err := testdata.Files.ReadFile("orders/" + b.order + ".json")
	r.Must(err)
	changed := strings.Replace(string(json), old, replacement, 1)
	if changed == string(json) {
		r.Fatalf("the order of %s has no %s", b.name, old)
	}
	r.Simulator.Platform().PutOrder(b.order, []byte(changed))
}

// TestPaymentTemplates sends an order for payment and then its news through Meta, and the news of one that the brand has
// sent by its own tools through Kaleyra (shared/provider/kaleyra/CONTRACT.md section 2.4).
func TestPaymentTemplates(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	r.putSpecial()
	bill := template.Filling{Variables: []string{"customer_name"}, Payment: template.Payment{
		Part: template.OrderDetails, Type: "upi", Configuration: "main", Settings: `[{"type":"upi_intent_link"}]`,
	}}
	news := template.Filling{Payment: template.Payment{Part: template.OrderStatus}}
	told := template.Filling{Payment: template.Payment{Part: template.OrderStatus, Description: template.Value{Variable: "courier"}}}

	r.replaceOrder(marigold, `"balanceDue": 0.0`, `"balanceDue": 899.5`)
	s := r.subscribe(marigold)
	r.send(marigold, "shipment/created", billTemplate, bill)
	r.happen(marigold, s, "shipment/created", 1)
	r.logged(marigold, 1, message.StatusRead)
	if got := r.newest(s); !strings.HasPrefix(got, "Thank you, ") || !strings.HasSuffix(got, "\n[to pay: INR 899.50]") {
		t.Errorf("the bill: the phone shows %q", got)
	}
	for _, event := range []string{"intransit", "delivered"} {
		r.send(marigold, "shipment/"+event, newsTemplate, news)
	}
	r.send(marigold, "shipment/out_for_delivery", newsTemplate, told)
	r.send(marigold, "shipment/failed_delivery", newsTemplate, news)
	r.newsOf(marigold, s, 2)

	lila := r.subscribe(jasmine)
	r.Must(r.Simulator.Kaleyra().AddOrder(demo.JasmineApp, lila.Number))
	for _, event := range []string{"intransit", "delivered", "failed_delivery"} {
		r.send(jasmine, "shipment/"+event, newsTemplate, news)
	}
	r.send(jasmine, "shipment/out_for_delivery", newsTemplate, told)
	r.newsOf(jasmine, lila, 2)
	r.send(jasmine, "shipment/created", newsTemplate, bill)
	r.happen(jasmine, lila, "shipment/created", 9)
	if e := r.logged(jasmine, 9, message.StatusRefused); e.Reason != message.NothingToPay {
		t.Errorf("the bill of an order that is paid: got reason %q, want %q", e.Reason, message.NothingToPay)
	}

	ira := r.subscribe(neem)
	r.send(neem, "shipment/delivered", newsTemplate, news)
	r.happen(neem, ira, "shipment/delivered", 1)
	if e := r.logged(neem, 1, message.StatusRefused); e.Reason != message.UnsupportedByProvider {
		t.Errorf("news through Gupshup: got reason %q, want %q", e.Reason, message.UnsupportedByProvider)
	}
}

// newest is what the shopper's phone shows last.
func (r *rig) newest(s shopper) string {
	r.Helper()
	all := r.inbox(s)
	if len(all) == 0 {
		r.Fatal("the phone shows nothing")
	}
	return all[len(all)-1].Text
}

// newsOf brings the brand's order to its shopper, with an event on the way that an order_status has no word for.
func (r *rig) newsOf(b brand, s shopper, n int) {
	r.Helper()
	for i, step := range []struct{ event, want string }{
		{"shipment/intransit", "shipped On the way"},
		{"shipment/out_for_delivery", "shipped ExampleExpress"},
		{"shipment/failed_delivery", ""},
		{"shipment/delivered", "completed Delivered"},
	} {
		r.happen(b, s, step.event, n+i)
		if step.want == "" {
			if e := r.logged(b, n+i, message.StatusRefused); e.Reason != message.UnsupportedByProvider {
				r.Errorf("%s, %s: got reason %q, want %q", b.name, step.event, e.Reason, message.UnsupportedByProvider)
			}
			continue
		}
		r.logged(b, n+i, message.StatusRead)
		if got, want := r.newest(s), "News of your order.\n"+step.want; got != want {
			r.Errorf("%s, %s: the phone shows %q, want %q", b.name, step.event, got, want)
		}
	}
}

// TestHeadersAndCodes sends what a template shows beside its text, and refuses what the provider has no way to show.
func TestHeadersAndCodes(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	r.putSpecial()
	s := r.subscribe(marigold)
	code := template.Filling{CopyCode: template.Value{Text: "SAVE10"}}
	for n, step := range []struct {
		event  string
		number int
		f      template.Filling
		want   string
	}{
		{
			"shipment/created", placeTemplate,
			template.Filling{Media: template.Media{Latitude: "18.52", Longitude: "73.85", Name: "Shop", Address: "Pune"}},
			"[location: Shop, Pune]\nYour parcel waits here.",
		},
		{
			"shipment/intransit", invoiceTemplate,
			template.Filling{Media: template.Media{Link: template.Value{Variable: "invoice"}}},
			"[document: " + s.Number + ".pdf https://files.example.test/invoice/" + s.Number + ".pdf]\nYour invoice.",
		},
		{
			"shipment/out_for_delivery", invoiceTemplate,
			template.Filling{Media: template.Media{ID: "140299", Filename: "terms.pdf"}},
			"[document: terms.pdf 140299]\nYour invoice.",
		},
		{"shipment/delivered", codeTemplate, code, "For your next order.\n[code: SAVE10]"},
	} {
		r.send(marigold, step.event, step.number, step.f)
		r.happen(marigold, s, step.event, n)
		r.logged(marigold, n, message.StatusRead)
		if got := r.newest(s); got != step.want {
			t.Errorf("%s: the phone shows %q, want %q", step.event, got, step.want)
		}
	}
	// A code that is not known yet has no stand-in: the message fails, and says why.
	r.send(marigold, "shipment/failed_delivery", codeTemplate, template.Filling{CopyCode: template.Value{Variable: "return_id"}})
	r.happen(marigold, s, "shipment/failed_delivery", 9)
	if e := r.logged(marigold, 9, message.StatusFailed); len(e.Attempts) != 1 || e.Attempts["1"].Code != "unbuildable" {
		t.Errorf("a code without a value: got %+v", e.Attempts)
	}
	ira := r.subscribe(neem)
	code.Variables = []string{"customer_name", "customer_order_id"} // which the template wants as well
	r.send(neem, "shipment/delivered", codeTemplate, code)
	r.happen(neem, ira, "shipment/delivered", 0)
	if e := r.logged(neem, 0, message.StatusRefused); e.Reason != message.UnsupportedByProvider {
		t.Errorf("a code through Gupshup: got reason %q, want %q", e.Reason, message.UnsupportedByProvider)
	}
	if got := r.inbox(ira); len(got) != 0 {
		t.Errorf("Gupshup's shopper got %d messages without the code that they are for", len(got))
	}
}
