package workspace_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// charged stores a message of the account with all that a receipt has.
func (r *rig) charged() message.Message {
	r.t.Helper()
	must := func(err error) {
		r.t.Helper()
		if err != nil {
			r.t.Fatal(err)
		}
	}
	entries, state, _ := consent.Record(consent.For(store.CustomerID(neem, "r")), consent.Entry{
		Action: consent.Grant, Source: consent.CustomerPortal, Purpose: consent.OrderUpdates, NoticeVersion: "2026-06", NoticeHash: consent.NoticeHash("notice"),
		SourceRef: "order:" + storyOrder, OccurredAt: start, RecordedAt: start,
	})
	customer := store.CustomerID(neem, "r")
	must(r.store.CreateCustomer(r.t.Context(), store.Customer{ID: customer, AccountID: neem, PhoneKey: "r", Phone: "+919000000001", Name: "Ira Sample", Consent: state}, entries...))
	copied := template.Template{
		ID: "t-1", Name: "failed_v1", Language: "en", Category: "UTILITY", Status: "APPROVED", Header: template.Header{Kind: template.HeaderText, Text: "Neem"}, Body: "Hello {{1}}.",
		Buttons: []template.Button{{Kind: template.ButtonQuickReply, Text: "Try again"}},
	}
	must(r.store.PutTemplate(r.t.Context(), "gs-1", store.Template{Template: copied, CheckedAt: start}))

	at := func(seconds int) int64 { return start.Add(time.Duration(seconds) * time.Second).UnixMilli() }
	m := message.Message{
		ID: strings.Repeat("4", 32), AccountID: neem, OrderID: storyOrder, Event: "shipment/failed_delivery", Subject: "S-1", AppID: "gs-1", Provider: "gupshup",
		Ownership: message.Platform, TemplateID: "t-1", SettingsVersion: 1, Phone: "+919000000001", CustomerID: customer, Phase: message.Claimed, Attempt: 2, CreatedAt: start,
		Day: "2026-11-20", OccurredAt: start.Unix(), ExpireAt: start.Add(9600 * time.Hour), Activity: message.Activity{CustomerName: "Ira Sample"},
		Grounds:  message.Grounds{At: start.UnixMilli(), Settings: 1, Consent: "ACTIVE", Ledger: 1, Copy: copied.Fingerprint()},
		Estimate: message.Estimate{Category: "utility", Micros: 117_875, Currency: "INR", Card: "meta-inr-in-2026q4", MarkupBasisPoints: 250},
		Attempts: map[string]message.Attempt{
			"1": {Rank: message.RankDelivered, ClaimedAt: at(0), IDs: []string{"ee4a"}, At: map[string]int64{"accepted": at(1), "delivered": at(2)}},
			"2": {Rank: message.RankDelivered, ClaimedAt: at(3), At: map[string]int64{"delivered": at(4)}, PossibleDuplicate: true, Silence: message.SilenceQuiet},
		},
		Pricing: map[string]message.Pricing{
			"1.sent":    {Model: "PMP", Category: "utility", Type: "regular", At: at(1)},
			"1.billing": {Known: true, Billable: true, Model: "PMP", Category: "utility", Type: "regular", Source: "gupshup", At: at(5)},
		},
	}
	_, err := r.store.Decide(r.t.Context(), store.Decision{Message: m})
	must(err)

	return m
}

// TestReceipt proves messages, one with all and some with less; every answer is held to the description.
func TestReceipt(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.tell()
	m := r.charged()

	body := r.get(http.StatusOK, "/messages/"+m.ID+"/receipt")
	for _, want := range []string{
		`"kind":"notification","orderId":"51230077"`, `"status":"delivered"`, `"consent":{"status":"ACTIVE","entry":{"sequence":1,"action":"grant","source":"customer_portal_checkbox"`,
		`"noticeVersion":"2026-06"`, `"settings":{"version":1,"at":"2026-11-20T04:50:12Z","by":{"subject":"u-platform","name":"Asha Sample"},"action":"account.put"}`,
		`"template":{"id":"t-1","exact":true,"copy":{"name":"failed_v1","language":"en","category":"UTILITY","status":"APPROVED","header":{"kind":"text","text":"Neem"},"body":"Hello {{1}}."`,
		`"estimate":{"category":"utility","micros":117875,"currency":"INR","card":"meta-inr-in-2026q4","markupBasisPoints":250,"row":{"version":"meta-inr-in-2026q4",`,
		`"charge":{"basis":"provider","attempt":1,"type":"regular","category":"utility","micros":117875,`, `"extra":[{"basis":"untold","attempt":2,`,
		`"providerWords":[{"attempt":1,"callback":"sent","model":"PMP","category":"utility","type":"regular","at":"2026-11-20T04:50:13Z"},`,
		`{"attempt":1,"callback":"billing","billable":true,"model":"PMP","category":"utility","type":"regular","source":"gupshup","at":"2026-11-20T04:50:17Z"}]`,
		`"providerIds":["ee4a"]`, `"silence":"heartbeat"`, `"lacks":[]`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the receipt lacks %s: %s", want, body)
		}
	}

	refused := r.get(http.StatusOK, "/messages/"+refusedMessage+"/receipt")
	if !strings.Contains(refused, `"reason":"opted_out"`) || !strings.Contains(refused, `"charge":null`) || !strings.Contains(refused, "It was not sent") {
		t.Errorf("got %s", refused)
	}
	for _, answer := range []string{body, refused, r.get(http.StatusOK, "/messages/"+givenUp+"/receipt")} {
		if strings.Contains(answer, "9000000001") || strings.Contains(answer, "Ira") {
			t.Errorf("personal data in %s", answer)
		}
	}

	test := m
	test.ID, test.Test, test.OrderID, test.Day, test.Grounds = strings.Repeat("5", 64), true, "", "", message.Grounds{}
	if _, err := r.store.Decide(t.Context(), store.Decision{Message: test}); err != nil {
		t.Fatal(err)
	}
	if got := r.get(http.StatusOK, "/messages/"+test.ID+"/receipt"); !strings.Contains(got, `"kind":"test"`) || !strings.Contains(got, `"entry":null`) {
		t.Errorf("got %s, want the receipt of a test", got)
	}
	r.get(http.StatusOK, "/messages/"+test.ID+"/explain")

	r.get(http.StatusNotFound, "/messages/"+strings.Repeat("0", 32)+"/receipt")
	r.put("812", "Basil")
	r.want(http.StatusNotFound, request{method: http.MethodGet, path: "/v1/accounts/812/messages/" + m.ID + "/receipt", token: r.token("viewer", "812")})
	r.want(http.StatusForbidden, request{method: http.MethodGet, path: "/v1/accounts/" + neem + "/messages/" + m.ID + "/receipt", token: r.token("viewer", "812")})
	r.want(http.StatusOK, request{method: http.MethodGet, path: "/v1/accounts/" + neem + "/messages/" + m.ID + "/receipt", token: r.operator()})
}
