package intake_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestForeignStatuses are counted and acknowledged, and leave nothing.
func TestForeignStatuses(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	before := r.Sole(t)
	foreign := provider.StatusEvent{IDs: []string{"gs-foreign"}, Status: message.StatusRead, Recipient: rig.Shopper}
	if code := r.Notice(r.Hooks, rig.OwnApp, r.StatusNotice(foreign, time.Second)); code/100 == 2 {
		t.Errorf("young status of an unknown message: got %d, want it delivered again", code)
	}
	if code := r.Notice(r.Hooks, rig.OwnApp, r.StatusNotice(foreign, 20*time.Second)); code != http.StatusNoContent {
		t.Errorf("old status of an unknown message: got %d, want 204", code)
	}
	if !strings.Contains(r.Logs.String(), `"foreign"`) {
		t.Error("the foreign status is not in the log")
	}
	// Another app's message of the same id is another message.
	other := store.Webhook{Provider: gupshup.Name, AppID: "another", AccountID: rig.BrandID}
	same := provider.StatusEvent{IDs: []string{r.Sim.Log().Accepted()[0].MessageID}, Status: message.StatusRead, Recipient: rig.Shopper}
	if code := r.Notice(r.Hooks, other, r.StatusNotice(same, time.Minute)); code != http.StatusNoContent {
		t.Errorf("status through another app: got %d, want 204", code)
	}
	if after := r.Sole(t); !after.UpdateTime.Equal(before.UpdateTime) {
		t.Errorf("the message changed to %s", after.Status())
	}
	if parked, err := r.Parts.Store.DueParked(t.Context(), r.Clock.Now().Add(time.Hour), 10); err != nil || len(parked) != 0 {
		t.Errorf("parked: got %d, %v, want none", len(parked), err)
	}
}

// TestForeignChargeIsKept has a provider charge a message that is none of ours. The month's usage still tells of it when what shoppers wrote
// then is deleted.
func TestForeignChargeIsKept(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	began := r.Clock.Now()
	billed := provider.StatusEvent{IDs: []string{"gs-foreign"}, Recipient: rig.Shopper, Pricing: message.Pricing{Known: true, Billable: true, Category: "utility"}}
	e := r.StatusNotice(billed, 20*time.Second)
	e.Kind = provider.KindBilling
	if code := r.Notice(r.Hooks, rig.OwnApp, e); code != http.StatusNoContent {
		t.Fatalf("got %d, want 204", code)
	}

	r.Cloud.Firestore().SweepTTL(r.Clock.Now().AddDate(1, 1, 0))

	if n, err := r.Parts.Store.CountForeignCharges(t.Context(), rig.OwnApp.AccountID, began.Add(-time.Hour), began.Add(time.Hour)); err != nil || n != 1 {
		t.Errorf("got %d charges and %v a year later, want one", n, err)
	}
}

// TestBillingFirst has a price be proof that the provider took the message.
func TestBillingFirst(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.Hand(r.DyingWorker(rig.DieAfter), r.Event("shipment-failed_delivery"))
	m := r.Sole(t)
	id := r.Sim.Log().Accepted()[0].MessageID
	r.Must(r.Parts.Store.Record(t.Context(), message.Progress{MessageID: m.ID, Attempt: 1, AppID: rig.AppID, IDs: []string{id}}))
	price := message.Pricing{Model: "PMP", Category: "utility", At: r.Clock.Now().UnixMilli()}
	e := provider.Event{Kind: provider.KindBilling, At: price.At, ReceivedAt: price.At, Status: &provider.StatusEvent{
		IDs: []string{id}, Recipient: rig.Shopper, Pricing: price,
	}}
	if code := r.Notice(r.Hooks, rig.OwnApp, e); code != http.StatusNoContent {
		t.Fatalf("got %d, want 204", code)
	}
	m = r.Sole(t)
	if m.Status() != message.StatusAccepted || m.Pricing["1.billing"] != price || !m.Due.IsZero() {
		t.Errorf("got %s, %+v, due %s, want accepted with its price, settled", m.Status(), m.Pricing, m.Due)
	}
}

// TestUnlistedCode is told loudly, for somebody must find out what it means.
func TestUnlistedCode(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	s := provider.StatusEvent{
		IDs: []string{r.Sim.Log().Accepted()[0].MessageID}, Status: message.StatusFailed, Failure: message.Failure{Code: "777777", Class: message.ClassBadRequest, Cause: message.CauseUnlisted},
	}
	r.Notice(r.Hooks, rig.OwnApp, r.StatusNotice(s, 0))
	for line := range strings.Lines(r.Logs.String()) {
		if strings.Contains(line, "777777") && strings.Contains(line, `"level":"ERROR"`) {
			return
		}
	}
	t.Error("no error in the log names the code")
}
