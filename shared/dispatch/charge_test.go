package dispatch_test

import (
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// rewrite changes the brand's document by hand, without anybody's consent to charges.
func rewrite(r *rig.Rig, change func(*account.Account)) {
	r.T.Helper()
	a, err := r.Parts.Store.Account(r.T.Context(), rig.BrandID)
	r.Must(err)
	change(&a)
	r.Must(r.Parts.Store.PutAccount(r.T.Context(), a))
}

// withdraw ends the consent to the charges of failed deliveries at the rig's app.
func withdraw(a *account.Account) {
	choice := a.Choices[rig.AppID]["shipment/failed_delivery"]
	choice.Charges = nil
	a.Choices[rig.AppID]["shipment/failed_delivery"] = choice
}

// TestNothingIsChargedWithoutConsent has an event that the account's document has on: through an app of the platform's its message is sent
// only with the recorded consent to the event's charges, and else it is off. An app of the brand's own needs none.
func TestNothingIsChargedWithoutConsent(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		own    bool
		change func(*account.Account)
		sent   int
	}{
		"consent":           {change: func(*account.Account) {}, sent: 1},
		"document_by_hand":  {change: func(a *account.Account) { a.Choices = nil }},
		"choice_without_it": {change: withdraw},
		"of_another_app": {change: func(a *account.Account) {
			a.Choices = map[string]map[string]account.Choice{"another": a.Choices[rig.AppID]}
		}},
		"of_nobody": {change: func(a *account.Account) { a.Choices[rig.AppID]["shipment/failed_delivery"].Charges.By = "" }},
		"own_app":   {own: true, change: func(a *account.Account) { a.Choices = nil }, sent: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Shared: !tt.own})
			rewrite(r, tt.change)
			r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
			r.Settle(r.Hooks)
			if got := r.Sim.Log().AcceptedCount(); got != tt.sent || len(r.Messages()) != tt.sent {
				t.Errorf("got %d sent and %d messages, want %d; %s", got, len(r.Messages()), tt.sent, r.Describe())
			}
		})
	}
}

// TestConsentIsHeldAgainstTheAppOfTheMessage has a message wait that is bound to an app of the platform's by its first claim. It goes on
// through that app only while there is consent to its charges there, whichever app is the sender by then.
func TestConsentIsHeldAgainstTheAppOfTheMessage(t *testing.T) {
	t.Parallel()
	ownSends := func(a *account.Account) {
		own := a.Apps[rig.AppID]
		own.Ownership = message.Client
		a.Apps["own"], a.Sender = own, "own"
	}
	for name, tt := range map[string]struct {
		during func(*account.Account)
		want   message.Status
	}{
		"consent_withdrawn":               {withdraw, message.StatusDropped},
		"own_app_sends":                   {ownSends, message.StatusRead},
		"own_app_sends_consent_withdrawn": {func(a *account.Account) { ownSends(a); withdraw(a) }, message.StatusDropped},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Shared: true})
			r.Fault(simulator.Fault{Mode: chaos.Throttle, Times: 1})
			r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
			if m := r.Sole(t); m.Status() != message.StatusWaiting || m.AppID != rig.AppID {
				t.Fatalf("throttled: got %s at app %q, want waiting at %s", m.Status(), m.AppID, rig.AppID)
			}
			rewrite(r, tt.during)
			r.Clock.Advance(31 * time.Second)
			r.Settle(r.Hooks)
			m := r.Sole(t)
			if m.Status() != tt.want || (m.Reason == message.EventOff) != (tt.want == message.StatusDropped) {
				t.Errorf("got %s %s, want %s; %s", m.Status(), m.Reason, tt.want, r.Describe())
			}
		})
	}
}

// TestCategoryIsHeldAgainstTheConsentAtTheSend has WhatsApp put the platform's template into a dearer category. Before any account has followed
// that, a message is refused as that of an event that is off: with the copy of the template that it would be sent with comes the category.
func TestCategoryIsHeldAgainstTheConsentAtTheSend(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		category string
		sent     int
	}{
		"as_agreed":          {category: "UTILITY", sent: 1},
		"dearer":             {category: "MARKETING"},
		"nobody_knows_which": {sent: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Shared: true})
			again := simgupshup.NewTemplate(rig.TemplateID, "failed_delivery_v1", simgupshup.Container{Data: "Hi {{1}}, we could not deliver {{2}}."})
			again.Category = tt.category
			r.Must(r.Sim.Gupshup().PutTemplate(rig.GupshupAppID, again))
			r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
			r.Settle(r.Hooks)
			m := r.Sole(t)
			if got := r.Sim.Log().AcceptedCount(); got != tt.sent || (m.Reason == message.EventOff) != (tt.sent == 0) {
				t.Errorf("got %d sent, %s %s, want %d; %s", got, m.Status(), m.Reason, tt.sent, r.Describe())
			}
		})
	}
}

// TestSpendingLimit has an account that may spend the price of one message a day: the next one is refused with the reason, through the
// platform's app alone, and the day after is another day.
func TestSpendingLimit(t *testing.T) {
	t.Parallel()

	const minute = time.Minute + time.Second // after which what was spent is read afresh

	for name, tt := range map[string]struct {
		own    bool
		limits account.Limits
		wait   time.Duration
		sent   int
		reason message.Reason
	}{
		"daily":        {limits: account.Limits{DailyMicros: 200_000}, wait: minute, sent: 1, reason: message.SpendingLimit},
		"daily_exact":  {limits: account.Limits{DailyMicros: 230_000}, wait: minute, sent: 2},
		"monthly":      {limits: account.Limits{MonthlyMicros: 200_000}, wait: minute, sent: 1, reason: message.SpendingLimit},
		"within_cache": {limits: account.Limits{DailyMicros: 200_000}, wait: time.Second, sent: 2},
		"next_day":     {limits: account.Limits{DailyMicros: 200_000}, wait: 25 * time.Hour, sent: 2},
		"next_month":   {limits: account.Limits{MonthlyMicros: 200_000}, wait: 31 * 25 * time.Hour, sent: 2},
		"own_app":      {own: true, limits: account.Limits{DailyMicros: 1, MonthlyMicros: 1}, wait: minute, sent: 2},
		"no_limit":     {wait: minute, sent: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Shared: !tt.own})
			rewrite(r, func(a *account.Account) { a.Limits, a.MaxAge = tt.limits, 0 })
			r.Must(r.Parts.Store.CreateRateCard(t.Context(), store.RateCard{Card: billing.Card{
				Version: "old", Currency: "INR", From: "2024-01-01", Rates: []billing.Rate{{Market: "IN", Category: billing.Utility, Micros: 115_000}},
			}}))

			r.Hand(r.Hooks, r.First())
			r.Settle(r.Hooks)
			r.Clock.Advance(tt.wait)
			r.Hand(r.Hooks, r.Second())
			r.Settle(r.Hooks)

			all := r.Messages()
			if len(all) != 2 || r.Sim.Log().AcceptedCount() != tt.sent {
				t.Fatalf("got %d messages and %d sent, want 2 and %d; %s", len(all), r.Sim.Log().AcceptedCount(), tt.sent, r.Describe())
			}
			for _, m := range all {
				if m.Phase == message.Refused && (m.Reason != tt.reason || m.Estimate.Micros != 0) {
					t.Errorf("got %s with %+v, want %s and no estimate", m.Reason, m.Estimate, tt.reason)
				}
			}
		})
	}
}

// TestSpendingLimitOfWhatWaited has a message made on one day and held until the next. It counts against the limit of the day on which it is
// sent, so that the next message of that day is refused.
func TestSpendingLimitOfWhatWaited(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Shared: true})
	health := func(h account.Health) {
		rewrite(r, func(a *account.Account) {
			app := a.Apps[rig.AppID]
			app.Health = h
			a.Apps[rig.AppID] = app
			a.Limits, a.MaxAge = account.Limits{DailyMicros: 200_000}, 0
		})
	}
	r.Must(r.Parts.Store.CreateRateCard(t.Context(), store.RateCard{Card: billing.Card{
		Version: "old", Currency: "INR", From: "2024-01-01", Rates: []billing.Rate{{Market: "IN", Category: billing.Utility, Micros: 115_000}},
	}}))

	health(account.Health{Reason: message.CauseBlocked, Since: r.Clock.Now(), RetryAt: r.Clock.Now().Add(100 * time.Hour)})
	r.Hand(r.Hooks, r.First())
	r.Clock.Advance(25 * time.Hour)
	health(account.Health{})

	for range 3 {
		r.Clock.Advance(2 * time.Minute)
		r.Settle(r.Hooks)
	}

	r.Hand(r.Hooks, r.Second())
	r.Settle(r.Hooks)

	var refused int
	for _, m := range r.Messages() {
		if m.Reason == message.SpendingLimit {
			refused++
		}
	}

	if got := r.Sim.Log().AcceptedCount(); got != 1 || refused != 1 {
		t.Errorf("got %d sent and %d refused, want one each; %s", got, refused, r.Describe())
	}
}
