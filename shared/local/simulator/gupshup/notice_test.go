package gupshup_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
)

func TestTemplateEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(2)
	w.subscribe(3, "TEMPLATE")
	sim := w.Gupshup()
	if err := sim.SetTemplateStatus(appID, ndr, "PAUSED", "paused for 3 hours"); err != nil {
		t.Fatal(err)
	}
	w.pass(0)
	var v2, v3 map[string]any
	for _, c := range w.hook.all() {
		if c["type"] != nil {
			v2 = c
		} else {
			v3 = c
		}
	}
	want := map[string]any{
		"type": "status-update", "id": ndr, "status": "paused", "elementName": "failed_delivery_v1", "languageCode": "en",
		"description": "paused for 3 hours",
	}
	if diff := cmp.Diff(want, v2["payload"]); diff != "" || v2["type"] != "template-event" {
		t.Errorf("template-event (-want +got):\n%s", diff)
	}
	if at(v3, "entry", 0, "changes", 0, "value", "event") != "PAUSED" {
		t.Errorf("version 3: got %v", v3)
	}
	w.send()
	w.pass(time.Minute)
	last := w.hook.all()[2]
	if at(last, "payload", "payload", "code") != 4005.0 {
		t.Errorf("send with the paused template: got %v, want 4005", last)
	}
	if err := sim.SetTemplateStatus(appID, ndr, "REJECTED", "bad words"); err != nil {
		t.Fatal(err)
	}
	w.pass(0)
	got := w.hook.all()[3:]
	if !slices.ContainsFunc(got, func(c map[string]any) bool { return at(c, "payload", "rejectedReason") == "bad words" }) {
		t.Errorf("rejection: got %v", got)
	}
	if err := sim.SetTemplateStatus("who", ndr, "PAUSED", ""); !errors.Is(err, tenant.ErrUnknownApp) {
		t.Errorf("unknown app: got %v", err)
	}
	if err := sim.SetTemplateStatus(appID, "who", "PAUSED", ""); !errors.Is(err, tenant.ErrUnknownTemplate) {
		t.Errorf("unknown template: got %v", err)
	}
}

func TestOtherEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(2)
	sim := w.Gupshup()
	for name, err := range map[string]error{
		"account":    sim.EmitAccount(appID, "ACCOUNT_DISABLE"),
		"user":       sim.EmitUser(appID, shopper, "opted-out"),
		"preference": sim.EmitPreference(appID, shopper, "stop"),
		"raw":        sim.EmitRaw(appID, "OTHERS", []byte(`{"type":"never-heard-of"`)),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.pass(0)
	got := map[string]map[string]any{}
	for _, c := range w.hook.all() {
		kind, _ := c["type"].(string)
		got[kind] = c
	}
	if at(got["account-event"], "payload", "status") != "ACCOUNT_DISABLE" {
		t.Errorf("account: got %v", got)
	}
	if at(got["user-event"], "payload", "phone") != shopper {
		t.Errorf("user: got %v", got)
	}
	pref := at(got["preference-event"], "payload", "payload", "user_preferences", 0)
	if at(pref, "value") != "stop" || at(pref, "wa_id") != shopper || at(pref, "category") != "marketing_messages" {
		t.Errorf("preference: got %v", pref)
	}
	if !slices.Contains(w.hook.raw, `{"type":"never-heard-of"`) {
		t.Errorf("raw: got %v", w.hook.raw)
	}
	if err := sim.EmitUser("who", shopper, "opted-in"); !errors.Is(err, tenant.ErrUnknownApp) {
		t.Errorf("unknown app: got %v", err)
	}
}
