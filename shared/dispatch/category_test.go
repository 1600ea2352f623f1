package dispatch_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	simmeta "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// reclass has WhatsApp have the rig's template in a category, and tell nobody.
func reclass(r *rig.Rig, category string) {
	r.T.Helper()
	const body = "Hi {{1}}, we could not deliver {{2}}."
	if r.Vendor.TemplateID == rig.TemplateID {
		t := simgupshup.NewTemplate(rig.TemplateID, "failed_delivery_v1", simgupshup.Container{Data: body})
		t.Category = category
		r.Must(r.Sim.Gupshup().PutTemplate(rig.GupshupAppID, t))

		return
	}

	t := simmeta.NewTemplate(r.Vendor.TemplateID, "failed_delivery_v1", "en", simmeta.Content{Body: body})
	t.Category = category
	r.Must(r.Sim.Meta().PutTemplate(rig.MetaNumberID, t))
}

// TestTemplateOfMarketing has news of an order told with a template of WhatsApp's category marketing: held by default, and sent as marketing to
// who agreed to that where the account says so. At Meta it goes by the route for marketing.
func TestTemplateOfMarketing(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		provider  string
		reclassed account.Reclassed
		offers    consent.Action
		want      message.Phase
		reason    message.Reason
	}{
		"held":                      {provider: gupshup.Name, offers: consent.Grant, want: message.Held},
		"held_at_meta":              {provider: meta.Name, offers: consent.Grant, want: message.Held},
		"held_as_set":               {provider: meta.Name, reclassed: account.HoldReclassed, offers: consent.Grant, want: message.Held},
		"sent":                      {provider: gupshup.Name, reclassed: account.SendReclassed, offers: consent.Grant, want: message.Claimed},
		"sent_at_meta":              {provider: meta.Name, reclassed: account.SendReclassed, offers: consent.Grant, want: message.Claimed},
		"sent_without_consent":      {provider: meta.Name, reclassed: account.SendReclassed, want: message.Refused, reason: message.NotOptedIn},
		"sent_after_stop_of_offers": {provider: meta.Name, reclassed: account.SendReclassed, offers: consent.Withdraw, want: message.Refused, reason: message.OptedOut},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Provider: tt.provider})
			reclass(r, "MARKETING")
			r.ChangeAccount(func(a *account.Account) { a.Reclassed = tt.reclassed })
			if tt.offers != "" {
				r.OfferShopper(tt.offers)
			}
			r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
			m := r.Sole(t)
			if m.Phase != tt.want || m.Reason != tt.reason {
				t.Fatalf("got %s %s, want %s %s; %s", m.Phase, m.Reason, tt.want, tt.reason, r.Describe())
			}
			sent := r.Sim.Log().Accepted()
			if (len(sent) == 1) != (tt.want == message.Claimed) {
				t.Errorf("got %d sent", len(sent))
			}
			for _, s := range sent {
				if s.ByMarketing != (tt.provider == meta.Name) || m.Estimate.Category != "marketing" || !m.Grounds.Marketing {
					t.Errorf("got %+v with the grounds %+v and the estimate %+v, want it sent and counted as marketing", s, m.Grounds, m.Estimate)
				}
			}
			h := r.Stored().Events[rig.FailedDeliveryKind].Health
			if (h.Reason == account.CategoryHeld) != (tt.want == message.Held) || (m.Grounds.Template == account.CategoryHeld) != (tt.want == message.Held) {
				t.Errorf("template: got %+v and the grounds %+v", h, m.Grounds)
			}
		})
	}
}

// TestHeldForItsCategoryGoesOut has what waits go out once WhatsApp moves the template back, or the account lets it go on: then to nobody who has
// not agreed to marketing.
func TestHeldForItsCategoryGoesOut(t *testing.T) {
	t.Parallel()
	send := func(r *rig.Rig) {
		r.ChangeAccount(func(a *account.Account) { a.Reclassed = account.SendReclassed })
	}
	for name, tt := range map[string]struct {
		offers  consent.Action
		then    func(*rig.Rig)
		want    message.Status
		byRoute bool
	}{
		"moved_back":                {then: func(r *rig.Rig) { reclass(r, "UTILITY") }, want: message.StatusRead},
		"let_go":                    {offers: consent.Grant, then: send, want: message.StatusRead, byRoute: true},
		"let_go_without_consent":    {then: send, want: message.StatusDropped},
		"stopped_offers_meanwhile":  {offers: consent.Grant, then: func(r *rig.Rig) { send(r); r.OfferShopper(consent.Withdraw) }, want: message.StatusDropped},
		"let_go_and_moved_back_too": {then: func(r *rig.Rig) { send(r); reclass(r, "UTILITY") }, want: message.StatusRead},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Provider: meta.Name})
			reclass(r, "MARKETING")
			if tt.offers != "" {
				r.OfferShopper(tt.offers)
			}
			r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
			r.Clock.Advance(2 * time.Minute)
			r.CallSweep(r.Hooks)
			if m := r.Sole(t); m.Phase != message.Held {
				t.Fatalf("got %s, want it held; %s", m.Phase, r.Describe())
			}
			if name == "let_go_and_moved_back_too" {
				reclass(r, "UTILITY") // and a check finds that out before the message is looked at
				r.Clock.Advance(20 * time.Minute)
				r.CallSweep(r.Hooks)
			}
			tt.then(r)
			r.Clock.Advance(time.Minute)
			r.Settle(r.Hooks)
			if m := r.Sole(t); m.Status() != tt.want {
				t.Errorf("got %s %s, want %s; %s", m.Status(), m.Reason, tt.want, r.Describe())
			}
			for _, s := range r.Sim.Log().Accepted() {
				if s.ByMarketing != tt.byRoute {
					t.Errorf("got %+v, by the route for marketing: %t", s, tt.byRoute)
				}
			}
		})
	}
}

// TestEditedBeyondItsFilling has a template be edited so that its placeholders no longer go with what fills it: the message is held with the
// reason and goes out once the event is mapped again.
func TestEditedBeyondItsFilling(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Provider: meta.Name})
	r.Must(r.Sim.Meta().PutTemplate(rig.MetaNumberID, simmeta.NewTemplate(r.Vendor.TemplateID, "failed_delivery_v1", "en", simmeta.Content{
		Body: "Hi {{1}}, we could not deliver {{2}} of {{3}}.",
	})))
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	m, h := r.Sole(t), r.Stored().Events[rig.FailedDeliveryKind].Health
	if m.Phase != message.Held || h.Reason != account.TemplateHeld || h.Detail == "" {
		t.Fatalf("got %s and %+v, want it held with the reason; %s", m.Phase, h, r.Describe())
	}

	r.ChangeAccount(func(a *account.Account) {
		rig.SetEvent(a, func(e *account.Event) {
			e.Filling.Variables, e.Filling.Names = []string{"customer_name", "customer_order_id", "brand"}, nil
			e.Health = account.Health{} // as a save does
		})
	})
	r.Clock.Advance(time.Minute)
	r.Settle(r.Hooks)
	if m := r.Sole(t); m.Status() != message.StatusRead {
		t.Errorf("mapped again: got %s %s; %s", m.Status(), m.Reason, r.Describe())
	}
}

// TestEditedAndMarketing has a template be edited beyond what fills it and be moved to marketing. The message is held until the event is mapped
// again, also for a shopper who has not agreed to marketing: it may be news of an order again by then.
func TestEditedAndMarketing(t *testing.T) {
	t.Parallel()
	for _, reclassed := range []account.Reclassed{account.HoldReclassed, account.SendReclassed} {
		t.Run(string(reclassed), func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Provider: meta.Name})
			edited := simmeta.NewTemplate(r.Vendor.TemplateID, "failed_delivery_v1", "en", simmeta.Content{
				Body: "Hi {{1}}, we could not deliver {{2}} of {{3}}.",
			})
			edited.Category = "MARKETING"
			r.Must(r.Sim.Meta().PutTemplate(rig.MetaNumberID, edited))
			r.ChangeAccount(func(a *account.Account) { a.Reclassed = reclassed })

			r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
			if m := r.Sole(t); m.Phase != message.Held || m.Grounds.Template != account.TemplateHeld {
				t.Errorf("got %s %s by %+v, want it held for the template; %s", m.Phase, m.Reason, m.Grounds, r.Describe())
			}
		})
	}
}

// TestCartGoesAsMarketing has an abandoned cart told with a marketing template: by Meta's route for these, and to nobody who has not agreed.
func TestCartGoesAsMarketing(t *testing.T) {
	t.Parallel()
	for name, offers := range map[string]consent.Action{"agreed": consent.Grant, "not_agreed": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Provider: meta.Name})
			reclass(r, "MARKETING")
			kind := order.Kind{Resource: order.Cart, SubType: "abandoned"}.String()
			r.ChangeAccount(func(a *account.Account) {
				a.Events[kind] = account.Event{Enabled: true, TemplateID: r.Vendor.TemplateID, Filling: a.Events[rig.FailedDeliveryKind].Filling}
			})
			if offers != "" {
				r.OfferShopper(offers)
			}
			r.Hand(r.Hooks, r.Event("cart-abandoned"))
			sent := r.Sim.Log().Accepted()
			switch refused := strings.Contains(r.Logs.String(), `"reason":"not_opted_in"`); {
			case offers == "" && (len(sent) != 0 || !refused):
				t.Errorf("got %+v, want it refused; %s", sent, r.Describe())
			case offers != "" && (len(sent) != 1 || !sent[0].ByMarketing):
				t.Errorf("got %+v, want it by the route for marketing; %s", sent, r.Describe())
			}
		})
	}
}

// TestStopOfOffersAtEveryCall has a shopper stop marketing while a message that goes out as marketing is being decided on, claimed and posted: at
// each call of the way, which takes longer than what a claim rests on may be old. Nothing is sent, except where the post is under way already.
func TestStopOfOffersAtEveryCall(t *testing.T) {
	t.Parallel()
	for _, name := range []string{meta.Name, gupshup.Name} {
		o := rig.Options{Provider: name}
		calls := rig.SendCalls(t, o)
		post := slices.IndexFunc(calls, func(call string) bool { return strings.HasPrefix(call, "HTTP POST") })

		for at := range post {
			t.Run(fmt.Sprintf("%s_%d", name, at), func(t *testing.T) {
				t.Parallel()
				r := rig.New(t, o)
				reclass(r, "MARKETING")
				r.ChangeAccount(func(a *account.Account) { a.Reclassed = account.SendReclassed })
				r.OfferShopper(consent.Grant)
				w := r.NewWorker(o)
				w.Faults.Strike(at, rig.StallBefore, func() {
					r.OfferShopper(consent.Withdraw)
					r.Clock.Advance(251 * time.Millisecond)
				})
				r.Hand(w, r.First())
				r.Settle(r.Hooks)

				if got := r.Sim.Log().AcceptedCount(); got != 0 {
					t.Errorf("before %s: got %d messages, want none; %s", calls[at], got, r.Describe())
				}
				if m := r.Sole(t); m.Reason != message.OptedOut {
					t.Errorf("before %s: got %s, reason %q, want %s", calls[at], m.Status(), m.Reason, message.OptedOut)
				}
			})
		}
	}
}
