package workspace_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// shopper makes a customer of the account with a number, and returns the key.
func (r *rig) shopper(keyer phone.Keyer, number string, entries ...consent.Entry) string {
	r.t.Helper()
	n, err := phone.FromE164(number)
	if err != nil {
		r.t.Fatal(err)
	}
	c := store.Customer{AccountID: neem, PhoneKey: keyer.Key(n), Phone: number, Email: "ira@example.test", Name: "Ira Sample"}
	c.ID = store.CustomerID(neem, c.PhoneKey)
	c.Consent = consent.For(c.ID)
	var linked []consent.Entry
	for _, e := range entries {
		e.RecordedAt = r.clock.Now()
		var more []consent.Entry
		more, c.Consent, _ = consent.Record(c.Consent, e)
		linked = append(linked, more...)
	}
	if err = r.store.CreateCustomer(r.t.Context(), c, linked...); err != nil {
		r.t.Fatal(err)
	}

	return c.PhoneKey
}

// subscribed is the entry of a shopper who ticked the portal's box.
func (r *rig) subscribed() consent.Entry {
	return consent.Entry{
		Action: consent.Grant, Source: consent.CustomerPortal, Purpose: consent.OrderUpdates, SourceRef: "order:51230077", Actor: "customer",
		NoticeVersion: "v1", NoticeHash: consent.NoticeHash("may we?"), OccurredAt: r.clock.Now().Add(-time.Hour + 123*time.Microsecond),
	}
}

// ofCustomers is a request below the account's customers, of a caller with a role.
func (r *rig) ofCustomers(role, method, below, body string) request {
	return request{method: method, path: "/v1/accounts/" + neem + "/customers/" + below, token: r.token(role, neem), body: body}
}

// TestCustomers finds a customer by the number and lists the ledger; neither answer has the number, the address or the name.
func TestCustomers(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.put(neem, "Neem")
	key := r.shopper(r.phoneKey(), "+919000000001", r.subscribed())

	found := r.want(http.StatusOK, r.ofCustomers("viewer", http.MethodPost, "search", `{"phone":"90000 00001"}`)).Body
	r.contains(found, `{"key":"`+key+`","status":"ACTIVE","marketing":false,"orderUpdates":{"allowed":true},"offers":{"allowed":false,"because":"not_opted_in"},"since":"2026-11-20T03:50:12Z","entries":1}`)
	listed := r.want(http.StatusOK, r.ofCustomers("viewer", http.MethodGet, key+"/consents", "")).Body
	r.contains(listed, `"chain":{"intact":true,"entries":1,"head":"v`, `"sequence":1,"action":"grant","source":"customer_portal_checkbox","purpose":"order_updates","reference":"order:51230077","noticeVersion":"v1"`,
		`"occurredAt":"2026-11-20T03:50:12.000123Z"`)
	for _, body := range []string{found, listed, r.logs.String()} {
		if strings.Contains(body, "000000001") || strings.Contains(body, "ira@") || strings.Contains(body, "Ira") {
			t.Errorf("personal data in %s", body)
		}
	}

	r.named(http.StatusBadRequest, "phone", r.ofCustomers("viewer", http.MethodPost, "search", `{"phone":"12"}`))
	r.named(http.StatusBadRequest, "phone", r.ofCustomers("viewer", http.MethodPost, "search", `{}`))
	r.want(http.StatusNotFound, r.ofCustomers("viewer", http.MethodPost, "search", `{"phone":"9000000002"}`))
	r.want(http.StatusRequestEntityTooLarge, r.ofCustomers("viewer", http.MethodPost, "search", `{"phone":"`+strings.Repeat("9", 2<<20)+`"}`))
	plain := r.ofCustomers("viewer", http.MethodPost, "search", `{"phone":"9000000002"}`)
	plain.header = map[string]string{"Content-Type": "text/plain"}
	r.want(http.StatusUnsupportedMediaType, plain)
	r.named(http.StatusBadRequest, "cursor", r.ofCustomers("viewer", http.MethodGet, key+"/consents?cursor=x", ""))
	r.named(http.StatusBadRequest, "limit", r.ofCustomers("viewer", http.MethodGet, key+"/consents?limit=0", ""))
	r.want(http.StatusNotFound, r.ofCustomers("viewer", http.MethodGet, strings.Repeat("f", 32)+"/consents", ""))
	r.want(http.StatusNotFound, r.ofCustomers("viewer", http.MethodGet, "x/consents", ""))
}

// contains requires that a body has all of the texts.
func (r *rig) contains(body string, texts ...string) {
	r.t.Helper()
	for _, text := range texts {
		if !strings.Contains(body, text) {
			r.t.Errorf("got %s\nwithout %s", body, text)
		}
	}
}

// TestAddConsent records what a shopper told an agent, and what an authority orders.
func TestAddConsent(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.put(neem, "Neem")
	key := r.shopper(r.phoneKey(), "+919000000001", r.subscribed())
	add := func(role, body string) request { return r.ofCustomers(role, http.MethodPost, key+"/consents", body) }

	got := r.want(http.StatusOK, add("support", `{"action":"withdraw","source":"agent","purpose":"all","reference":"ticket 12","occurredAt":"2026-11-20T10:20:00+05:30"}`)).Body
	r.contains(got, `"status":"INACTIVE"`, `"orderUpdates":{"allowed":false,"because":"opted_out"}`, `"since":"2026-11-20T04:50:00Z"`, `"entry":{"sequence":2,"action":"withdraw","source":"agent","purpose":"all","reference":"ticket 12","actor":"u-support"`,
		`"subject":"811:`+key+`","previousHash":"v2:`)
	again := r.want(http.StatusOK, add("editor", `{"action":"withdraw","source":"agent","purpose":"all","reference":"ticket 12","occurredAt":"2026-11-20T10:20:00+05:30"}`)).Body
	r.contains(again, `"entries":2},"entry":null}`)

	r.named(http.StatusBadRequest, "noticeVersion", add("editor", `{"action":"grant","source":"consent_manager","purpose":"order_updates","reference":"artefact"}`))
	for _, wrong := range []string{"yesterday", "", "0001-01-01T00:00:00Z", "1900-01-01T00:00:00Z"} {
		r.named(http.StatusBadRequest, "occurredAt", add("editor", `{"action":"withdraw","source":"agent","purpose":"all","reference":"ticket 12","occurredAt":"`+wrong+`"}`))
	}
	r.named(http.StatusBadRequest, "purpose", add("editor", `{"action":"withdraw","source":"agent","reference":"ticket 12"}`))
	r.want(http.StatusNotFound, r.ofCustomers("editor", http.MethodPost, strings.Repeat("f", 32)+"/consents", `{"action":"withdraw","source":"agent","purpose":"all","reference":"ticket 12"}`))
	r.want(http.StatusRequestEntityTooLarge, add("editor", `{"action":"`+strings.Repeat("9", 2<<20)+`"}`))
	plain := add("editor", `{}`)
	plain.header = map[string]string{"Content-Type": "text/plain"}
	r.want(http.StatusUnsupportedMediaType, plain)

	block := request{method: http.MethodPost, path: "/v1/platform/blocks", token: r.operator(), body: `{"phone":"9000000001","action":"block","reference":"order 7"}`}
	r.same(r.want(http.StatusOK, block), `{"customers":1,"changed":1}`)
	found := r.want(http.StatusOK, r.ofCustomers("viewer", http.MethodPost, "search", `{"phone":"9000000001"}`)).Body
	r.contains(found, `"status":"INACTIVE"`, `"orderUpdates":{"allowed":false,"because":"blocked"}`, `"entries":3`)
	block.body = `{"phone":"9000000001","action":"unblock","reference":"order 8"}`
	r.contains(r.want(http.StatusNotFound, block).Body, "no order of that reference was recorded for the number")
	block.body = `{"phone":"9000000001","action":"forbid","reference":"order 7"}`
	r.named(http.StatusBadRequest, "action", block)
	block.body = `{"phone":"` + strings.Repeat("9", 2<<20) + `"}`
	r.want(http.StatusRequestEntityTooLarge, block)
	block.header = map[string]string{"Content-Type": "text/plain"}
	r.want(http.StatusUnsupportedMediaType, block)
	if text := r.logs.String(); strings.Contains(text, "000000001") || strings.Contains(text, "ticket") {
		t.Errorf("the log has it: %s", text)
	}
}

// TestEraseCustomer erases a customer once no message is on its way.
func TestEraseCustomer(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.put(neem, "Neem")
	key := r.shopper(r.phoneKey(), "+919000000001", r.subscribed())
	_, err := r.store.Decide(t.Context(), store.Decision{Message: message.Message{
		ID: strings.Repeat("a", 32), AccountID: neem, AppID: "gs-1", Phase: message.Claimed, Attempt: 1, Attempts: map[string]message.Attempt{"1": {ClaimedAt: 1}}, LeaseUntil: r.clock.Now().Add(40 * time.Second),
		Due: r.clock.Now().Add(40 * time.Second), Phone: "+919000000001", CustomerID: store.CustomerID(neem, key), CreatedAt: r.clock.Now(), ExpireAt: r.clock.Now().Add(time.Hour),
	}})
	if err != nil {
		t.Fatal(err)
	}
	erase := func(body string) request { return r.ofCustomers("editor", http.MethodPost, key+"/erase", body) }

	if a := r.want(http.StatusConflict, erase(`{"reason":"request 12"}`)); a.Header.Get("Retry-After") != "45" {
		t.Errorf("got Retry-After %q", a.Header.Get("Retry-After"))
	}
	r.clock.Advance(time.Minute)
	r.same(r.want(http.StatusOK, erase(`{"reason":"request 12"}`)), `{"documents":{"customers":1,"messages":1},"endedMessages":1,"left":0}`)
	r.same(r.want(http.StatusOK, erase(`{"reason":"request 12"}`)), `{"documents":{},"endedMessages":0,"left":0}`)
	r.contains(r.want(http.StatusOK, r.ofCustomers("viewer", http.MethodPost, "search", `{"phone":"9000000001"}`)).Body, `"status":"INACTIVE"`, `"because":"opted_out"`, `"entries":2`)
	r.contains(r.want(http.StatusOK, r.ofCustomers("viewer", http.MethodGet, key+"/consents", "")).Body, `"chain":{"intact":true,"entries":2`, `"reference":"erasure:`)

	r.named(http.StatusBadRequest, "reason", erase(`{"reason":"x"}`))
	r.named(http.StatusBadRequest, "reason", erase(`{}`))
	r.want(http.StatusNotFound, r.ofCustomers("editor", http.MethodPost, strings.Repeat("f", 32)+"/erase", `{"reason":"request 12"}`))
	r.want(http.StatusRequestEntityTooLarge, erase(`{"reason":"`+strings.Repeat("9", 2<<20)+`"}`))
	plain := erase(`{}`)
	plain.header = map[string]string{"Content-Type": "text/plain"}
	r.want(http.StatusUnsupportedMediaType, plain)
}
