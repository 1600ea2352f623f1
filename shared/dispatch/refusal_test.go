package dispatch_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// TestReasons has an event refused for each reason at once: nothing is sent, and the send log says why.
func TestReasons(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		options rig.Options
		before  func(r *rig.Rig)
		event   func(r *rig.Rig) []byte
		want    message.Reason
	}{
		{name: "not_opted_in", options: rig.Options{Unsubscribed: true}, want: message.NotOptedIn},
		{name: "opted_out", before: func(r *rig.Rig) { r.SubscribeShopper(consent.Withdraw) }, want: message.OptedOut},
		{name: "unreachable", before: func(r *rig.Rig) { r.SubscribeShopper(consent.Unreachable) }, want: message.Unreachable},
		{
			name: "no_phone", want: message.NoPhone,
			before: func(r *rig.Rig) {
				order, err := testdata.Files.ReadFile("orders/51230077.json")
				r.Must(err)
				r.Sim.Platform().PutOrder("51230077", []byte(strings.ReplaceAll(string(order), "9000000001", "")))
			},
			event: func(r *rig.Rig) []byte {
				return r.Altered(func(s map[string]any) { s["customerContactNumber"] = "" })
			},
		},
		{
			name: "invalid_phone", want: message.InvalidPhone,
			event: func(r *rig.Rig) []byte {
				return r.Altered(func(s map[string]any) { s["customerContactNumber"] = "12" })
			},
		},
		{
			name: "no_attempt", want: message.NoAttempt,
			event: func(r *rig.Rig) []byte {
				return r.Altered(func(s map[string]any) { s["remarks"] = "No attempt made" })
			},
		},
		{
			name: "superseded by the event's own log", want: message.Superseded,
			event: func(r *rig.Rig) []byte {
				return r.Altered(func(s map[string]any) {
					s["status_log"] = map[string]any{"failed_delivery": rig.UsualTime, "delivered": "2024-02-13 15:25:00"}
				})
			},
		},
		{
			name: "superseded by the order's", want: message.Superseded,
			before: func(r *rig.Rig) { r.Push(r.Hooks.Notify, r.Event("shipment-delivered").Message, 1) },
		},
		{
			name: "expired", want: message.Expired,
			before: func(r *rig.Rig) { r.ChangeAccount(func(a *account.Account) { a.MaxAge = 5 * time.Minute }) },
		},
		{
			name: "no_sender", want: message.NoSender,
			before: func(r *rig.Rig) { r.ChangeAccount(func(a *account.Account) { a.Sender = "" }) },
		},
		{
			name: "unsupported_by_provider", want: message.UnsupportedByProvider,
			before: func(r *rig.Rig) {
				r.ChangeAccount(func(a *account.Account) {
					app := a.Apps[rig.AppID]
					app.Provider = "nobody"
					a.Apps[rig.AppID] = app
				})
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, tt.options)
			if tt.before != nil {
				tt.before(r)
			}
			w := r.NewWorker(rig.Options{})
			event := r.Event("shipment-failed_delivery")
			if tt.event != nil {
				event = r.EventData(tt.event(r))
			}
			r.Hand(w, event)
			r.Settle(w)
			m := r.Sole(t)
			if m.Status() != message.StatusRefused || m.Reason != tt.want {
				t.Errorf("got %s %s, want refused %s", m.Status(), m.Reason, tt.want)
			}
			if got := r.Sim.Log().AcceptedCount(); got != 0 {
				t.Errorf("accepted: got %d, want 0", got)
			}
			if len(m.EventData) > 0 || !m.Due.IsZero() {
				t.Errorf("a refusal keeps %d bytes and is due %s", len(m.EventData), m.Due)
			}
		})
	}
}

// TestDroppedWhileWaiting has a message wait that the provider throttled, and something change meanwhile that speaks
// against it.
func TestDroppedWhileWaiting(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		before func(r *rig.Rig)
		during func(r *rig.Rig, w *rig.Worker)
		want   message.Reason
	}{
		{
			name: "event switched off", want: message.EventOff,
			during: func(r *rig.Rig, _ *rig.Worker) {
				r.ChangeAccount(func(a *account.Account) { rig.SetEvent(a, func(e *account.Event) { e.Enabled = false }) })
			},
		},
		{name: "opted out", during: func(r *rig.Rig, _ *rig.Worker) { r.SubscribeShopper(consent.Withdraw) }, want: message.OptedOut},
		{
			name: "superseded", want: message.Superseded,
			during: func(r *rig.Rig, w *rig.Worker) { r.Push(w.Notify, r.Event("shipment-delivered").Message, 1) },
		},
		{
			name: "expired", want: message.Expired,
			before: func(r *rig.Rig) { r.ChangeAccount(func(a *account.Account) { a.MaxAge = 30 * time.Minute }) },
			during: func(r *rig.Rig, _ *rig.Worker) { r.Clock.Advance(time.Hour) },
		},
		{
			name: "app uninstalled", want: message.NoSender,
			during: func(r *rig.Rig, _ *rig.Worker) {
				r.ChangeAccount(func(a *account.Account) { a.Apps, a.Sender = nil, "" })
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			if tt.before != nil {
				tt.before(r)
			}
			w := r.NewWorker(rig.Options{})
			r.Fault(simulator.Fault{Mode: chaos.Throttle, RetryAfterSeconds: 60, Times: 1})
			r.Hand(w, r.Event("shipment-failed_delivery"))
			if got := r.Sole(t); got.Status() != message.StatusWaiting || got.Due.Before(r.Clock.Now().Add(time.Minute)) {
				t.Fatalf("throttled: got %s due %s, want waiting for a minute at least", got.Status(), got.Due)
			}
			tt.during(r, w)
			r.Clock.Advance(time.Minute)
			if tt.name == "app uninstalled" {
				// An account without any app writes nothing more; its messages end when somebody looks at them.
				r.ChangeAccount(func(a *account.Account) { a.Apps = map[string]account.App{"another": {Provider: gupshup.Name}} })
			}
			r.Settle(w)
			m := r.Sole(t)
			if m.Status() != message.StatusDropped || m.Reason != tt.want {
				t.Errorf("got %s %s, want dropped %s; %s", m.Status(), m.Reason, tt.want, r.Describe())
			}
			if m.AppID != rig.AppID || m.Phone == "" || m.CustomerID == "" || m.TemplateID != rig.TemplateID {
				t.Errorf("the send log forgot whose message it was: app %q, template %q", m.AppID, m.TemplateID)
			}
			if got := r.Sim.Log().AcceptedCount(); got != 0 {
				t.Errorf("accepted: got %d, want 0", got)
			}
			if told := m.ID + ".1.dropped"; !slices.Contains(r.ActivityIDs(), told) {
				t.Errorf("told %v, want %s", r.ActivityIDs(), told)
			}
		})
	}
}

// TestHeldAndDroppedIsTold has a message that was never claimed wait for its app, and the shopper opt out meanwhile.
func TestHeldAndDroppedIsTold(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	health := func(h account.Health) {
		r.ChangeAccount(func(a *account.Account) {
			app := a.Apps[rig.AppID]
			app.Health = h
			a.Apps[rig.AppID] = app
		})
	}
	health(account.Health{Reason: message.CauseBlocked, Since: r.Clock.Now(), RetryAt: r.Clock.Now().Add(24 * time.Hour)})
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	r.SubscribeShopper(consent.Withdraw)
	health(account.Health{})
	r.Clock.Advance(time.Minute)
	r.Settle(r.Hooks)
	if m := r.Sole(t); m.Status() != message.StatusDropped || !slices.Equal(r.ActivityIDs(), []string{m.ID + ".0.dropped"}) {
		t.Errorf("got %s, told %v, want dropped and told", m.Status(), r.ActivityIDs())
	}
}

// TestEventOff has an event that is switched off leave nothing but the order's status times; an event is honoured or not
// by settings that are at most half a minute old.
func TestEventOff(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	w := r.NewWorker(rig.Options{})
	r.Hand(w, r.Event("shipment-failed_delivery")) // the settings are cached now
	r.Settle(w)
	r.ChangeAccount(func(a *account.Account) { rig.SetEvent(a, func(e *account.Event) { e.Enabled = false }) })
	r.Clock.Advance(30 * time.Second)
	r.Hand(w, r.EventData(r.Another(7)))
	r.Settle(w)
	r.CheckOne(t, message.StatusRead)
	order, err := r.Parts.Store.Order(t.Context(), store.OrderID(rig.BrandID, "51230077"))
	r.Must(err)
	if got := order.TimesOf("NC-20417-6120-7")["failed_delivery"]; got == 0 {
		t.Errorf("status times of a switched-off event: got %v, want failed_delivery", order.TimesOf("NC-20417-6120-7"))
	}
}

// TestEventOffIsFound has what came while it was off be found again, by the day it happened in the platform's zone.
func TestEventOffIsFound(t *testing.T) {
	t.Parallel()
	const kind = rig.BrandID + ":shipment/packed@"
	tests := []struct {
		name  string
		times []string
		want  []string
	}{
		{"once", []string{"2024-02-13 09:00:00"}, []string{kind + "2024-02-13"}},
		{"redelivered", []string{"2024-02-13 09:00:00", "2024-02-13 09:00:00"}, []string{kind + "2024-02-13"}},
		{"twice a day, and the next", []string{"2024-02-12 00:10:00", "2024-02-12 23:50:00", "2024-02-13 00:10:00"}, []string{kind + "2024-02-12", kind + "2024-02-13"}},
		{"without a time", []string{""}, []string{kind + "2024-02-13"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			for _, at := range tt.times {
				r.Hand(r.Hooks, happening{"packed", parcel, at}.queued(r))
			}
			o, err := r.Parts.Store.Order(t.Context(), store.OrderID(rig.BrandID, "51230077"))
			r.Must(err)
			if diff := cmp.Diff(tt.want, o.Off); diff != "" {
				t.Errorf("off (-want +got):\n%s", diff)
			}
			if got := o.TimesOf(parcel)["packed"]; (got != 0) != (tt.times[0] != "") {
				t.Errorf("newest time: got %d", got)
			}
			if got := len(r.Messages()); got != 0 {
				t.Errorf("messages: got %d, want none", got)
			}
		})
	}
}

// TestHandledNamesTheOrder has the log line of an event say of which account and order it was: of an account that nobody
// knows as the event named it, but only in the shape that belongs there.
func TestHandledNamesTheOrder(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		old, by   string
		want, not []string
	}{
		{
			name: "off",
			old:  `"eventSubType":"failed_delivery"`, by: `"eventSubType":"packed"`,
			want: []string{`"result":"event_off"`, `"account_id":"811"`, `"order_id":"51230077"`},
			not:  []string{"account_slug"},
		},
		{
			name: "unknown account",
			old:  `"account_id":811`, by: `"account_id":999`,
			want: []string{`"result":"unknown_account"`, `"account_id":"999"`, `"account_slug":"neem-and-co"`, `"order_id":"51230077"`},
		},
		{
			name: "a number for an account",
			old:  `"account_id":811`, by: `"account_id":919000000001`,
			want: []string{`"result":"unknown_account"`, `"account_id":"unreadable"`},
			not:  []string{"919000000001"},
		},
		{
			name: "a number for an order",
			old:  `"order_id":51230077`, by: `"order_id":919000000001`,
			want: []string{`"result":"accepted"`, `"order_id":"unreadable"`},
			not:  []string{"919000000001"},
		},
		{
			name: "unknown event",
			old:  `"eventSubType":"failed_delivery"`, by: `"eventSubType":"teleported"`,
			want: []string{`"result":"unknown_event"`, `"account_id":"811"`, `"order_id":"51230077"`},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			data := string(r.Altered(func(map[string]any) {}))
			if !strings.Contains(data, tt.old) {
				t.Fatalf("the fixture has no %s", tt.old)
			}
			mark := r.Logs.Len()
			r.Push(r.Hooks.Notify, r.EventData([]byte(strings.ReplaceAll(data, tt.old, tt.by))).Message, 1)
			_, line, _ := strings.Cut(r.Logs.From(mark), `"msg":"handled"`)
			for _, want := range tt.want {
				if !strings.Contains(line, want) {
					t.Errorf("no %s in %s", want, line)
				}
			}
			for _, not := range tt.not {
				if strings.Contains(line, not) {
					t.Errorf("%s in %s", not, line)
				}
			}
		})
	}
}

// TestNobodysEvents are acknowledged and leave nothing.
func TestNobodysEvents(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		event  func(r *rig.Rig) *rig.Queued
		before func(r *rig.Rig)
	}{
		{name: "unknown account", event: func(r *rig.Rig) *rig.Queued { return r.Event("shipment-unknown-account") }},
		{name: "account and slug disagree", event: func(r *rig.Rig) *rig.Queued { return r.Event("shipment-account-disagrees") }},
		{name: "unknown subtype", event: func(r *rig.Rig) *rig.Queued { return r.Event("shipment-unknown-subtype") }},
		{
			name: "slug of another account", event: func(r *rig.Rig) *rig.Queued {
				return r.EventData([]byte(strings.Replace(string(r.Altered(func(map[string]any) {})), "neem-and-co", "tulsi-house", 1)))
			},
		},
		{
			name: "account without apps", event: func(r *rig.Rig) *rig.Queued { return r.Event("shipment-failed_delivery") },
			before: func(r *rig.Rig) { r.ChangeAccount(func(a *account.Account) { a.Apps, a.Sender = nil, "" }) },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			if tt.before != nil {
				tt.before(r)
			}
			q := tt.event(r)
			r.Cloud.Calls().Reset()
			if code := r.Push(r.Hooks.Notify, q.Message, 1); code != http.StatusNoContent {
				t.Errorf("got %d, want 204", code)
			}
			if got := r.Cloud.Calls().Count("Commit"); got != 0 {
				t.Errorf("writes: got %d, want none", got)
			}
		})
	}
	t.Run("slug in another case", func(t *testing.T) {
		t.Parallel()
		r := rig.New(t, rig.Options{})
		r.Hand(r.Hooks, r.EventData([]byte(strings.Replace(string(r.Altered(func(map[string]any) {})), "neem-and-co", "Neem-And-Co", 1))))
		r.Settle(r.Hooks)
		r.CheckOne(t, message.StatusRead)
	})
}
