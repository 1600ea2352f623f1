package story_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/story"
	fill "github.com/eshopbox/whatsapp-notifications/shared/template"
)

// happening is one event that was published.
type happening struct {
	event order.Event
	data  []byte
}

// published returns an event of a kind about a parcel.
func published(t *testing.T, kind order.Kind, p rig.Parcel, at time.Time, phone string) happening {
	t.Helper()
	subject := map[string]any{
		"customerContactNumber": phone, "customerName": "Ira Sample", "customerOrderId": p.Number, "customerOrderNumber": p.Number,
		"order_id": p.Order, "account_id": rig.BrandID, "externalShipmentID": p.Number + "-S", "tracking_id": "T" + p.Order,
		"status": kind.SubType, "status_updated_at": at.In(config.IST).Format(time.DateTime),
	}
	if kind.Resource == order.ReturnShipment {
		subject["customerReturnNumber"] = p.Number + "-R"
	}
	if kind.Resource == order.Cart {
		subject["checkout_id"] = p.Number + "-C"
	}
	data, err := json.Marshal(map[string]any{"resource": kind.Resource, "eventType": "PUT", "eventSubType": kind.SubType, "version": "v1", "response_data": subject})
	if err != nil {
		t.Fatal(err)
	}
	e, err := order.ParseEvent(data, nil, config.IST)
	if err != nil {
		t.Fatal(err)
	}

	return happening{e, data}
}

// TestCorpus publishes thirty days of events of all kinds to a brand that changes its mind about everything, and shoppers who do so too:
// every happening gets exactly one answer, which says why.
func TestCorpus(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	w := r.NewWorker(rig.Options{Config: map[string]string{"SETTINGS_TTL": "0s"}})
	draw := rand.New(rand.NewPCG(7, 30))

	var kinds []order.Kind
	for _, entry := range order.Catalog() {
		if entry.Kind.Resource != order.Cart { // a cart is of no order
			kinds = append(kinds, entry.Kind)
		}
	}
	r.ChangeAccount(func(a *account.Account) { a.ConsentMode = account.BrandDeclared; a.MaxAge = 36 * time.Hour })

	const days, aDay, parcels = 30, 16, 24
	var all []happening
	for day := range days {
		change(r, draw, kinds)
		w = r.NewWorker(rig.Options{})
		for range aDay {
			p := rig.ParcelOf(draw.IntN(parcels))
			at := r.Clock.Now().Add(-time.Duration(draw.IntN(50)) * time.Hour / 2)
			phone := strings.TrimPrefix(p.Phone, "91")
			if n := draw.IntN(24); n < 2 {
				phone = []string{"", "12"}[n]
			}
			h := published(t, kinds[draw.IntN(len(kinds))], p, at, phone)
			all = append(all, h)
			r.Hand(w, r.EventData(h.data))
			if draw.IntN(6) == 0 {
				r.SubscribePhone(p.Phone, []consent.Action{consent.Withdraw, consent.Grant, consent.Unreachable}[draw.IntN(3)])
			}
		}
		if day%3 == 0 {
			r.Round(w)
		}
		r.Clock.Advance(24 * time.Hour)
	}
	for r.QueuedAt(world.OrderEvents) > 0 {
		r.Deliver(world.OrderEvents, w.Notify)
	}

	teller := tellerOf(r)
	keys, err := r.Parts.Keys(t.Context())
	r.Must(err)
	answers := map[string]story.OrderAnswer{}
	statuses := map[string]int{}
	for _, h := range all {
		got, asked := answers[h.event.OrderID]
		if !asked {
			got, err = teller.ExplainOrder(t.Context(), viewer, rig.BrandID, h.event.OrderID)
			r.Must(err)
			answers[h.event.OrderID] = got
		}
		fitting := answersTo(got, keys.Occurrence.Occurrence(rig.BrandID, h.event), h.event)
		if len(fitting) != 1 {
			t.Errorf("%s of %s at %s: got %d answers\n%s", h.event.Kind(), h.event.Subject, h.event.OccurredAt, len(fitting), listed(got.Answers))
			continue
		}
		a := fitting[0]
		statuses[string(a.Status)+" "+a.Because]++
		if a.Sentence == "" || a.Advice == "" || a.Because == "" || a.Status == "" || len(a.Checks) == 0 {
			t.Errorf("%s: got %+v", h.event.Kind(), a)
		}
		if ended := a.Status == message.StatusRefused || a.Status == message.StatusDropped; ended && string(stopped(a.Explanation).Reason) != a.Because {
			t.Errorf("%s: %s because of %s, and the check that failed is %+v", h.event.Kind(), a.Status, a.Because, stopped(a.Explanation))
		}
		text := fmt.Sprintf("%+v", a)
		if strings.Contains(text, "90000020") || strings.Contains(text, "Ira") {
			t.Errorf("%s: personal data in %s", h.event.Kind(), text)
		}
	}
	for _, want := range []string{
		"event_off event_off", "refused opted_out", "refused superseded", "refused invalid_phone", "refused no_phone", "refused no_sender", "refused unreachable",
		"dropped expired", "dropped event_off", "accepted accepted", "read read",
	} {
		if statuses[want] == 0 {
			t.Errorf("nothing is %s: %v", want, statuses)
		}
	}
}

// change changes a thing or two of the brand's settings.
func change(r *rig.Rig, draw *rand.Rand, kinds []order.Kind) {
	r.ChangeAccount(func(a *account.Account) {
		for _, kind := range kinds {
			if draw.IntN(3) == 0 {
				a.Events[kind.String()] = account.Event{Enabled: draw.IntN(3) > 0, TemplateID: rig.TemplateID, Filling: fill.Filling{Variables: []string{"customer_name", "customer_order_id"}}}
			}
		}
		a.Sender = rig.AppID
		app := a.Apps[rig.AppID]
		app.Health = account.Health{}
		switch draw.IntN(10) {
		case 0:
			a.Sender = ""
		case 1:
			app.Health = account.Health{Reason: message.CauseBalance, Since: r.Clock.Now(), RetryAt: r.Clock.Now().Add(time.Hour)}
		}
		a.Apps[rig.AppID] = app
	})
}

// answersTo returns the answers that are about an event: its message's, or that of its event's being off.
func answersTo(all story.OrderAnswer, id string, e order.Event) []story.Answer {
	var fitting, offs []story.Answer
	for _, a := range all.Answers {
		switch {
		case a.MessageID != "" && a.MessageID == id:
			fitting = append(fitting, a)
		case a.MessageID == "" && a.Event == e.Kind().String() && a.Status == "event_off":
			offs = append(offs, a)
		}
	}
	if len(fitting) > 0 {
		return fitting
	}
	// Of an event that is off the newest is known by its time; an earlier one that may happen again by its day.
	sameDay := slices.DeleteFunc(slices.Clone(offs), func(a story.Answer) bool { return a.Day != e.OccurredDay })
	if len(sameDay) > 0 {
		return sameDay
	}

	return offs
}

func listed(all []story.Answer) string {
	var lines []string
	for _, a := range all {
		lines = append(lines, fmt.Sprintf("%s %s %s %s %s %s %s", a.Event, a.Shipment, a.At, a.Day, a.MessageID, a.Status, a.Because))
	}

	return strings.Join(lines, "\n")
}
