package e2e_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

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
			ID: id, AccountID: rig.BrandID, AppID: rig.AppID, Event: rig.FailedDeliveryKind, Phase: message.Waiting, Due: r.Clock.Now(), Bucket: store.Bucket(id),
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

// TestManyParked settles a doubt although more parked statuses are due than one look takes: evidence could have lain among
// them, so nothing is settled before all were looked at.
func TestManyParked(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	const many = 1001
	for i := range many {
		r.Must(r.Parts.Store.Park(t.Context(), store.Unknown{
			Progress: message.Progress{
				AppID: rig.AppID, IDs: []string{fmt.Sprintf("gs-%d", i)}, Status: message.StatusSent, At: r.Clock.Now().UnixMilli(),
			},
			CustomerID: store.CustomerID(rig.BrandID, "nobody"),
			Witness:    r.Clock.Now(),
			Due:        r.Clock.Now(),
			ExpireAt:   r.Clock.Now().Add(time.Hour),
		}))
	}
	if code := r.CallSweep(r.Hooks); code != http.StatusNoContent {
		t.Errorf("sweep: got %d, want 204", code)
	}
	left, err := r.Parts.Store.DueParked(t.Context(), r.Clock.Now(), many)
	if err != nil || len(left) != 0 {
		t.Errorf("not looked at: got %d of %d, %v", len(left), many, err)
	}
}
