package rig

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/inspect"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// CheckChain asserts that the ledger of the rig's shopper verifies, and returns its state and entries.
func (r *Rig) CheckChain(t *testing.T) (consent.State, []consent.Entry) {
	t.Helper()
	return r.CheckChainOf(t, r.CustomerID())
}

// CheckChainOf asserts that a customer's ledger verifies, and returns its state and entries.
func (r *Rig) CheckChainOf(t *testing.T, id string) (consent.State, []consent.Entry) {
	t.Helper()

	customer, err := r.Parts.Store.Customer(r.T.Context(), id)
	if err != nil {
		t.Fatalf("customer: %v", err)
	}

	ledger, err := r.Parts.Store.Ledger(r.T.Context(), id)
	if err != nil {
		t.Fatalf("ledger: %v", err)
	}
	if err := customer.Consent.Verify(ledger); err != nil {
		t.Errorf("ledger: %v", err)
	}

	for _, e := range ledger {
		if e.Subject != id {
			t.Errorf("entry %d is of %q, want %q", e.Sequence, e.Subject, id)
		}
	}

	return customer.Consent, ledger
}

// CustomerOf returns the document id of an account's shopper; digits are the phone with its country code.
func (r *Rig) CustomerOf(accountID, digits string) string {
	keys, err := r.Parts.Keys(r.T.Context())
	r.Must(err)
	n, err := phone.FromE164("+" + digits)
	r.Must(err)
	return store.CustomerID(accountID, keys.Phone.Key(n))
}

// Meet makes a shopper of an account whose ledger begins with the action.
func (r *Rig) Meet(accountID, digits string, action consent.Action) {
	r.T.Helper()
	entry := entryOf(action, consent.OrderEvent, r.Clock.Now())
	r.Must(createCustomer(r.T.Context(), r.Parts, accountID, digits, entry))
}

// entryOf returns a ledger's entry about updates of orders.
func entryOf(action consent.Action, source consent.Source, at time.Time) consent.Entry {
	return consent.Entry{
		Action:     action,
		Source:     source,
		Purpose:    consent.OrderUpdates,
		SourceRef:  "order:51230077",
		Actor:      "customer",
		OccurredAt: at,
		RecordedAt: at,
	}
}

// createCustomer makes an account's shopper whose ledger has the one entry; digits are the phone with its country code.
func createCustomer(ctx context.Context, parts *inspect.Parts, accountID, digits string, entry consent.Entry) error {
	keys, err := parts.Keys(ctx)
	if err != nil {
		return err
	}

	n, err := phone.FromE164("+" + digits)
	if err != nil {
		return err
	}

	key := keys.Phone.Key(n)
	recorded, state, _ := consent.Record(consent.For(store.CustomerID(accountID, key)), entry)

	return parts.Store.CreateCustomer(ctx, store.Customer{
		ID:        store.CustomerID(accountID, key),
		AccountID: accountID,
		PhoneKey:  key,
		Phone:     n.E164(),
		Consent:   state,
	}, recorded...)
}

// Inbound has the shopper answer, and returns the message's id and the callback's body.
func (r *Rig) Inbound(reply simulator.Reply) (id string, body []byte) {
	r.T.Helper()
	id, err := r.Sim.Phones().Reply(Shopper, reply)
	r.Must(err)

	for _, c := range r.Sim.Outbox().Pending() {
		if c.MessageID == id {
			body = c.Body
		}
	}
	if body == nil {
		r.T.Fatal("the provider tells nothing of the reply")
	}

	return id, body
}

// CustomerID returns the document id of the rig's shopper.
func (r *Rig) CustomerID() string { return r.CustomerOf(BrandID, Shopper) }

// SubscribeShopper opts the rig's shopper in or out, at the rig's present time.
func (r *Rig) SubscribeShopper(action consent.Action) {
	r.T.Helper()
	r.SubscribePhone(Shopper, action)
}

// SubscribePhone opts a shopper of the rig's brand in or out, at the rig's present time; digits are the phone with its country code.
func (r *Rig) SubscribePhone(digits string, action consent.Action) {
	r.T.Helper()
	entry := entryOf(action, consent.CustomerPortal, r.Clock.Now())
	if action == consent.Withdraw {
		entry.Purpose = consent.Everything
	}

	r.recordFor(digits, entry)
}

// OfferShopper opts the rig's shopper in to marketing or out of it, at the rig's present time.
func (r *Rig) OfferShopper(action consent.Action) {
	r.T.Helper()
	entry := entryOf(action, consent.CustomerPortal, r.Clock.Now())
	entry.Purpose = consent.Marketing
	r.recordFor(Shopper, entry)
}

// BlockShopper has an authority forbid every message to the rig's shopper.
func (r *Rig) BlockShopper() {
	r.T.Helper()
	r.recordFor(Shopper, entryOf(consent.Block, consent.Authority, r.Clock.Now()))
}

// recordFor adds an entry to the ledger of a shopper of the rig's brand.
func (r *Rig) recordFor(digits string, entry consent.Entry) {
	r.T.Helper()
	ctx := context.WithoutCancel(r.T.Context())

	for {
		customer, err := r.Parts.Store.Customer(ctx, r.CustomerOf(BrandID, digits))
		if errors.Is(err, store.ErrNotFound) {
			r.Must(createCustomer(ctx, r.Parts, BrandID, digits, entry))
			return
		}

		r.Must(err)

		recorded, next, changed := consent.Record(customer.Consent, entry)
		if !changed {
			return
		}

		err = r.Parts.Store.ChangeConsent(ctx, customer, next, recorded...)
		if store.IsConflict(err) {
			continue
		}

		r.Must(err)

		return
	}
}

// Portal has the rig's shopper ask for a status through the customer portal. The trace, 32 hex digits, marks the ledger's
// entry; empty sends none.
func (r *Rig) Portal(w *Worker, status consent.Status, trace string) testkit.Answer {
	body := fmt.Sprintf(`{"contactPhone":"9000000001","customerName":"Ira Sample","email":"ira@example.test","accountId":%q,"whatsAppStatus":%q}`, BrandID, status)
	req := httptest.NewRequestWithContext(r.T.Context(), http.MethodPost, world.OrderPath+"51230077", strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	if trace != "" {
		req.Header.Set("Traceparent", "00-"+trace+"-00000000000000aa-01")
	}

	return testkit.Serve(w.Subscribe, req)
}

// Shown returns the answer in which the customer portal shows the rig's order to its shopper.
func (r *Rig) Shown(w *Worker) testkit.Answer {
	return testkit.Serve(w.Subscribe, httptest.NewRequestWithContext(r.T.Context(), http.MethodGet, world.OrderPath+"51230077", http.NoBody))
}

// Traces mark the requests of the portal: our own, and one that comes in between.
const (
	OurTrace   = "000000000000000000000000000000a1"
	TheirTrace = "000000000000000000000000000000b2"
)

// Write has the shopper write to the brand and a worker take the callback, and returns the message's id.
func (r *Rig) Write(w *Worker, text string) string {
	id, err := r.Sim.Phones().Reply(Shopper, simulator.Reply{Text: text, App: GupshupAppID})
	r.Must(err)

	for _, c := range r.Sim.Outbox().Pending() {
		if c.MessageID == id {
			r.Post(w, c.Body)
		}
	}

	r.ReceiveAll(w)

	return id
}

// ActionsOf returns the actions and sources of a ledger, for failure texts.
func ActionsOf(ledger []consent.Entry) string {
	var all []string
	for _, e := range ledger {
		all = append(all, fmt.Sprintf("%s by %s", e.Action, e.Source))
	}
	return strings.Join(all, ", ")
}

// StoredReply returns the reply with an inbound id that came through an app at Gupshup. It ends the test if there is none.
func (r *Rig) StoredReply(appID, inboundID string) store.Reply {
	r.T.Helper()
	reply, err := r.Parts.Store.Reply(context.WithoutCancel(r.T.Context()), store.ReplyID(gupshup.Name, appID, inboundID))
	if err != nil {
		r.T.Fatalf("reply: %v; %s", err, r.Logs)
	}

	return reply
}
