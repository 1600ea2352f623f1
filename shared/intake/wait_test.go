package intake_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/intake"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// The bodies of a failed report of each provider, by the message's id and the code.
const (
	gupshupV2 = `{"app":"NeemAlerts","timestamp":1707818460000,"version":2,"type":"message-event","payload":` +
		`{"id":"%s","type":"failed","destination":"919000000001","payload":{"code":%s,"reason":"x"}}}`
	gupshupV3 = `{"object":"whatsapp_business_account","gs_app_id":"a","entry":[{"changes":[{"field":"messages","value":{"statuses":[` +
		`{"id":"wamid.x","gs_id":"%s","status":"failed","timestamp":"1707818460","errors":[{"code":%s}]}]}}]}]}`
	ofMeta = `{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"statuses":[` +
		`{"id":"%s","status":"failed","timestamp":"1707818460","errors":[{"code":%s}]}]}}]}]}`
	ofKaleyra = `{"id":"%s","status":"FAILED","timestamp":"1707818460","mobile":"919000000001","error":"x","error_code":"%s"}`
)

// fail sends the rig's message, has the provider report that it failed with the code, and returns it.
func fail(t *testing.T, name, body, code string) (*rig.Rig, message.Message) {
	t.Helper()
	r := rig.New(t, rig.Options{Provider: name})
	r.HeldBack = true
	r.Hand(r.Hooks, r.First())

	known, _ := r.Parts.Providers.Get(name)
	source, ok := known.(provider.WebhookSource)
	if !ok {
		t.Fatalf("%s has no callbacks", name)
	}
	events, err := source.ParseWebhook(provider.App{}, fmt.Appendf(nil, body, r.Sole(t).Newest().IDs[0], code))
	if err != nil || len(events) != 1 {
		t.Fatalf("got %v, %v, want one report", events, err)
	}

	c := intake.Callback{
		Origin:      provider.Origin{Provider: name, AppID: r.Vendor.AppID(), AccountID: rig.BrandID},
		Event:       events[0],
		PublishedAt: r.Clock.Now(),
	}
	if _, err := newIntake(r, r.Hooks).Receive(t.Context(), c); err != nil {
		t.Fatal(err)
	}

	return r, r.Sole(t)
}

// TestWaitOfAFailedCallback holds that a message waits as long as the row of its code asks for, at every provider.
func TestWaitOfAFailedCallback(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, provider, body, code string
		want                       time.Duration
	}{
		{"gupshup_v2_pair_limit", gupshup.Name, gupshupV2, "131056", 5 * time.Minute},
		{"gupshup_v2_account_limit", gupshup.Name, gupshupV2, "80007", 5 * time.Minute},
		{"gupshup_v3_pair_limit", gupshup.Name, gupshupV3, "131056", 5 * time.Minute},
		{"gupshup_v3_app_limit", gupshup.Name, gupshupV3, "4", 5 * time.Minute},
		{"meta_account_limit", meta.Name, ofMeta, "80007", 5 * time.Minute},
		{"meta_pair_limit", meta.Name, ofMeta, "131056", 6 * time.Second},
		{"kaleyra_pair_limit", kaleyra.Name, ofKaleyra, "131056", 5 * time.Minute},
		{"kaleyra_daily_limit", kaleyra.Name, ofKaleyra, "WAV2101", 6 * time.Hour},
		{"kaleyra_server_error", kaleyra.Name, ofKaleyra, "WA500", 5 * time.Minute},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r, m := fail(t, tc.provider, tc.body, tc.code)
			if got := m.Due.Sub(r.Clock.Now()); m.Phase != message.Waiting || got != tc.want {
				t.Errorf("got %s due in %s, want waiting for %s", m.Phase, got, tc.want)
			}
		})
	}
}

// TestSpamLimitWaitsHours holds that nothing goes through a number that WhatsApp limits for spam before hours have passed,
// although the credentials are in order, at every provider.
func TestSpamLimitWaitsHours(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, provider, body string }{
		{"gupshup_v2", gupshup.Name, gupshupV2},
		{"gupshup_v3", gupshup.Name, gupshupV3},
		{"meta", meta.Name, ofMeta},
		{"kaleyra", kaleyra.Name, ofKaleyra},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r, m := fail(t, tc.provider, tc.body, "131048")
			if h := brand(r).Apps[r.Vendor.AppID()].Health; m.Phase != message.Held || h.Reason != message.CauseBlocked {
				t.Fatalf("got %s and health %+v, want it held with its app", m.Phase, h)
			}

			r.Clock.Advance(3*time.Hour - time.Minute)
			r.CallSweep(r.Hooks)
			if h := brand(r).Apps[r.Vendor.AppID()].Health; h.Healthy() {
				t.Errorf("within the three hours: got %+v, want it held", h)
			}

			r.Clock.Advance(2 * time.Minute)
			r.CallSweep(r.Hooks)
			if h := brand(r).Apps[r.Vendor.AppID()].Health; !h.Healthy() {
				t.Errorf("after three hours: got %+v, want it released", h)
			}
		})
	}
}

// TestWaitOfAParkedFailure keeps the wait of a report whose message is not known yet.
func TestWaitOfAParkedFailure(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.HeldBack = true
	r.Hand(r.DyingWorker(rig.DieAfter), r.First())
	failed := provider.StatusEvent{
		IDs:       []string{"gs-unknown"},
		Status:    message.StatusFailed,
		Recipient: rig.Shopper,
		Failure:   provider.Throttled.After(5 * time.Minute).Coded("131056"),
	}
	if _, err := newIntake(r, r.Hooks).Receive(t.Context(), callback(r, r.StatusNotice(failed, parkAfter))); err != nil {
		t.Fatal(err)
	}
	parked, err := r.Parts.Store.DueParked(t.Context(), r.Clock.Now().Add(time.Hour), 10)
	if err != nil || len(parked) != 1 || parked[0].Failure != failed.Failure {
		t.Errorf("got %+v, %v, want the failure with its wait", parked, err)
	}
}
