package gupshup_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
)

func keys(v any) []string {
	m, _ := v.(map[string]any)
	return slices.Sorted(maps.Keys(m))
}

func TestStoryOfAMessageVersion2(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(2)
	w.behave(func(b *gupshup.Behaviour) { b.Conversation = true })
	id := w.send()
	w.pass(time.Minute)
	if diff := cmp.Diff([]string{"enqueued", "sent", "delivered", "billing-event", "read"}, w.hook.kinds()); diff != "" {
		t.Fatalf("callbacks (-want +got):\n%s", diff)
	}
	got := w.hook.all()
	for i, c := range got {
		if at(c, "app") != appName || at(c, "phone") != appPhone || at(c, "version") != 2.0 {
			t.Errorf("envelope %d: got %v", i, c)
		}
	}
	wamid, _ := at(got[0], "payload", "payload", "whatsappMessageId").(string)
	if !strings.HasPrefix(wamid, "wamid.") {
		t.Errorf("whatsappMessageId: got %q", wamid)
	}
	want := map[string]any{
		"id": id, "type": "enqueued", "destination": shopper,
		"payload": map[string]any{"whatsappMessageId": wamid, "type": "template"},
	}
	if diff := cmp.Diff(want, got[0]["payload"]); diff != "" {
		t.Errorf("enqueued (-want +got):\n%s", diff)
	}
	sentAt := start.Add(700 * time.Millisecond)
	want = map[string]any{
		"id": wamid, "gsId": id, "type": "sent", "destination": shopper, "payload": map[string]any{"ts": float64(sentAt.Unix())},
		"pricing":      map[string]any{"policy": "PMP", "category": "utility", "type": "regular"},
		"conversation": map[string]any{"id": id[:8], "expiresAt": float64(sentAt.Add(24 * time.Hour).Unix()), "type": "utility"},
	}
	if diff := cmp.Diff(want, got[1]["payload"]); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	if got[1]["timestamp"] != float64(sentAt.UnixMilli()) {
		t.Errorf("sent timestamp: got %v, want ms %d", got[1]["timestamp"], sentAt.UnixMilli())
	}
	for i, name := range map[int]string{2: "delivered", 4: "read"} {
		want := []string{"destination", "gsId", "id", "payload", "type"}
		if diff := cmp.Diff(want, keys(got[i]["payload"])); diff != "" || at(got[i], "payload", "type") != name {
			t.Errorf("%s: got %v", name, got[i])
		}
	}
	want = map[string]any{
		"deductions": map[string]any{"type": "regular", "model": "PMP", "source": "whatsapp", "billable": true, "category": "utility"},
		"references": map[string]any{"id": wamid, "gsId": id, "destination": shopper},
	}
	if diff := cmp.Diff(want, got[3]["payload"]); diff != "" {
		t.Errorf("billing (-want +got):\n%s", diff)
	}
	if ct := w.hook.hdr[0].Get("Content-Type"); ct != "application/json; charset=utf-8" {
		t.Errorf("content type: got %q", ct)
	}
}

func TestStoryOfAMessageVersion3(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(3)
	id := w.send()
	w.pass(time.Minute)
	var states []string
	for _, c := range w.hook.all() {
		if at(c, "object") != "whatsapp_business_account" || at(c, "gs_app_id") != appID || at(c, "type") != nil {
			t.Errorf("envelope: got %v", c)
		}
		change := at(c, "entry", 0, "changes", 0)
		if at(change, "field") == "billing-event" {
			states = append(states, "billing")
			if at(change, "value", "billing", "references", "gs_id") != id {
				t.Errorf("billing: got %v", change)
			}
			continue
		}
		status := at(change, "value", "statuses", 0)
		state, _ := at(status, "status").(string)
		states = append(states, state)
		_, isNumber := at(status, "timestamp").(float64)
		if isNumber != (state == "enqueued") {
			t.Errorf("%s: timestamp %v, want a number for enqueued only", state, at(status, "timestamp"))
		}
		if (at(change, "value", "metadata") == nil) != (state == "enqueued") {
			t.Errorf("%s: metadata %v, want it but for enqueued", state, at(change, "value", "metadata"))
		}
		if at(status, "gs_id") != id || at(status, "recipient_id") != shopper {
			t.Errorf("%s: got %v", state, status)
		}
	}
	if diff := cmp.Diff([]string{"enqueued", "sent", "delivered", "billing", "read"}, states); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
}

func TestFailureVersion3(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(3, "FAILED")
	if _, err := w.Faults().Add(simulator.Fault{Mode: "fail_callback", Code: 131026}); err != nil {
		t.Fatal(err)
	}
	w.send()
	w.pass(time.Minute)
	got := at(w.hook.all()[0], "entry", 0, "changes", 0, "value", "statuses", 0, "errors", 0)
	if at(got, "code") != 131026.0 || at(got, "title") != "Message undeliverable" {
		t.Errorf("errors[0]: got %v", got)
	}
}

func TestModesAreRespected(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(2, "SENT", "BILLING")
	w.send()
	w.pass(time.Minute)
	if diff := cmp.Diff([]string{"sent", "billing-event"}, w.hook.kinds()); diff != "" {
		t.Errorf("callbacks (-want +got):\n%s", diff)
	}
}

func TestTwoSubscriptionsTellEverythingTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(2, "SENT")
	w.subscribe(3, "SENT")
	w.send()
	w.pass(time.Minute)
	got := w.hook.all()
	if len(got) != 2 || (at(got[0], "type") == nil) == (at(got[1], "type") == nil) {
		t.Errorf("got %v, want one of each version", got)
	}
}

func TestCallbacksOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(2)
	if err := w.Gupshup().SetBehaviour(appID, gupshup.Behaviour{Behaviour: tenant.Behaviour{AutoRead: true}}); err != nil {
		t.Fatal(err)
	}
	w.send()
	w.pass(time.Minute)
	if got := w.hook.kinds(); len(got) != 0 || w.clock.Pending() != 0 {
		t.Errorf("got %v and %d timers, want neither", got, w.clock.Pending())
	}
	if got := w.Phones().Inbox(shopper)[0].State; got != "read" {
		t.Errorf("state: got %s, want read all the same", got)
	}
}

func TestUnread(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(2)
	w.behave(func(b *gupshup.Behaviour) { b.AutoRead = false })
	w.send()
	w.pass(time.Hour)
	if got := w.hook.kinds(); slices.Contains(got, "read") || w.Phones().Inbox(shopper)[0].State != "delivered" {
		t.Errorf("got %v and %s, want no read", got, w.Phones().Inbox(shopper)[0].State)
	}
}

func TestOmissionsAndSpellings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(2)
	w.behave(func(b *gupshup.Behaviour) { b.OmitGsID, b.OmitPhone, b.TextValues = true, true, true })
	w.send()
	w.pass(time.Minute)
	for _, c := range w.hook.all() {
		if _, has := c["phone"]; has {
			t.Errorf("phone is there: %v", c)
		}
		if at(c, "payload", "gsId") != nil || at(c, "payload", "references", "gsId") != nil {
			t.Errorf("gsId is there: %v", c)
		}
	}
	got := w.hook.all()
	if _, text := at(got[1], "payload", "payload", "ts").(string); !text {
		t.Errorf("ts: got %v, want a string", got[1])
	}
	if at(got[3], "payload", "deductions", "billable") != "true" {
		t.Errorf("billable: got %v, want a string", got[3])
	}
}
