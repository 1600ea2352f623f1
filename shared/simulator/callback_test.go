package simulator_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/simulator/callback"
	"github.com/eshopbox/whatsapp-notifications/shared/simulator/gupshup"
)

func keys(v any) []string {
	m, _ := v.(map[string]any)
	return slices.Sorted(maps.Keys(m))
}

func TestStoryOfAMessageVersion2(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(2)
	w.behave(func(b *simulator.Behaviour) { b.Conversation = true })
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
	if _, err := w.AddFault(simulator.Fault{Mode: "fail_callback", Code: 131026}); err != nil {
		t.Fatal(err)
	}
	w.send()
	w.pass(time.Minute)
	got := at(w.hook.all()[0], "entry", 0, "changes", 0, "value", "statuses", 0, "errors", 0)
	if at(got, "code") != 131026.0 || at(got, "title") != "Message undeliverable" {
		t.Errorf("errors[0]: got %v", got)
	}
}

func TestNothingIsPostedBeforeItsTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(2)
	w.send()
	for _, step := range []struct {
		pass time.Duration
		want []string
	}{
		{0, []string{}},
		{299 * time.Millisecond, []string{}},
		{time.Millisecond, []string{"enqueued"}},
		{400 * time.Millisecond, []string{"enqueued", "sent"}},
		{800 * time.Millisecond, []string{"enqueued", "sent", "delivered"}},
		{100 * time.Millisecond, []string{"enqueued", "sent", "delivered", "billing-event"}},
		{1400 * time.Millisecond, []string{"enqueued", "sent", "delivered", "billing-event", "read"}},
		{time.Hour, []string{"enqueued", "sent", "delivered", "billing-event", "read"}},
	} {
		w.pass(step.pass)
		if diff := cmp.Diff(step.want, w.hook.kinds()); diff != "" {
			t.Fatalf("%v later (-want +got):\n%s", step.pass, diff)
		}
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
	if err := w.SetBehaviour(appID, simulator.Behaviour{AutoRead: true}); err != nil {
		t.Fatal(err)
	}
	w.send()
	w.pass(time.Minute)
	if got := w.hook.kinds(); len(got) != 0 || w.clock.Pending() != 0 {
		t.Errorf("got %v and %d timers, want neither", got, w.clock.Pending())
	}
	if got := w.Inbox(shopper)[0].State; got != "read" {
		t.Errorf("state: got %s, want read all the same", got)
	}
}

func TestUnread(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(2)
	w.behave(func(b *simulator.Behaviour) { b.AutoRead = false })
	w.send()
	w.pass(time.Hour)
	if got := w.hook.kinds(); slices.Contains(got, "read") || w.Inbox(shopper)[0].State != "delivered" {
		t.Errorf("got %v and %s, want no read", got, w.Inbox(shopper)[0].State)
	}
}

func TestDuplicates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(2, "ENQUEUED", "SENT")
	w.behave(func(b *simulator.Behaviour) { b.Duplicate, b.DuplicateLag = 2, time.Second })
	w.send()
	w.pass(time.Minute)
	want := []string{"enqueued", "sent", "enqueued", "sent", "enqueued", "sent"}
	if diff := cmp.Diff(want, w.hook.kinds()); diff != "" {
		t.Errorf("callbacks (-want +got):\n%s", diff)
	}
	if w.hook.raw[0] != w.hook.raw[2] {
		t.Error("a duplicate differs from its original")
	}
}

func TestShuffle(t *testing.T) {
	t.Parallel()
	order := func() []string {
		w := newWorld(t)
		w.subscribe(2)
		w.behave(func(b *simulator.Behaviour) { b.Shuffle = true })
		for range 4 {
			w.send()
		}
		w.pass(10 * time.Second)
		var byMessage []string
		for _, a := range w.Accepted() {
			for _, d := range w.Deliveries() {
				if d.MessageID == a.MessageID {
					byMessage = append(byMessage, d.Kind)
				}
			}
		}
		return byMessage
	}
	first, second := order(), order()
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("one seed gave two orders (-first +second):\n%s", diff)
	}
	straight := slices.Repeat([]string{"enqueued", "sent", "delivered", "billing", "read"}, 4)
	if len(first) != len(straight) || slices.Equal(first, straight) {
		t.Errorf("got %v, want all of it in disorder", first)
	}
}

func TestOmissionsAndSpellings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(2)
	w.behave(func(b *simulator.Behaviour) { b.OmitGsID, b.OmitPhone, b.TextValues = true, true, true })
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

func TestRetriesWithBackoff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(2, "SENT")
	w.behave(func(b *simulator.Behaviour) { b.Retry = callback.Retry{Attempts: 4, Backoff: time.Second} })
	w.hook.answers = []int{500, 404, 200}
	id := w.send()
	for _, d := range []time.Duration{time.Second, 999 * time.Millisecond, time.Millisecond, time.Second, time.Second, time.Hour} {
		w.pass(d)
	}
	want := []simulator.Delivery{
		{AppID: appID, Kind: "sent", MessageID: id, Attempt: 1, Status: 500, At: start.Add(time.Second)},
		{AppID: appID, Kind: "sent", MessageID: id, Attempt: 2, Status: 404, At: start.Add(2 * time.Second)},
		{AppID: appID, Kind: "sent", MessageID: id, Attempt: 3, Status: 200, At: start.Add(4 * time.Second)},
	}
	if diff := cmp.Diff(want, w.Deliveries()); diff != "" {
		t.Errorf("deliveries (-want +got):\n%s", diff)
	}
}

func TestRetriesEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(2, "SENT")
	w.behave(func(b *simulator.Behaviour) { b.Retry = callback.Retry{Attempts: 3, Backoff: time.Second} })
	w.hook.answers = []int{503}
	w.send()
	for range 10 {
		w.pass(time.Minute)
	}
	if got := len(w.hook.all()); got != 3 || w.Waiting() != 0 {
		t.Errorf("got %d attempts and %d waiting, want 3 and 0", got, w.Waiting())
	}
}

func TestSlowReceiverIsGivenUpAfterTenSeconds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	entered := make(chan struct{}, 8)
	hang := newHanging(t, entered)
	if _, err := w.Gupshup().Subscribe(appID, gupshup.Subscription{URL: hang, Modes: []string{"SENT"}}); err != nil {
		t.Fatal(err)
	}
	w.send()
	w.clock.Advance(time.Second)
	<-entered
	w.clock.Advance(9 * time.Second)
	if got := len(w.Deliveries()); got != 0 {
		t.Fatalf("given up after 9 s: %d deliveries", got)
	}
	w.pass(time.Second)
	if got := w.Deliveries(); len(got) != 1 || got[0].Status != 0 {
		t.Errorf("got %+v, want one attempt without an answer", got)
	}
	if w.Waiting() != 1 {
		t.Errorf("waiting: got %d, want the next attempt", w.Waiting())
	}
}

func TestHeldCallbacks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(2)
	w.behave(func(b *simulator.Behaviour) { b.Hold = true })
	id := w.send()
	w.pass(time.Hour)
	pending := w.Pending()
	var kinds []string
	for _, c := range pending {
		kinds = append(kinds, c.Kind)
		if c.AppID != appID || c.MessageID != id || len(c.Body) == 0 || c.URL != w.hook.url {
			t.Errorf("callback: got %+v", c)
		}
	}
	if diff := cmp.Diff([]string{"enqueued", "sent", "delivered", "billing", "read"}, kinds); diff != "" {
		t.Fatalf("pending (-want +got):\n%s", diff)
	}
	if got := w.Inbox(shopper)[0].State; got != "accepted" {
		t.Errorf("state before any release: got %s", got)
	}
	ctx := t.Context()
	if err := w.Release(ctx, 2); err != nil {
		t.Fatal(err)
	}
	if got := w.Inbox(shopper)[0]; got.State != "delivered" || got.At["delivered"] != start.Add(time.Hour) {
		t.Errorf("after delivered: got %+v", got)
	}
	if err := w.Release(ctx, 0); err != nil {
		t.Fatal(err)
	}
	if got := w.Inbox(shopper)[0].State; got != "delivered" {
		t.Errorf("after a late enqueued: got %s, want delivered", got)
	}
	if err := w.Drop(0); err != nil {
		t.Fatal(err)
	}
	if err := w.ReleaseAll(ctx); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"delivered", "enqueued", "billing-event", "read"}, w.hook.kinds()); diff != "" {
		t.Errorf("posted (-want +got):\n%s", diff)
	}
	if len(w.Pending()) != 0 {
		t.Error("something is still pending")
	}
	// A copy can be posted as often as a test likes.
	for range 2 {
		if status, err := pending[1].Post(ctx, ""); status != http.StatusOK || err != nil {
			t.Errorf("Post: got %d %v", status, err)
		}
	}
	if got := w.hook.kinds(); len(got) != 6 || got[5] != "sent" {
		t.Errorf("after posting copies: got %v", got)
	}
}

func TestHeldCallbackStaysUntilItIsTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(2, "SENT")
	w.behave(func(b *simulator.Behaviour) { b.Hold = true })
	w.hook.answers = []int{500, 200}
	w.send()
	if err := w.Release(t.Context(), 0); !errors.Is(err, callback.ErrRefused) || len(w.Pending()) != 1 {
		t.Errorf("got %v and %d pending, want ErrRefused and 1", err, len(w.Pending()))
	}
	if err := w.Release(t.Context(), 0); err != nil || len(w.Pending()) != 0 {
		t.Errorf("got %v and %d pending, want none", err, len(w.Pending()))
	}
	for _, i := range []int{-1, 0} {
		if err := w.Release(t.Context(), i); !errors.Is(err, callback.ErrNoSuchCallback) {
			t.Errorf("Release(%d): got %v, want ErrNoSuchCallback", i, err)
		}
		if err := w.Drop(i); !errors.Is(err, callback.ErrNoSuchCallback) {
			t.Errorf("Drop(%d): got %v, want ErrNoSuchCallback", i, err)
		}
	}
}

func TestHeldWithoutSubscription(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.behave(func(b *simulator.Behaviour) { b.Hold = true })
	w.send()
	pending := w.Pending()
	if len(pending) != 5 {
		t.Fatalf("got %d pending, want 5", len(pending))
	}
	if err := w.ReleaseAll(t.Context()); !errors.Is(err, callback.ErrNoURL) {
		t.Errorf("ReleaseAll: got %v, want ErrNoURL", err)
	}
	if _, err := pending[0].Post(t.Context(), w.hook.url); err != nil || len(w.hook.all()) != 1 {
		t.Errorf("Post to a chosen receiver: %v", err)
	}
}

func TestErrorsNameNoReceiver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.behave(func(b *simulator.Behaviour) { b.Hold = true })
	w.send()
	_, err := w.Pending()[0].Post(t.Context(), "http://127.0.0.1:1/hook/secret-token")
	if err == nil || strings.Contains(err.Error(), "secret-token") {
		t.Errorf("got %v, want an error without the address", err)
	}
}

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
	if err := sim.SetTemplateStatus("who", ndr, "PAUSED", ""); !errors.Is(err, gupshup.ErrUnknownApp) {
		t.Errorf("unknown app: got %v", err)
	}
	if err := sim.SetTemplateStatus(appID, "who", "PAUSED", ""); !errors.Is(err, gupshup.ErrUnknownTemplate) {
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
	if err := sim.EmitUser("who", shopper, "opted-in"); !errors.Is(err, gupshup.ErrUnknownApp) {
		t.Errorf("unknown app: got %v", err)
	}
}

func TestSettleEndsWithItsContext(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	entered := make(chan struct{}, 8)
	if _, err := w.Gupshup().Subscribe(appID, gupshup.Subscription{URL: newHanging(t, entered), Modes: []string{"SENT"}}); err != nil {
		t.Fatal(err)
	}
	w.send()
	w.clock.Advance(time.Second)
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Settle(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestCloseEndsPostsInFlight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	entered := make(chan struct{}, 8)
	if _, err := w.Gupshup().Subscribe(appID, gupshup.Subscription{URL: newHanging(t, entered), Modes: []string{"SENT"}}); err != nil {
		t.Fatal(err)
	}
	w.send()
	w.clock.Advance(time.Second)
	<-entered
	w.Close()
	w.pass(0)
	if w.Waiting() != 0 {
		t.Error("a closed simulator plans another attempt")
	}
}
