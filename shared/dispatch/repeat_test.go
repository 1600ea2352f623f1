package dispatch_test

import (
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// The shipments of the rig's order.
const (
	parcel      = "NC-20417-6120-311"
	otherParcel = "NC-20417-6120-312"
)

// happening is an event of a shipment, as the platform tells it.
type happening struct{ subType, shipment, at string }

// queued publishes the event and takes it off the queue.
func (h happening) queued(r *rig.Rig) *rig.Queued {
	data := r.Altered(func(s map[string]any) {
		s["status"] = h.subType
		s["status_updated_at"] = h.at
		s["externalShipmentID"] = h.shipment
		delete(s, "status_log")
	})

	return r.EventData([]byte(strings.Replace(string(data), `"eventSubType":"failed_delivery"`, `"eventSubType":"`+h.subType+`"`, 1)))
}

// switchOn has the rig's brand tell of more events than of failed deliveries.
func switchOn(r *rig.Rig, subTypes ...string) {
	r.ChangeAccount(func(a *account.Account) {
		for _, s := range subTypes {
			a.Events["shipment/"+s] = a.Events[rig.FailedDeliveryKind]
		}
	})
}

// TestRepeats holds how often a shopper is told the same.
func TestRepeats(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		events []happening
		want   int
	}{
		{
			"three hub scans",
			[]happening{
				{"intransit", parcel, "2024-02-13 09:00:00"},
				{"intransit", parcel, "2024-02-13 11:00:00"},
				{"intransit", parcel, "2024-02-14 10:00:00"},
			},
			1,
		},
		{
			"scans of two shipments",
			[]happening{{"intransit", parcel, "2024-02-13 09:00:00"}, {"intransit", otherParcel, "2024-02-13 09:00:00"}},
			2,
		},
		{
			"order of two shipments",
			[]happening{{"created", parcel, "2024-02-13 09:00:00"}, {"created", otherParcel, "2024-02-13 09:00:00"}},
			1,
		},
		{
			"order that is split later",
			[]happening{{"created", parcel, "2024-02-12 09:00:00"}, {"created", otherParcel, "2024-02-13 09:00:00"}},
			1,
		},
		{
			"order whose second shipment comes first",
			[]happening{{"created", otherParcel, "2024-02-13 09:00:00"}, {"created", parcel, "2024-02-12 09:00:00"}},
			1,
		},
		{
			"order that another shipment spoke of",
			[]happening{{"packed", otherParcel, "2024-02-13 08:00:00"}, {"created", parcel, "2024-02-13 09:00:00"}},
			1,
		},
		{
			"out for delivery twice a day, and the next",
			[]happening{
				{"out_for_delivery", parcel, "2024-02-13 00:10:00"},
				{"out_for_delivery", parcel, "2024-02-13 23:50:00"},
				{"out_for_delivery", parcel, "2024-02-14 00:10:00"},
			},
			2,
		},
		{
			"each failed delivery",
			[]happening{
				{"failed_delivery", parcel, "2024-02-12 09:00:00"},
				{"failed_delivery", parcel, "2024-02-12 09:00:01"},
				{"failed_delivery", parcel, "2024-02-13 09:00:00"},
			},
			3,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			switchOn(r, "created", "packed", "intransit", "out_for_delivery")
			for _, h := range tt.events {
				r.Hand(r.Hooks, h.queued(r))
				r.Settle(r.Hooks)
			}
			if got := r.Sim.Log().AcceptedCount(); got != tt.want {
				t.Errorf("got %d messages, want %d; %s", got, tt.want, r.Describe())
			}
		})
	}
}

// TestDuplicateIsNewsOfItsShipment keeps the newest time of a status that is not told again: other messages are superseded
// by it.
func TestDuplicateIsNewsOfItsShipment(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	switchOn(r, "intransit")
	first := happening{"intransit", parcel, "2024-02-13 09:00:00"}.queued(r)
	second := happening{"intransit", parcel, "2024-02-13 11:00:00"}.queued(r)
	r.Hand(r.Hooks, first)
	r.Hand(r.Hooks, second)

	o, err := r.Parts.Store.Order(t.Context(), store.OrderID(rig.BrandID, "51230077"))
	r.Must(err)
	if got, want := o.TimesOf(parcel)["intransit"], time.Date(2024, 2, 13, 5, 30, 0, 0, time.UTC).Unix(); got != want {
		t.Errorf("newest scan: got %d, want %d", got, want)
	}

	r.Cloud.Calls().Reset()
	r.Hand(r.Hooks, second)
	r.Hand(r.Hooks, first)
	if got := r.Cloud.Calls().Count("Commit"); got != 0 {
		t.Errorf("writes for what is known: got %d, want none", got)
	}
}

// agree subscribes the shopper who said STOP.
func agree(r *rig.Rig) {
	r.Clock.Advance(time.Second)
	r.SubscribeShopper(consent.Grant)
}

// TestSecondLook has a scan be passed over, and another one of the same shipment come later: that one is decided by its own
// time and content.
func TestSecondLook(t *testing.T) {
	t.Parallel()
	stop := func(r *rig.Rig) { r.SubscribeShopper(consent.Withdraw) }
	block := func(r *rig.Rig, h account.Health) {
		r.ChangeAccount(func(a *account.Account) {
			app := a.Apps[rig.AppID]
			app.Health = h
			a.Apps[rig.AppID] = app
		})
	}
	limit := func(age time.Duration) func(r *rig.Rig) {
		return func(r *rig.Rig) {
			stop(r)
			r.ChangeAccount(func(a *account.Account) { a.MaxAge = age })
		}
	}
	const first = "2024-02-13 09:00:00"
	tests := []struct {
		name   string
		before func(r *rig.Rig)
		// between happens after the first scan, later is the time of the second.
		between func(r *rig.Rig)
		later   string
		want    message.Status
		reason  message.Reason
	}{
		{name: "refused, then subscribed", before: stop, between: agree, later: "2024-02-13 15:00:00", want: message.StatusAccepted},
		{name: "the same event again", before: stop, between: agree, later: first, want: message.StatusAccepted},
		{name: "still not subscribed", before: stop, later: "2024-02-13 15:00:00", want: message.StatusRefused, reason: message.OptedOut},
		{
			name:    "a scan of more than a day ago",
			before:  stop,
			between: agree,
			later:   "2024-02-12 15:29:59",
			want:    message.StatusRefused,
			reason:  message.OptedOut,
		},
		{
			name: "older than its age limit", before: limit(7 * time.Hour), between: agree, later: "2024-02-13 08:00:00",
			want: message.StatusRefused, reason: message.OptedOut,
		},
		{name: "within its age limit", before: limit(7 * time.Hour), between: agree, later: "2024-02-13 15:00:00", want: message.StatusAccepted},
		{
			name: "within an age limit of days", before: limit(72 * time.Hour), between: agree, later: "2024-02-11 15:00:00",
			want: message.StatusAccepted,
		},
		{
			name: "dropped without an attempt",
			before: func(r *rig.Rig) {
				block(r, account.Health{Reason: message.CauseBlocked, Since: r.Clock.Now(), RetryAt: r.Clock.Now().Add(24 * time.Hour)})
			},
			between: func(r *rig.Rig) {
				stop(r)
				block(r, account.Health{})
				r.Clock.Advance(time.Minute)
				r.Settle(r.Hooks)
				if got := r.Messages()[0].Phase; got != message.Dropped {
					r.T.Fatalf("got %s, want dropped", got)
				}
				agree(r)
			},
			later: "2024-02-13 15:00:00",
			want:  message.StatusAccepted,
		},
		{
			name:   "failed",
			before: func(r *rig.Rig) { r.Sim.Phones().SetNotOnWhatsApp(rig.Shopper, true) },
			between: func(r *rig.Rig) {
				r.Settle(r.Hooks)
				r.Sim.Phones().SetNotOnWhatsApp(rig.Shopper, false)
				agree(r)
			},
			later: "2024-02-13 15:00:00",
			want:  message.StatusFailed,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			switchOn(r, "intransit")
			tt.before(r)
			r.Hand(r.Hooks, happening{"intransit", parcel, first}.queued(r))
			before := r.Sole(t)
			if tt.between != nil {
				tt.between(r)
			}

			r.Clock.Advance(30 * time.Second)
			r.Hand(r.Hooks, happening{"intransit", parcel, tt.later}.queued(r))

			m := r.Sole(t)
			if m.Status() != tt.want || m.Reason != tt.reason || m.ID != before.ID {
				t.Fatalf("got %s %s, want %s %s; %s", m.Status(), m.Reason, tt.want, tt.reason, r.Describe())
			}

			at, _ := time.ParseInLocation(time.DateTime, first, ist)
			if tt.want == message.StatusAccepted {
				at, _ = time.ParseInLocation(time.DateTime, tt.later, ist)
			}
			if m.OccurredAt != at.Unix() {
				t.Errorf("decided by %d, want %d", m.OccurredAt, at.Unix())
			}
			if renewed := m.CreatedAt.After(before.CreatedAt); renewed != (tt.want == message.StatusAccepted) {
				t.Errorf("made at %s and first at %s", m.CreatedAt, before.CreatedAt)
			}
		})
	}
}

// ist is the zone of the platform's times.
var ist = time.FixedZone("IST", 19800)

// TestSecondLookOfAnotherShipment confirms an order by its second shipment, whose number is right.
func TestSecondLookOfAnotherShipment(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	switchOn(r, "created")
	r.SubscribeShopper(consent.Withdraw)
	r.Hand(r.Hooks, happening{"created", parcel, "2024-02-13 15:00:00"}.queued(r))
	agree(r)
	r.Hand(r.Hooks, happening{"created", otherParcel, "2024-02-13 15:00:00"}.queued(r))
	if m := r.Sole(t); m.Status() != message.StatusAccepted || m.Subject != otherParcel || m.Activity.ShipmentID != otherParcel {
		t.Errorf("got %s of %s, want the second shipment's, accepted; %s", m.Status(), m.Subject, r.Describe())
	}
}

// TestSecondLookThatWaits does not outlast a day where its account sets no age limit.
func TestSecondLookThatWaits(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	switchOn(r, "intransit")
	health := func(h account.Health) {
		r.ChangeAccount(func(a *account.Account) {
			app := a.Apps[rig.AppID]
			app.Health = h
			a.Apps[rig.AppID] = app
		})
	}
	r.SubscribeShopper(consent.Withdraw)
	q := happening{"intransit", parcel, "2024-02-13 15:00:00"}.queued(r)
	r.Hand(r.Hooks, q)
	agree(r)
	health(account.Health{Reason: message.CauseBlocked, Since: r.Clock.Now(), RetryAt: r.Clock.Now().Add(48 * time.Hour)})
	r.Clock.Advance(time.Minute)
	r.Hand(r.Hooks, q)
	if m := r.Sole(t); m.Phase != message.Held {
		t.Fatalf("got %s, want held", m.Phase)
	}

	health(account.Health{})
	r.Clock.Advance(25 * time.Hour)
	r.Settle(r.Hooks)
	if m := r.Sole(t); m.Phase != message.Dropped || m.Reason != message.Expired {
		t.Errorf("got %s %s, want dropped as expired; %s", m.Phase, m.Reason, r.Describe())
	}
}

// TestMessageOfAFormerKey keeps what was decided on before events had repeat rules under its id: neither a redelivery of
// its event nor a later scan makes a second message.
func TestMessageOfAFormerKey(t *testing.T) {
	t.Parallel()
	const at, early, late = "2024-02-13 09:00:00", "2024-02-13 08:00:00", "2024-02-13 11:00:00"
	taken := map[string]message.Attempt{"1": {Rank: message.RankAccepted, IDs: []string{"gs-1"}}}
	tests := []struct {
		name    string
		subType string
		kept    message.Message
		event   happening
		retry   bool
		want    int
		status  message.Status
	}{
		{"redelivered", "intransit", message.Message{Phase: message.Claimed, Attempt: 1, Attempts: taken}, happening{"intransit", parcel, at}, false, 0, message.StatusAccepted},
		{"later scan", "intransit", message.Message{Phase: message.Claimed, Attempt: 1, Attempts: taken}, happening{"intransit", parcel, late}, false, 0, message.StatusAccepted},
		{"earlier scan", "intransit", message.Message{Phase: message.Claimed, Attempt: 1, Attempts: taken}, happening{"intransit", parcel, early}, false, 0, message.StatusAccepted},
		{"waiting, and republished", "intransit", message.Message{Phase: message.Waiting}, happening{"intransit", parcel, at}, true, 1, message.StatusAccepted},
		{"refused, and redelivered", "intransit", message.Message{Phase: message.Refused}, happening{"intransit", parcel, at}, false, 1, message.StatusAccepted},
		{"order, redelivered", "created", message.Message{Phase: message.Claimed, Attempt: 1, Attempts: taken}, happening{"created", parcel, at}, false, 0, message.StatusAccepted},
		{"out for delivery, redelivered", "out_for_delivery", message.Message{Phase: message.Claimed, Attempt: 1, Attempts: taken}, happening{"out_for_delivery", parcel, at}, false, 0, message.StatusAccepted},
		{"out for delivery, again that day", "out_for_delivery", message.Message{Phase: message.Claimed, Attempt: 1, Attempts: taken}, happening{"out_for_delivery", parcel, late}, false, 0, message.StatusAccepted},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			switchOn(r, tt.subType)
			r.ChangeAccount(func(a *account.Account) { a.MaxAge = 48 * time.Hour })
			keys, err := r.Parts.Keys(t.Context())
			r.Must(err)
			original := happening{tt.subType, parcel, at}.queued(r)
			e, err := order.ParseEvent(original.Message.GetData(), nil, nil)
			r.Must(err)

			m := tt.kept
			m.ID = keys.Occurrence.Former(rig.BrandID, e)
			m.AccountID, m.OrderID, m.Event, m.Subject = rig.BrandID, e.OrderID, e.Kind().String(), e.Subject
			m.AppID, m.Bucket, m.CreatedAt = rig.AppID, store.Bucket(m.ID), r.Clock.Now()
			if m.Phase == message.Waiting {
				m.Due, m.EventData = r.Clock.Now(), original.Message.GetData()
			}
			_, err = r.Parts.Store.Decide(t.Context(), store.Decision{Message: m, Times: store.StatusTimes{
				OrderID: store.OrderID(rig.BrandID, e.OrderID), Subject: e.Subject, Times: e.StatusTimes, ExpireAt: r.Clock.Now().Add(time.Hour),
			}})
			r.Must(err)

			if tt.retry {
				r.CallSweep(r.Hooks)
				r.Deliver("order-events", r.Hooks.Notify)
			} else {
				r.Hand(r.Hooks, tt.event.queued(r))
			}

			if got := r.Sole(t); got.ID != m.ID || got.Status() != tt.status {
				t.Errorf("got %s %s, want %s %s; %s", got.ID, got.Status(), m.ID, tt.status, r.Describe())
			}
			if got := r.Sim.Log().AcceptedCount(); got != tt.want {
				t.Errorf("posted %d, want %d", got, tt.want)
			}
		})
	}
	t.Run("out for delivery, the next day", func(t *testing.T) {
		t.Parallel()
		r := rig.New(t, rig.Options{})
		switchOn(r, "out_for_delivery")
		r.Hand(r.Hooks, happening{"out_for_delivery", parcel, "2024-02-12 23:00:00"}.queued(r))
		r.Settle(r.Hooks)
		r.Hand(r.Hooks, happening{"out_for_delivery", parcel, at}.queued(r))
		if got := r.Sim.Log().AcceptedCount(); got != 2 {
			t.Errorf("got %d messages, want 2", got)
		}
	})
}

// TestSameStatusIsForwardedOnce tells BusinessOnBot a status of a shipment once, by whichever of its events it comes first.
func TestSameStatusIsForwardedOnce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		events []happening
		want   int
	}{
		{"dispatched by two events", []happening{{"picked_up", parcel, "2024-02-13 08:00:00"}, {"dispatched", parcel, "2024-02-13 09:00:00"}}, 1},
		{
			"in transit by two events, and another day",
			[]happening{
				{"intransit", parcel, "2024-02-12 08:00:00"},
				{"out_for_delivery", parcel, "2024-02-12 09:00:00"},
				{"out_for_delivery", parcel, "2024-02-13 09:00:00"},
			},
			1,
		},
		{"returned by two events", []happening{{"rto_created", parcel, "2024-02-12 08:00:00"}, {"rto_delivered", parcel, "2024-02-13 09:00:00"}}, 1},
		{"two statuses", []happening{{"dispatched", parcel, "2024-02-13 08:00:00"}, {"intransit", parcel, "2024-02-13 09:00:00"}}, 2},
		{"two shipments", []happening{{"intransit", parcel, "2024-02-13 08:00:00"}, {"intransit", otherParcel, "2024-02-13 08:00:00"}}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Provider: businessonbot.Name})
			r.ChangeAccount(func(a *account.Account) {
				for _, h := range tt.events {
					a.Events["shipment/"+h.subType] = account.Event{Enabled: true}
				}
			})
			for _, h := range tt.events {
				r.Hand(r.Hooks, h.queued(r))
			}
			if got := len(r.Sim.BusinessOnBot().Inbox()); got != tt.want {
				t.Errorf("told %d times, want %d; %s", got, tt.want, r.Describe())
			}
		})
	}
}

// TestForwardedAgainOnlyIfSurelyNotTold goes by what is known of an earlier event that says the same to BusinessOnBot.
func TestForwardedAgainOnlyIfSurelyNotTold(t *testing.T) {
	t.Parallel()
	for phase, want := range map[message.Phase]int{
		message.Claimed: 0,
		message.InDoubt: 0,
		message.GivenUp: 0,
		message.Failed:  1,
		message.Dropped: 1,
		message.Refused: 1,
	} {
		t.Run(string(phase), func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Provider: businessonbot.Name})
			switchOn(r, "intransit")
			switchOn(r, "out_for_delivery")
			earlier, err := order.ParseEvent(happening{"intransit", parcel, "2024-02-13 08:00:00"}.queued(r).Message.GetData(), nil, nil)
			r.Must(err)
			keys, err := r.Parts.Keys(t.Context())
			r.Must(err)
			m := message.Message{Phase: phase, Attempt: 1}
			m.ID = keys.Occurrence.Occurrence(rig.BrandID, earlier)
			m.AccountID, m.OrderID, m.Event, m.Subject = rig.BrandID, earlier.OrderID, earlier.Kind().String(), earlier.Subject
			m.AppID, m.Bucket, m.CreatedAt = r.Vendor.AppID(), store.Bucket(m.ID), r.Clock.Now()
			_, err = r.Parts.Store.Decide(t.Context(), store.Decision{Message: m, Times: store.StatusTimes{
				OrderID: store.OrderID(rig.BrandID, earlier.OrderID), Subject: earlier.Subject, Times: earlier.StatusTimes, ExpireAt: r.Clock.Now().Add(time.Hour),
			}})
			r.Must(err)

			r.Hand(r.Hooks, happening{"out_for_delivery", parcel, "2024-02-13 09:00:00"}.queued(r))

			if got := len(r.Sim.BusinessOnBot().Inbox()); got != want {
				t.Errorf("told %d times, want %d; %s", got, want, r.Describe())
			}
		})
	}
}

// TestFirstContentOfWhatWaits has a later event of the same key come when a message is due that waits: sweep brings the message with the
// content that it came with, as nobody else does.
func TestFirstContentOfWhatWaits(t *testing.T) {
	t.Parallel()
	for name, later := range map[string]happening{
		"a later scan":    {"intransit", parcel, "2024-02-13 11:00:00"},
		"an earlier scan": {"intransit", parcel, "2024-02-13 08:00:00"},
		"the same again":  {"intransit", parcel, "2024-02-13 09:00:00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			switchOn(r, "intransit")
			r.Fault(simulator.Fault{Mode: chaos.Throttle, Times: 1})
			r.Hand(r.Hooks, happening{"intransit", parcel, "2024-02-13 09:00:00"}.queued(r))
			r.Clock.Advance(10 * time.Second)
			r.Hand(r.Hooks, later.queued(r))

			want := 1
			if name == "the same again" {
				want = 2
			}
			if got := r.Sole(t).Attempt; got != want {
				t.Errorf("got %d attempts when it came, want %d", got, want)
			}

			r.Settle(r.Hooks)
			r.CheckOne(t, message.StatusRead)
		})
	}
}
