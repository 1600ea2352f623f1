package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestExplain prints why the messages of an order were sent or not: by order, by number of the account without an app, and by message.
func TestExplain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(r.store.PutAccount(t.Context(), account.Account{ID: "811", Slug: "neem", Sender: "gs-1", Apps: map[string]account.App{"gs-1": {Provider: "gupshup"}}}))
	must(r.store.PutAccount(t.Context(), account.Account{ID: "812", Slug: "basil"}))
	const id = "0123456789abcdef0123456789abcdef"
	_, err := r.store.Decide(t.Context(), store.Decision{Message: message.Message{
		ID: id, AccountID: "811", OrderID: "51230077", Event: "shipment/failed_delivery", Subject: "S-1", OccurredAt: now.Unix(), CreatedAt: now,
		Phase: message.Refused, Reason: message.OptedOut, Phone: "+919000000001", Activity: message.Activity{OrderNumber: "NC-1", CustomerName: "Ira Sample"},
		Grounds: message.Grounds{At: now.UnixMilli(), Settings: 4, Consent: "INACTIVE", Unwanted: message.OptedOut},
	}})
	must(err)

	for _, subject := range []string{"811/51230077", id, "811/" + id} {
		said := r.mustRun("explain", subject)
		for _, want := range []string{
			"order 51230077", "of account 811", "shipment/failed_delivery S-1 2026-11-20T04:50:12Z " + id, "refused: The shopper has asked for no more messages.",
			"decided by version 4", "passed     Does the account have a sender?", "failed     Has the shopper agreed to be written to? INACTIVE", "passed     Is the event switched on? on (now: off)",
		} {
			if !strings.Contains(said, want) {
				t.Errorf("explain %s: got\n%s\nwithout %q", subject, said, want)
			}
		}
		for _, secret := range []string{"9000000001", "Ira", "Can the app send?"} {
			if strings.Contains(said, secret) {
				t.Errorf("explain %s: got\n%s\nwith %q", subject, said, secret)
			}
		}
	}
	if said := r.mustRun("explain", "812/51230077"); !strings.Contains(said, "The account has no app") {
		t.Errorf("without an app: got %q", said)
	}
	for _, wrong := range []string{"811/", "/51230077", "51230077", "/-"} {
		if _, err := r.run("explain", wrong); !errors.Is(err, errExplain) {
			t.Errorf("%q: got %v", wrong, err)
		}
	}
	for _, missing := range []string{"811/1", "999/51230077", strings.Repeat("0", 32), "812/" + id} {
		if _, err := r.run("explain", missing); err == nil {
			t.Errorf("%q: got no error", missing)
		}
	}
}

// TestExplainShopper prints how each message to the shopper whose number is read ended, and nowhere the number.
func TestExplainShopper(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const key, number = "0123456789abcdef0123456789abcdef", "+919000000001"
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := r.secrets.Add(t.Context(), "phone-key", config.NewSecret(key))
	must(err)
	keyer, err := phone.NewKeyer([]byte(key))
	must(err)
	n, err := phone.FromE164(number)
	must(err)
	must(r.store.PutAccount(t.Context(), account.Account{ID: "811", Slug: "neem", Sender: "gs-1", Apps: map[string]account.App{"gs-1": {Provider: "gupshup"}}}))
	_, err = r.store.Decide(t.Context(), store.Decision{Message: message.Message{
		ID: "0123456789abcdef0123456789abcdef", AccountID: "811", OrderID: "51230077", Event: "shipment/failed_delivery", CreatedAt: now, Phase: message.Refused,
		Reason: message.OptedOut, Phone: number, CustomerID: store.CustomerID("811", keyer.Key(n)),
	}})
	must(err)

	r.in = strings.NewReader("90000 00001\n")
	said := r.mustRun("explain", "811/-")
	for _, want := range []string{"a shopper of account 811: never met", "has not agreed", "shipment/failed_delivery", "refused: The shopper has asked for no more messages."} {
		if !strings.Contains(said, want) {
			t.Errorf("got\n%s\nwithout %q", said, want)
		}
	}
	if strings.Contains(said, "9000000001") {
		t.Errorf("the number is in\n%s", said)
	}
	r.in = strings.NewReader("Ira")
	if _, err := r.run("explain", "811/-"); err == nil || strings.Contains(err.Error(), "Ira") {
		t.Errorf("got %v", err)
	}
}
