package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// TestReceipt prints what proves a message, and nothing of its shopper.
func TestReceipt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	const id = "0123456789abcdef0123456789abcdef"
	_, err := r.store.SaveSettings(t.Context(), "811", func(a account.Account) (store.Version, error) {
		a.Slug = "neem"
		return store.Version{At: now, By: store.Author{Subject: "u-17", Name: "Asha"}, Action: "account.put", Settings: a}, nil
	})
	must(err)
	entries, state, _ := consent.Record(consent.For("811:k"), consent.Entry{
		Action: consent.Grant, Source: consent.CustomerPortal, Purpose: consent.OrderUpdates, NoticeVersion: "2026-06", NoticeHash: "abc", OccurredAt: now, RecordedAt: now,
	})
	must(r.store.CreateCustomer(t.Context(), store.Customer{ID: "811:k", AccountID: "811", PhoneKey: "k", Phone: "+919000000001", Name: "Ira Sample", Consent: state}, entries...))
	copied := template.Template{ID: "t-1", Name: "failed_v1", Language: "en", Category: "UTILITY", Status: "APPROVED", Body: "Hello {{1}}."}
	must(r.store.PutTemplate(t.Context(), "gs-1", store.Template{Template: copied, CheckedAt: now}))

	m := message.Message{
		ID: id, AccountID: "811", OrderID: "51230077", Event: "shipment/failed_delivery", Subject: "S-1", AppID: "gs-1", Provider: "gupshup", Ownership: message.Platform,
		TemplateID: "t-1", SettingsVersion: 1, Phone: "+919000000001", CustomerID: "811:k", CreatedAt: now, Phase: message.Claimed, Attempt: 1,
		Grounds: message.Grounds{At: now.UnixMilli(), Consent: "ACTIVE", Ledger: 1, Copy: copied.Fingerprint()},
		Attempts: map[string]message.Attempt{"1": {
			Rank: message.RankDelivered, ClaimedAt: now.UnixMilli(), IDs: []string{"ee4a"}, At: map[string]int64{"delivered": now.Add(time.Second).UnixMilli()},
		}},
		Pricing: map[string]message.Pricing{
			"1.sent":    {Model: "PMP", Category: "utility", Type: "regular", At: now.UnixMilli()},
			"1.read":    {Known: true, Type: "free_entry_point", At: now.UnixMilli()},
			"1.billing": {Known: true, Billable: true, Model: "PMP", Category: "utility", Type: "regular", At: now.UnixMilli()},
		},
		Activity: message.Activity{CustomerName: "Ira Sample"},
	}
	m.Estimate = billing.Cards{billing.India()}.Estimate(m, billing.Utility, 1_000, "INR", now)
	_, err = r.store.Decide(t.Context(), store.Decision{Message: m})
	must(err)

	said := r.mustRun("receipt", "811/"+id)
	for _, want := range []string{
		"notification " + id + " of account 811\n", "  status     delivered made 2026-11-20T04:50:12Z\n", "  app        gs-1 gupshup platform\n",
		"  consent    ACTIVE\n             entry 1 grant order_updates by customer_portal_checkbox 2026-11-20T04:50:12Z recorded 2026-11-20T04:50:12Z\n             notice 2026-06 abc\n",
		"  settings   version 1 account.put u-17 Asha 2026-11-20T04:50:12Z\n", "  template   t-1\n             failed_v1 en UTILITY APPROVED checked 2026-11-20T04:50:12Z\n             \"Hello {{1}}.\"\n",
		"  attempt 1  2026-11-20T04:50:12Z delivered ee4a\n             delivered 2026-11-20T04:50:13Z\n",
		"  estimate   utility INR 0.1265 mark-up 1000 basis points\n             card meta-inr-in-2026q4 from 2026-10-01 IN utility INR 0.115\n",
		"  charge     provider attempt 1 regular utility INR 0.1265 2026-11-20T04:50:13Z\n", "  word       attempt 1 billing billable PMP utility regular 2026-11-20T04:50:12Z\n",
		"  word       attempt 1 sent PMP utility regular 2026-11-20T04:50:12Z\n", "  word       attempt 1 read free free_entry_point 2026-11-20T04:50:12Z\n",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("got\n%s\nwithout %q", said, want)
		}
	}
	for _, secret := range []string{"9000000001", "Ira"} {
		if strings.Contains(said, secret) {
			t.Errorf("got\n%s\nwith %q", said, secret)
		}
	}

	for _, wrong := range []string{id, "811/", "/" + id} {
		if _, err := r.run("receipt", wrong); !errors.Is(err, errReceipt) {
			t.Errorf("%q: got %v", wrong, err)
		}
	}
	for _, missing := range []string{"812/" + id, "811/1", "811/" + strings.Repeat("0", 32)} {
		if _, err := r.run("receipt", missing); err == nil {
			t.Errorf("%q: got no error", missing)
		}
	}
}
