package story_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/checks"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/story"
)

// The callers: one who may look at the rig's brand, one who may see numbers, and one of another brand.
var (
	viewer   = access.Caller{Subject: "u-1", Role: access.Viewer, Accounts: []string{rig.BrandID}}
	support  = access.Caller{Subject: "u-2", Name: "Sana of support", Role: access.Support, All: true}
	stranger = access.Caller{Subject: "u-3", Role: access.Editor, Accounts: []string{"999"}}
)

func tellerOf(r *rig.Rig) *story.Teller {
	return story.New(story.Deps{
		Store:    r.Parts.Store,
		Accounts: settings.NewAccounts(r.Parts.Store, settings.Options{Clock: r.Clock, Timeout: time.Minute}),
		Keyer: cache.NewOnce(func(ctx context.Context) (phone.Keyer, error) {
			keys, err := r.Parts.Keys(ctx)
			return keys.Phone, err
		}),
		Clock:     r.Clock,
		Zone:      config.IST,
		Providers: r.Parts.Providers,
	})
}

// stopped returns the check that stopped a message; the zero Check if none did.
func stopped(e checks.Explanation) checks.Check {
	for _, c := range e.Checks {
		if c.Outcome == checks.Failed || c.Outcome == checks.Waits {
			return c
		}
	}

	return checks.Check{}
}

// TestExplainRefused explains a refusal by the order, its number and its message, with what has changed since.
func TestExplainRefused(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	teller := tellerOf(r)
	r.SubscribeShopper(consent.Withdraw)
	r.Hand(r.Hooks, r.First())
	m := r.Sole(t)
	r.Clock.Advance(time.Minute)
	r.SubscribeShopper(consent.Grant)
	r.ChangeAccount(func(a *account.Account) { rig.SetEvent(a, func(e *account.Event) { e.Enabled = false }) })

	one, err := teller.ExplainMessage(t.Context(), viewer, rig.BrandID, m.ID)
	r.Must(err)
	failed := stopped(one.Explanation)
	want := checks.Check{Name: checks.Consent, Outcome: checks.Failed, Question: failed.Question, Value: "INACTIVE", Now: "ACTIVE", Reason: message.OptedOut}
	if diff := cmp.Diff(want, failed); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if one.Checks[0].Value != "on" || one.Checks[0].Now != "off" || one.Because != "opted_out" || one.Event != "shipment/failed_delivery" {
		t.Errorf("got %+v", one)
	}

	all, err := teller.ExplainOrder(t.Context(), viewer, rig.BrandID, "51230077")
	r.Must(err)
	if diff := cmp.Diff([]story.Answer{one}, all.Answers); diff != "" || !all.Kept || all.Number != "NC-20417" {
		t.Errorf("%s %t (-message +order):\n%s", all.Number, all.Kept, diff)
	}
}

// TestExplainOrderByNumber finds an order by its number for the shopper, once a copy of it is kept.
func TestExplainOrderByNumber(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Variables: []string{"customer_name", "order_total_value"}})
	r.Portal(r.Hooks, consent.Active, "t-1") // which keeps a copy of the order
	r.Hand(r.Hooks, r.First())
	for _, number := range []string{"51230077", "NC-20417", "#NC-20417"} {
		all, err := tellerOf(r).ExplainOrder(t.Context(), viewer, rig.BrandID, number)
		r.Must(err)
		if all.OrderID != "51230077" || len(all.Answers) != 1 || all.Answers[0].Status != message.StatusAccepted {
			t.Errorf("%s: got %+v", number, all)
		}
	}
}

// TestExplainOff explains an event that was off by what is left of it.
func TestExplainOff(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.ChangeAccount(func(a *account.Account) { rig.SetEvent(a, func(e *account.Event) { e.Enabled = false }) })
	w := r.NewWorker(rig.Options{})
	for range 2 {
		r.Hand(w, r.First())
	}
	all, err := tellerOf(r).ExplainOrder(t.Context(), viewer, rig.BrandID, "51230077")
	r.Must(err)
	if len(all.Answers) != 1 {
		t.Fatalf("got %+v", all.Answers)
	}
	a := all.Answers[0]
	if a.Status != "event_off" || a.Event != "shipment/failed_delivery" || a.Day != "2024-02-13" || !a.At.Equal(time.Date(2024, 2, 13, 9, 50, 41, 0, time.UTC)) || stopped(a.Explanation).Name != checks.Event {
		t.Errorf("got %+v", a)
	}
}

// TestExplainAnswers refuses who may not look, and says of an account without an app that nothing is kept.
func TestExplainAnswers(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	teller := tellerOf(r)
	r.Hand(r.Hooks, r.First())
	m := r.Sole(t)
	r.Must(r.Parts.Store.PutAccount(t.Context(), account.Account{ID: "999", Slug: "other"}))

	for _, tt := range []struct {
		caller             access.Caller
		account, ask, name string
		kind               fault.Kind
	}{
		{stranger, rig.BrandID, m.ID, "of another brand", fault.Forbidden},
		{stranger, "999", m.ID, "another brand's message under one's own", fault.NotFound},
		{viewer, rig.BrandID, "0123456789abcdef0123456789abcdef", "no such message", fault.NotFound},
		{viewer, rig.BrandID, "../x", "no message's id", fault.NotFound},
		{support, "998", m.ID, "no such account", fault.NotFound},
	} {
		if _, err := teller.ExplainMessage(t.Context(), tt.caller, tt.account, tt.ask); !fault.Is(err, tt.kind) {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.kind)
		}
		if _, err := teller.ExplainOrder(t.Context(), tt.caller, tt.account, tt.ask); tt.account != "999" && !fault.Is(err, tt.kind) {
			t.Errorf("%s: the order: got %v, want %s", tt.name, err, tt.kind)
		}
	}

	all, err := teller.ExplainOrder(t.Context(), stranger, "999", "51230077")
	if err != nil || all.Kept || all.Explanation.Status != "not_kept" || all.Explanation.Sentence == "" {
		t.Errorf("without an app: got %+v, %v", all, err)
	}
}
