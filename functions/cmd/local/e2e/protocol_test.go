package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

const sendPath = "HTTP POST /sim/gupshup/wa/api/v1/template/msg"

// altered is a failed delivery whose subject was changed.
func (r *rig) altered(change func(subject map[string]any)) []byte {
	r.t.Helper()
	data, err := testdata.Files.ReadFile("events/shipment-failed_delivery.json")
	r.must(err)
	var event map[string]any
	r.must(json.Unmarshal(data, &event))
	subject, ok := event["response_data"].(map[string]any)
	if !ok {
		r.t.Fatal("the fixture has no response_data")
	}
	change(subject)
	data, err = json.Marshal(event)
	r.must(err)
	return data
}

// another is a failed delivery of another shipment of the same order.
func (r *rig) another(n int) []byte {
	return r.altered(func(s map[string]any) { s["externalShipmentID"] = fmt.Sprintf("NC-20417-6120-%d", n) })
}

// changeAccount changes the brand's settings.
func (r *rig) changeAccount(change func(*account.Account)) {
	r.t.Helper()
	a, err := r.parts.Store.Account(r.t.Context(), brandID)
	r.must(err)
	change(&a)
	r.must(r.parts.Store.PutAccount(r.t.Context(), a))
}

func setEvent(a *account.Account, change func(*account.Event)) {
	e := a.Events["shipment/failed_delivery"]
	change(&e)
	a.Events["shipment/failed_delivery"] = e
}

// notice hands a provider's event to a worker as webhook publishes it, and returns receive's answer.
func (r *rig) notice(w *worker, of store.Webhook, e provider.Event) int {
	r.t.Helper()
	data, err := json.Marshal(e)
	r.must(err)
	return r.push(w.receive, &pb.PubsubMessage{
		Data: data, MessageId: "notice", PublishTime: timestamppb.New(r.clock.Now()),
		Attributes: map[string]string{
			provider.AttributeKind: string(e.Kind), provider.AttributeProvider: of.Provider, provider.AttributeApp: of.AppID,
			provider.AttributeAccount: of.AccountID,
		},
	}, 1)
}

var ownApp = store.Webhook{Provider: gupshup.Name, AppID: appID, AccountID: brandID}

// sole is the order's one message.
func (r *rig) sole(t *testing.T) message.Message {
	t.Helper()
	all := r.messages()
	if len(all) != 1 {
		t.Fatalf("send log: got %d entries %v, want 1; %s", len(all), statuses(all), r.describe())
	}
	return all[0]
}

// byStatus counts the order's messages by what they are shown as.
func (r *rig) byStatus() map[message.Status]int {
	counts := map[message.Status]int{}
	for _, m := range r.messages() {
		counts[m.Status()]++
	}
	return counts
}

// fault makes the provider fail at the next sends.
func (r *rig) fault(f simulator.Fault) {
	r.t.Helper()
	if f.System == "" {
		f.System, f.Path = "gupshup", "/template/msg"
	}
	_, err := r.sim.Faults().Add(f)
	r.must(err)
}

// TestReasons has an event refused for each reason at once: nothing is sent, and the send log says why.
func TestReasons(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		options rigOptions
		before  func(r *rig)
		event   func(r *rig) []byte
		want    message.Reason
	}{
		{name: "not_opted_in", options: rigOptions{unsubscribed: true}, want: message.NotOptedIn},
		{name: "opted_out", before: func(r *rig) { r.subscribeShopper(consent.Withdraw) }, want: message.OptedOut},
		{name: "unreachable", before: func(r *rig) { r.subscribeShopper(consent.Unreachable) }, want: message.Unreachable},
		{
			name: "no_phone", want: message.NoPhone,
			before: func(r *rig) {
				order, err := testdata.Files.ReadFile("orders/51230077.json")
				r.must(err)
				r.sim.Platform().PutOrder("51230077", []byte(strings.ReplaceAll(string(order), "9000000001", "")))
			},
			event: func(r *rig) []byte {
				return r.altered(func(s map[string]any) { s["customerContactNumber"] = "" })
			},
		},
		{
			name: "invalid_phone", want: message.InvalidPhone,
			event: func(r *rig) []byte {
				return r.altered(func(s map[string]any) { s["customerContactNumber"] = "12" })
			},
		},
		{
			name: "superseded by the event's own log", want: message.Superseded,
			event: func(r *rig) []byte {
				return r.altered(func(s map[string]any) {
					s["status_log"] = map[string]any{"failed_delivery": usualTime, "delivered": "2024-02-13 15:25:00"}
				})
			},
		},
		{
			name: "superseded by the order's", want: message.Superseded,
			before: func(r *rig) { r.push(r.hooks.notify, r.event("shipment-delivered").message, 1) },
		},
		{
			name: "expired", want: message.Expired,
			before: func(r *rig) { r.changeAccount(func(a *account.Account) { a.MaxAge = 5 * time.Minute }) },
		},
		{
			name: "no_sender", want: message.NoSender,
			before: func(r *rig) { r.changeAccount(func(a *account.Account) { a.Sender = "" }) },
		},
		{
			name: "unsupported_by_provider", want: message.UnsupportedByProvider,
			before: func(r *rig) {
				r.changeAccount(func(a *account.Account) {
					app := a.Apps[appID]
					app.Provider = "nobody"
					a.Apps[appID] = app
				})
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, tt.options)
			if tt.before != nil {
				tt.before(r)
			}
			w := r.newWorker("w", rigOptions{})
			event := r.event("shipment-failed_delivery")
			if tt.event != nil {
				event = r.eventData(tt.event(r))
			}
			r.hand(w, event)
			r.settle(w)
			m := r.sole(t)
			if m.Status() != message.StatusRefused || m.Reason != tt.want {
				t.Errorf("got %s %s, want refused %s", m.Status(), m.Reason, tt.want)
			}
			if got := r.sim.Log().AcceptedCount(); got != 0 {
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
		before func(r *rig)
		during func(r *rig, w *worker)
		want   message.Reason
	}{
		{
			name: "event switched off", want: message.EventOff,
			during: func(r *rig, _ *worker) {
				r.changeAccount(func(a *account.Account) { setEvent(a, func(e *account.Event) { e.Enabled = false }) })
			},
		},
		{name: "opted out", during: func(r *rig, _ *worker) { r.subscribeShopper(consent.Withdraw) }, want: message.OptedOut},
		{
			name: "superseded", want: message.Superseded,
			during: func(r *rig, w *worker) { r.push(w.notify, r.event("shipment-delivered").message, 1) },
		},
		{
			name: "expired", want: message.Expired,
			before: func(r *rig) { r.changeAccount(func(a *account.Account) { a.MaxAge = 30 * time.Minute }) },
			during: func(r *rig, _ *worker) { r.clock.Advance(time.Hour) },
		},
		{
			name: "app uninstalled", want: message.NoSender,
			during: func(r *rig, _ *worker) { r.changeAccount(func(a *account.Account) { a.Apps, a.Sender = nil, "" }) },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{})
			if tt.before != nil {
				tt.before(r)
			}
			w := r.newWorker("w", rigOptions{})
			r.fault(simulator.Fault{Mode: chaos.Throttle, RetryAfterSeconds: 60, Times: 1})
			r.hand(w, r.event("shipment-failed_delivery"))
			if got := r.sole(t); got.Status() != message.StatusWaiting || got.Due.Before(r.clock.Now().Add(time.Minute)) {
				t.Fatalf("throttled: got %s due %s, want waiting for a minute at least", got.Status(), got.Due)
			}
			tt.during(r, w)
			r.clock.Advance(time.Minute)
			if tt.name == "app uninstalled" {
				// An account without any app writes nothing more; its messages end when somebody looks at them.
				r.changeAccount(func(a *account.Account) { a.Apps = map[string]account.App{"another": {Provider: gupshup.Name}} })
			}
			r.settle(w)
			m := r.sole(t)
			if m.Status() != message.StatusDropped || m.Reason != tt.want {
				t.Errorf("got %s %s, want dropped %s; %s", m.Status(), m.Reason, tt.want, r.describe())
			}
			if m.AppID != appID || m.Phone == "" || m.CustomerID == "" || m.TemplateID != template {
				t.Errorf("the send log forgot whose message it was: app %q, template %q", m.AppID, m.TemplateID)
			}
			if got := r.sim.Log().AcceptedCount(); got != 0 {
				t.Errorf("accepted: got %d, want 0", got)
			}
		})
	}
}

// TestEventOff has an event that is switched off leave nothing but the order's status times; an event is honoured or not
// by settings that are at most half a minute old.
func TestEventOff(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	w := r.newWorker("w", rigOptions{})
	r.hand(w, r.event("shipment-failed_delivery")) // the settings are cached now
	r.settle(w)
	r.changeAccount(func(a *account.Account) { setEvent(a, func(e *account.Event) { e.Enabled = false }) })
	r.clock.Advance(30 * time.Second)
	r.hand(w, r.eventData(r.another(7)))
	r.settle(w)
	r.checkOne(t, message.StatusRead)
	order, err := r.parts.Store.Order(t.Context(), store.OrderID(brandID, "51230077"))
	r.must(err)
	if got := order.TimesOf("NC-20417-6120-7")["failed_delivery"]; got == 0 {
		t.Errorf("status times of a switched-off event: got %v, want failed_delivery", order.TimesOf("NC-20417-6120-7"))
	}
}

// TestNobodysEvents are acknowledged and leave nothing.
func TestNobodysEvents(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		event  func(r *rig) *queued
		before func(r *rig)
	}{
		{name: "unknown account", event: func(r *rig) *queued { return r.event("shipment-unknown-account") }},
		{name: "account and slug disagree", event: func(r *rig) *queued { return r.event("shipment-account-disagrees") }},
		{name: "unknown subtype", event: func(r *rig) *queued { return r.event("shipment-unknown-subtype") }},
		{
			name: "slug of another account", event: func(r *rig) *queued {
				return r.eventData([]byte(strings.Replace(string(r.altered(func(map[string]any) {})), "neem-and-co", "tulsi-house", 1)))
			},
		},
		{
			name: "account without apps", event: func(r *rig) *queued { return r.event("shipment-failed_delivery") },
			before: func(r *rig) { r.changeAccount(func(a *account.Account) { a.Apps, a.Sender = nil, "" }) },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{})
			if tt.before != nil {
				tt.before(r)
			}
			q := tt.event(r)
			r.cloud.Calls().Reset()
			if code := r.push(r.hooks.notify, q.message, 1); code != http.StatusNoContent {
				t.Errorf("got %d, want 204", code)
			}
			if got := r.cloud.Calls().Count("Commit"); got != 0 {
				t.Errorf("writes: got %d, want none", got)
			}
		})
	}
	t.Run("slug in another case", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, rigOptions{})
		r.hand(r.hooks, r.eventData([]byte(strings.Replace(string(r.altered(func(map[string]any) {})), "neem-and-co", "Neem-And-Co", 1))))
		r.settle(r.hooks)
		r.checkOne(t, message.StatusRead)
	})
}

// TestCustomers are met by events.
func TestCustomers(t *testing.T) {
	t.Parallel()
	t.Run("brand declared", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, rigOptions{unsubscribed: true})
		r.changeAccount(func(a *account.Account) { a.ConsentMode = account.BrandDeclared })
		r.hand(r.hooks, r.event("shipment-failed_delivery"))
		r.settle(r.hooks)
		r.checkOne(t, message.StatusRead)
		_, entries := r.checkChain(t)
		if len(entries) != 1 || entries[0].Action != consent.Grant || entries[0].Source != consent.Checkout {
			t.Errorf("ledger: got %+v, want one grant at the checkout", entries)
		}
	})
	t.Run("created meanwhile", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, rigOptions{unsubscribed: true})
		warm := r.newWorker("warm", rigOptions{})
		_, err := warm.parts.Store.Account(t.Context(), brandID)
		r.must(err)
		calls := r.calls(t, rigOptions{unsubscribed: true})
		w := r.newWorker("w", rigOptions{})
		w.faults.strike(nth(t, calls, "/Commit", 2), stallBefore, func() { r.subscribeShopper(consent.Grant) })
		r.hand(w, r.event("shipment-failed_delivery"))
		r.settle(w)
		r.checkOne(t, message.StatusRead)
	})
	t.Run("stop at the shared app before any account knew them", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, rigOptions{unsubscribed: true})
		shared := store.Webhook{Provider: gupshup.Name, AppID: "gupshup-shared"}
		stop := provider.Event{Kind: provider.KindReply, At: r.clock.Now().UnixMilli(), Reply: &provider.ReplyEvent{
			ID: "wamid.STOP", From: shopper, Type: "text", Text: "STOP",
		}}
		for range 2 {
			if code := r.notice(r.hooks, shared, stop); code != http.StatusNoContent {
				t.Fatalf("stop: got %d, want 204", code)
			}
		}
		r.changeAccount(func(a *account.Account) {
			app := a.Apps[appID]
			app.Ownership = message.Platform
			a.ConsentMode, a.Sender = account.BrandDeclared, "gupshup-shared"
			a.Apps = map[string]account.App{"gupshup-shared": app}
		})
		r.hand(r.hooks, r.event("shipment-failed_delivery"))
		r.settle(r.hooks)
		if m := r.sole(t); m.Reason != message.OptedOut || r.sim.Log().AcceptedCount() != 0 {
			t.Errorf("got %s %s, %d accepted, want refused opted_out, none", m.Status(), m.Reason, r.sim.Log().AcceptedCount())
		}
		r.checkChain(t)
	})
}

// calls are those of one undisturbed send in a rig like this.
func (r *rig) calls(t *testing.T, o rigOptions) []string {
	t.Helper()
	other := newRig(t, o)
	w := other.newWorker("recorded", o)
	w.faults.record()
	other.push(w.notify, other.event("shipment-failed_delivery").message, 1)
	return w.faults.recorded()
}

// nth is the place of the n-th call, from 1, whose name ends so.
func nth(t *testing.T, calls []string, suffix string, n int) int {
	t.Helper()
	for i, call := range calls {
		if strings.HasSuffix(call, suffix) {
			if n--; n == 0 {
				return i
			}
		}
	}
	t.Fatalf("no such call %s in %v", suffix, calls)
	return 0
}

// activityIDs are the ids of all activity told so far.
func (r *rig) activityIDs() []string {
	var ids []string
	for _, m := range r.published(world.CustomerNotifications) {
		ids = append(ids, m.GetAttributes()["id"])
	}
	return ids
}
