package gupshup_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/callback"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/witness"
)

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

func TestDuplicates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(2, "ENQUEUED", "SENT")
	w.behave(func(b *gupshup.Behaviour) { b.Duplicate, b.DuplicateLag = 2, time.Second })
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
		w.behave(func(b *gupshup.Behaviour) { b.Shuffle = true })
		for range 4 {
			w.send()
		}
		w.pass(10 * time.Second)
		var byMessage []string
		for _, a := range w.Log().Accepted() {
			for _, d := range w.Log().Deliveries() {
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

func TestRetriesWithBackoff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(2, "SENT")
	w.behave(func(b *gupshup.Behaviour) { b.Retry = callback.Retry{Attempts: 4, Backoff: time.Second} })
	w.hook.answers = []int{500, 404, 200}
	id := w.send()
	for _, d := range []time.Duration{time.Second, 999 * time.Millisecond, time.Millisecond, time.Second, time.Second, time.Hour} {
		w.pass(d)
	}
	want := []witness.Delivery{
		{AppID: appID, Kind: "sent", MessageID: id, Attempt: 1, Status: 500, At: start.Add(time.Second)},
		{AppID: appID, Kind: "sent", MessageID: id, Attempt: 2, Status: 404, At: start.Add(2 * time.Second)},
		{AppID: appID, Kind: "sent", MessageID: id, Attempt: 3, Status: 200, At: start.Add(4 * time.Second)},
	}
	if diff := cmp.Diff(want, w.Log().Deliveries()); diff != "" {
		t.Errorf("deliveries (-want +got):\n%s", diff)
	}
}

func TestRetriesEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(2, "SENT")
	w.behave(func(b *gupshup.Behaviour) { b.Retry = callback.Retry{Attempts: 3, Backoff: time.Second} })
	w.hook.answers = []int{503}
	w.send()
	for range 10 {
		w.pass(time.Minute)
	}
	if got := len(w.hook.all()); got != 3 || w.Outbox().Waiting() != 0 {
		t.Errorf("got %d attempts and %d waiting, want 3 and 0", got, w.Outbox().Waiting())
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
	if got := len(w.Log().Deliveries()); got != 0 {
		t.Fatalf("given up after 9 s: %d deliveries", got)
	}
	w.pass(time.Second)
	if got := w.Log().Deliveries(); len(got) != 1 || got[0].Status != 0 {
		t.Errorf("got %+v, want one attempt without an answer", got)
	}
	if w.Outbox().Waiting() != 1 {
		t.Errorf("waiting: got %d, want the next attempt", w.Outbox().Waiting())
	}
}
