package e2e_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	fill "github.com/eshopbox/whatsapp-notifications/shared/template"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// TestNobodyLeftToSend ends a message that waits, or is held, when its account or all of its apps are gone: sweep would
// give it back for ever, and with enough of its kind come to nothing else.
func TestNobodyLeftToSend(t *testing.T) {
	t.Parallel()
	gone := map[string]func(*account.Account){
		"apps uninstalled":  func(a *account.Account) { a.Apps, a.Sender = nil, "" },
		"workspace renamed": func(a *account.Account) { a.Slug = "marigold" },
	}
	for name, change := range gone {
		for _, held := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				r := rig.New(t, rig.Options{})
				key, err := r.Parts.Secrets.Access(t.Context(), "gupshup-neem-api-key")
				r.Must(err)
				if held {
					r.Must(r.Sim.Gupshup().SetAPIKey(rig.GupshupAppID, "quite-another-key"))
				} else {
					r.Fault(simulator.Fault{Mode: chaos.Throttle, Times: 1})
				}
				r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
				r.Must(r.Sim.Gupshup().SetAPIKey(rig.GupshupAppID, key.Reveal()))
				r.ChangeAccount(change)
				r.Clock.Advance(time.Minute) // the settings' time in the cache
				r.Settle(r.Hooks)
				m := r.Sole(t)
				if m.Status() != message.StatusDropped || m.Reason != message.NoSender || len(m.EventData) > 0 {
					t.Errorf("held %t: got %s %s with %d bytes of the event, want dropped no_sender without", held, m.Status(), m.Reason, len(m.EventData))
				}
			})
		}
	}
}

// TestHeldGoesWithNewSender sends what was held before it was ever tried through the app that the brand chose since: no
// attempt binds it to the app that cannot send.
func TestHeldGoesWithNewSender(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.ChangeAccount(func(a *account.Account) {
		app := a.Apps[rig.AppID]
		app.Health = account.Health{Reason: message.CauseBlocked, Since: r.Clock.Now(), RetryAt: r.Clock.Now().Add(24 * time.Hour)}
		a.Apps[rig.AppID] = app
	})
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	if m := r.Sole(t); m.Status() != message.StatusHeld || m.Attempt != 0 {
		t.Fatalf("got %s after %d attempts, want held after none", m.Status(), m.Attempt)
	}
	r.ChangeAccount(func(a *account.Account) {
		app := a.Apps[rig.AppID]
		app.Health = account.Health{}
		a.Apps["another"], a.Sender = app, "another"
	})
	r.Clock.Advance(time.Minute)
	for range 20 {
		r.Round(r.Hooks)
	}
	if m := r.Sole(t); m.AppID != "another" || m.Attempt != 1 {
		t.Errorf("got app %s, %s after %d attempts, want another after 1", m.AppID, m.Status(), m.Attempt)
	}
}

// TestLongHeldOutlivesLooks lets go what was held for days, also when the sender's rate then makes it wait once more:
// sweep's looks at it are no tries.
func TestLongHeldOutlivesLooks(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	w := r.NewWorker(rig.Options{Config: map[string]string{"MAX_TRIES": "12"}})
	r.ChangeAccount(func(a *account.Account) {
		app := a.Apps[rig.AppID]
		app.Health = account.Health{Reason: message.CauseBlocked, Since: r.Clock.Now(), RetryAt: r.Clock.Now().Add(72 * time.Hour)}
		a.Apps[rig.AppID] = app
	})
	r.Hand(w, r.Event("shipment-failed_delivery"))
	for range 60 * 4 {
		r.Clock.Advance(15 * time.Minute)
		if code := r.CallSweep(w); code != http.StatusNoContent {
			t.Fatalf("sweep: got %d", code)
		}
	}
	r.ChangeAccount(func(a *account.Account) {
		app := a.Apps[rig.AppID]
		app.Health = account.Health{}
		a.Apps[rig.AppID] = app
	})
	r.Fault(simulator.Fault{Mode: chaos.Throttle, Times: 2})
	for range 6 * 60 { // an hour: the waits have become long
		r.Round(w)
	}
	if m := r.Sole(t); m.Status() != message.StatusRead {
		t.Errorf("got %s %s after %d attempts, want read", m.Status(), m.Reason, m.Attempt)
	}
}

// TestHangingProviderHoldsUpNobody sweeps what is due although every provider account that is to be tried hangs.
func TestHangingProviderHoldsUpNobody(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	w := r.NewWorker(rig.Options{Config: map[string]string{
		"PROVIDER_TIMEOUT": "3s", "REQUEST_TIMEOUT": "6s", "LEASE": "7s", "ACK_DEADLINE": "8s",
	}})
	r.Fault(simulator.Fault{Mode: chaos.Throttle, Times: 1})
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	for i := range 4 {
		putUnhealthy(r, fmt.Sprintf("9%d", i), r.Clock.Now())
	}
	r.Clock.Advance(time.Minute)
	r.Fault(simulator.Fault{System: "gupshup", Mode: chaos.TimeoutBefore})
	r.CallSweep(w)
	if got := r.QueuedAt(world.OrderEvents); got != 1 {
		t.Errorf("events given back: got %d, want 1; %s", got, r.Describe())
	}
}

// putUnhealthy adds a brand whose app, a twin of the rig's, is to be tried again from then on.
func putUnhealthy(r *rig.Rig, id string, retry time.Time) {
	r.T.Helper()
	app := r.Vendor.Installed()
	app.Health = account.Health{Reason: message.CauseBlocked, Since: r.Clock.Now(), RetryAt: retry}
	r.Must(r.Parts.Store.PutAccount(r.T.Context(), account.Account{
		ID: id, Slug: "brand-" + id, Sender: rig.AppID, Apps: map[string]account.App{rig.AppID: app},
	}))
}

// TestManyUnhealthyAccounts keep no other from being tried, though none of them ever recovers.
func TestManyUnhealthyAccounts(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	for i := range 501 {
		putUnhealthy(r, fmt.Sprintf("1%03d", i), r.Clock.Now().Add(24*time.Hour))
	}
	putUnhealthy(r, rig.BrandID, r.Clock.Now())
	if code := r.CallSweep(r.Hooks); code != http.StatusNoContent {
		t.Errorf("sweep: got %d, want 204", code)
	}
	a, err := r.Parts.Store.Account(t.Context(), rig.BrandID)
	r.Must(err)
	if !a.Apps[rig.AppID].Health.Healthy() {
		t.Errorf("health: got %+v, want healthy", a.Apps[rig.AppID].Health)
	}
}

// TestManyDue has one sweep give back all that waits, however many there are.
func TestManyDue(t *testing.T) {
	t.Parallel()
	const many = 1001
	r := rig.New(t, rig.Options{})
	for i := range many {
		id := fmt.Sprintf("%032x", i)
		_, err := r.Parts.Store.Decide(t.Context(), store.Decision{Message: message.Message{
			ID: id, AccountID: rig.BrandID, Event: rig.FailedDeliveryKind, Phase: message.Waiting, Due: r.Clock.Now(), Bucket: store.Bucket(id),
			EventData: []byte("{}"),
		}})
		r.Must(err)
	}
	if code := r.CallSweep(r.Hooks); code != http.StatusNoContent {
		t.Errorf("sweep: got %d, want 204", code)
	}
	given := map[string]bool{}
	for _, q := range r.Take(world.OrderEvents) {
		given[q.Message.GetAttributes()[order.AttributeRetry]] = true
	}
	if len(given) != many {
		t.Errorf("messages given back: got %d, want %d", len(given), many)
	}
}

// TestOrderTooLargeToKeep fills the message from an order that no document can hold, as one with hundreds of lines.
func TestOrderTooLargeToKeep(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	data, err := testdata.Files.ReadFile("orders/51230077.json")
	r.Must(err)
	large := append([]byte(`{"remarks":"`+strings.Repeat("x", 1<<20)+`",`), bytes.TrimPrefix(bytes.TrimSpace(data), []byte("{"))...)
	r.Sim.Platform().PutOrder("51230077", large)
	r.ChangeAccount(func(a *account.Account) {
		rig.SetEvent(a, func(e *account.Event) { e.Filling.Variables = []string{"customer_name", "city"} })
	})
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	if m := r.Sole(t); m.Status() != message.StatusAccepted {
		t.Fatalf("got %s, want accepted at once", m.Status())
	}
	if got := r.Sim.Log().Accepted()[0].Params[1]; got != "Pune" {
		t.Errorf("city: got %q, want that of the order", got)
	}
}

// orderCalls counts how often the order platform was asked for the rig's order.
func orderCalls(r *rig.Rig) int {
	n := 0
	for _, q := range r.Sim.Log().Requests() {
		if strings.HasSuffix(q.Path, "/order/51230077") {
			n++
		}
	}
	return n
}

// TestNoSenderAsksNobody refuses a message without a sender for that reason, whatever its template would show, and asks
// the order platform for nothing.
func TestNoSenderAsksNobody(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.ChangeAccount(func(a *account.Account) {
		a.Sender = ""
		rig.SetEvent(a, func(e *account.Event) { e.Filling.Payment.Part = fill.OrderStatus })
	})
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	if m := r.Sole(t); m.Status() != message.StatusRefused || m.Reason != message.NoSender {
		t.Errorf("got %s %s, want refused no_sender", m.Status(), m.Reason)
	}
	if got := orderCalls(r); got != 0 {
		t.Errorf("calls for the order: got %d, want none", got)
	}
}

// TestBillIsOfNow asks for the order again before a bill is made of it: it may have been paid since it was kept.
func TestBillIsOfNow(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.ChangeAccount(func(a *account.Account) {
		rig.SetEvent(a, func(e *account.Event) { e.Filling.Payment.Part = fill.OrderDetails })
	})
	q := r.Event("shipment-failed_delivery")
	r.Hand(r.Hooks, q)
	first := orderCalls(r)
	r.Clock.Advance(time.Hour)
	r.Hand(r.Hooks, q)
	if got := orderCalls(r); first != 1 || got != 2 {
		t.Errorf("calls for the order: got %d, then %d, want 1, then 2", first, got)
	}
}

// TestOddSecretName holds the messages of an app whose credential cannot have that name, as those of one that has none:
// they went to the dead-letter topic.
func TestOddSecretName(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	right := ""
	r.ChangeAccount(func(a *account.Account) {
		app := a.Apps[rig.AppID]
		right, app.Secret = app.Secret, "no/secret"
		a.Apps[rig.AppID] = app
	})
	q := r.Event("shipment-failed_delivery")
	if code := r.Push(r.Hooks.Notify, q.Message, 1); code != http.StatusNoContent {
		t.Fatalf("got %d, want the event acknowledged", code)
	}
	if m := r.Sole(t); m.Status() != message.StatusHeld {
		t.Errorf("got %s, want held", m.Status())
	}
	r.Clock.Advance(2 * time.Minute)
	if code := r.CallSweep(r.Hooks); code != http.StatusNoContent {
		t.Errorf("sweep: got %d, want 204", code)
	}
	r.ChangeAccount(func(a *account.Account) {
		app := a.Apps[rig.AppID]
		app.Secret = right
		a.Apps[rig.AppID] = app
	})
	r.Settle(r.Hooks)
	r.CheckOne(t, message.StatusRead)
}

// TestAcceptedIsFinal forgets the event, which names the shopper, once a provider that reports nothing has it: there is no
// second attempt that it could be needed for.
func TestAcceptedIsFinal(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Provider: businessonbot.Name})
	r.Hand(r.Hooks, r.First())
	if m := r.Sole(t); m.Status() != message.StatusAccepted || len(m.EventData) > 0 {
		t.Errorf("got %s with %d bytes of the event, want accepted without", m.Status(), len(m.EventData))
	}
}

// TestOrderOfTheSameSecond asks for an order again that was read within the event's second: events name whole seconds, and
// the copy may be from before what they tell.
func TestOrderOfTheSameSecond(t *testing.T) {
	t.Parallel()
	happened := time.Date(2024, 2, 13, 9, 50, 41, 0, time.UTC) // as the fixture says, in the platform's zone
	for read, want := range map[time.Duration]int{-time.Second: 1, 500 * time.Millisecond: 1, time.Second: 0} {
		r := rig.New(t, rig.Options{})
		r.ChangeAccount(func(a *account.Account) {
			rig.SetEvent(a, func(e *account.Event) { e.Filling.Variables = []string{"customer_name", "city"} })
		})
		data, err := testdata.Files.ReadFile("orders/51230077.json")
		r.Must(err)
		keys, err := r.Parts.Keys(t.Context())
		r.Must(err)
		o, err := orders.Parse(data)
		r.Must(err)
		id := orders.ID{AccountID: rig.BrandID, OrderID: "51230077"}
		r.Must(r.Parts.Store.KeepOrder(t.Context(), orders.CopyOf(id, o, keys.Phone, happened.Add(read), rig.Start.Add(time.Hour))))
		r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
		if got := orderCalls(r); got != want {
			t.Errorf("read %v after the event: asked %d times, want %d", read, got, want)
		}
	}
}

// TestManyParked settles a doubt although more parked statuses are due than one look takes: evidence could have lain among
// them, so nothing is settled before all were looked at.
func TestManyParked(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	const many = 1001
	for i := range many {
		r.Must(r.Parts.Store.Park(t.Context(), store.CustomerID(rig.BrandID, "nobody"), message.Progress{
			AppID: rig.AppID, IDs: []string{fmt.Sprintf("gs-%d", i)}, Status: message.StatusSent, At: r.Clock.Now().UnixMilli(),
		}, r.Clock.Now(), r.Clock.Now().Add(time.Hour)))
	}
	if code := r.CallSweep(r.Hooks); code != http.StatusNoContent {
		t.Errorf("sweep: got %d, want 204", code)
	}
	left, err := r.Parts.Store.DueParked(t.Context(), r.Clock.Now(), many)
	if err != nil || len(left) != 0 {
		t.Errorf("not looked at: got %d of %d, %v", len(left), many, err)
	}
}

// TestTemplateNotApproved holds what would be sent with a template that is still being looked at, without a post that would
// fail, asks the provider ever more rarely, and sends once it is approved.
func TestTemplateNotApproved(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	pending := simgupshup.NewTemplate(rig.TemplateID, "failed_delivery_v1", simgupshup.Container{Data: "Hi {{1}}, we could not deliver {{2}}."})
	approved := pending
	pending.Status = "PENDING"
	r.Must(r.Sim.Gupshup().PutTemplate(rig.GupshupAppID, pending))
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	if m := r.Sole(t); m.Status() != message.StatusHeld || r.Sim.Log().AcceptedCount() != 0 {
		t.Fatalf("got %s and %d posts, want held and none", m.Status(), r.Sim.Log().AcceptedCount())
	}
	asked := func() int {
		n := 0
		for _, q := range r.Sim.Log().Requests() {
			if strings.Contains(q.Path, "/template") && q.Method == http.MethodGet {
				n++
			}
		}
		return n
	}
	before := asked()
	for range 120 {
		r.Clock.Advance(time.Minute)
		r.CallSweep(r.Hooks)
	}
	if got := asked() - before; got < 3 || got > 15 {
		t.Errorf("asked %d times in two hours, want 3 to 15", got)
	}
	r.Must(r.Sim.Gupshup().PutTemplate(rig.GupshupAppID, approved))
	for range 20 {
		r.Clock.Advance(time.Minute)
		r.CallSweep(r.Hooks)
	}
	r.Settle(r.Hooks)
	r.CheckOne(t, message.StatusRead)
}

// TestMessageOfAnotherKey sends what waited since before our own key was changed under the id that it is kept by, and once.
func TestMessageOfAnotherKey(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	q := r.Event("shipment-failed_delivery")
	event, err := order.ParseEvent(q.Message.GetData(), nil, nil)
	r.Must(err)
	const id = "00000000000000000000000000000001"
	_, err = r.Parts.Store.Decide(t.Context(), store.Decision{Message: message.Message{
		ID: id, AccountID: rig.BrandID, OrderID: event.OrderID, Event: rig.FailedDeliveryKind, Subject: event.Subject, Phase: message.Waiting,
		Due: r.Clock.Now(), Bucket: store.Bucket(id), CreatedAt: r.Clock.Now(), EventData: q.Message.GetData(),
	}})
	r.Must(err)
	r.CallSweep(r.Hooks)
	r.Settle(r.Hooks)
	r.CheckOne(t, message.StatusRead)
	if m := r.Sole(t); m.ID != id {
		t.Errorf("sent as %s, want %s", m.ID, id)
	}
}
