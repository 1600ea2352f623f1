package dispatch_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	fill "github.com/eshopbox/whatsapp-notifications/shared/template"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// TestOrderPlatformDown has a message wait for the order that its variables come from, and go without before it is too old.
func TestOrderPlatformDown(t *testing.T) {
	t.Parallel()
	needsOrder := func(r *rig.Rig, age time.Duration) {
		r.ChangeAccount(func(a *account.Account) {
			a.MaxAge = age
			rig.SetEvent(a, func(e *account.Event) { e.Filling.Variables = []string{"customer_name", "city"} })
		})
	}
	down := simulator.Fault{System: "platform", Mode: chaos.Unavailable}
	params := func(t *testing.T, r *rig.Rig, want string) {
		t.Helper()
		if got := r.Sim.Log().Accepted(); len(got) != 1 || got[0].Params[1] != want {
			t.Errorf("accepted: got %+v, want one with %q", got, want)
		}
	}
	t.Run("comes back", func(t *testing.T) {
		t.Parallel()
		r := rig.New(t, rig.Options{})
		needsOrder(r, 0)
		r.Fault(down)
		r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
		r.Round(r.Hooks)
		if m := r.Sole(t); m.Status() != message.StatusWaiting || m.Attempt != 0 {
			t.Fatalf("got %s, want waiting, never tried", m.Status())
		}
		r.Sim.Faults().Clear()
		r.Settle(r.Hooks)
		r.CheckOne(t, message.StatusRead)
		params(t, r, "Pune")
	})
	for name, age := range map[string]time.Duration{"fallback in time": 20 * time.Minute, "no age limit": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			needsOrder(r, age)
			r.Fault(down)
			r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
			for i := 0; i < 240 && r.Sim.Log().AcceptedCount() == 0; i++ {
				r.Round(r.Hooks)
			}
			r.Settle(r.Hooks)
			r.CheckOne(t, message.StatusRead)
			params(t, r, "your city")
		})
	}
	t.Run("kept order", func(t *testing.T) {
		t.Parallel()
		r := rig.New(t, rig.Options{})
		needsOrder(r, 0)
		r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
		r.Fault(down)
		r.Hand(r.Hooks, r.EventData(r.Another(2)))
		r.Settle(r.Hooks)
		got := r.Sim.Log().Accepted()
		if len(got) != 2 || got[1].Params[1] != "Pune" {
			t.Errorf("accepted: got %+v, want two, the second from the kept order", got)
		}
	})
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
