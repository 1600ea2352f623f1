package e2e_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// TestForgedNewsStopNothing has somebody who knows the address of Gupshup's webhook tell that the account is disabled and the template
// is paused, again and again: the brand's messages go out as ever, before and after sweep has asked Gupshup.
func TestForgedNewsStopNothing(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	forge := func() {
		t.Helper()
		for _, body := range []string{
			`{"type":"account-event","version":2,"payload":{"type":"status-event","status":"ACCOUNT_DISABLE"}}`,
			`{"type":"template-event","version":2,"payload":{"id":"` + rig.TemplateID + `","type":"status-update","status":"paused"}}`,
			`{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"account_update","value":{"event":"ACCOUNT_OFFBOARDED"}}]}]}`,
		} {
			if code := r.Post(r.Hooks, []byte(body)); code != http.StatusOK {
				t.Errorf("got %d, want 200", code)
			}
		}
		r.ReceiveAll(r.Hooks)
	}

	for i, name := range []string{"shipment-failed_delivery", "shipment-failed_delivery-second"} {
		forge()
		r.Hand(r.Hooks, r.Event(name))
		if got := r.Sim.Log().AcceptedCount(); got != i+1 {
			t.Errorf("at once after the news: got %d messages sent, want %d", got, i+1)
		}
		r.Settle(r.Hooks) // the first message's reports, so that the second one need not wait for them
		r.Clock.Advance(time.Minute)
		r.CallSweep(r.Hooks)
	}
	r.Settle(r.Hooks)

	if all := r.Messages(); len(all) != 2 || all[0].Status() != message.StatusRead || all[1].Status() != message.StatusRead {
		t.Errorf("send log: got %v, want two read; %s", rig.Statuses(all), r.Describe())
	}
	a, err := r.Parts.Store.Account(t.Context(), rig.BrandID)
	r.Must(err)
	if a.Condition().NeedsAttention() {
		t.Errorf("got %+v, want the app and the template healthy, and nothing left to ask", a.Condition())
	}
}
