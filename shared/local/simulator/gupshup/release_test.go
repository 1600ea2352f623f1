package gupshup_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/callback"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
)

func TestHeldCallbacks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(2)
	w.behave(func(b *gupshup.Behaviour) { b.Hold = true })
	id := w.send()
	w.pass(time.Hour)
	pending := w.Outbox().Pending()
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
	if got := w.Phones().Inbox(shopper)[0].State; got != "accepted" {
		t.Errorf("state before any release: got %s", got)
	}
	ctx := t.Context()
	if err := w.Outbox().Release(ctx, 2); err != nil {
		t.Fatal(err)
	}
	if got := w.Phones().Inbox(shopper)[0]; got.State != "delivered" || got.At["delivered"] != start.Add(time.Hour) {
		t.Errorf("after delivered: got %+v", got)
	}
	if err := w.Outbox().Release(ctx, 0); err != nil {
		t.Fatal(err)
	}
	if got := w.Phones().Inbox(shopper)[0].State; got != "delivered" {
		t.Errorf("after a late enqueued: got %s, want delivered", got)
	}
	if err := w.Outbox().Drop(0); err != nil {
		t.Fatal(err)
	}
	if err := w.Outbox().ReleaseAll(ctx); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"delivered", "enqueued", "billing-event", "read"}, w.hook.kinds()); diff != "" {
		t.Errorf("posted (-want +got):\n%s", diff)
	}
	if len(w.Outbox().Pending()) != 0 {
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
	w.behave(func(b *gupshup.Behaviour) { b.Hold = true })
	w.hook.answers = []int{500, 200}
	w.send()
	if err := w.Outbox().Release(t.Context(), 0); !errors.Is(err, callback.ErrRefused) || len(w.Outbox().Pending()) != 1 {
		t.Errorf("got %v and %d pending, want ErrRefused and 1", err, len(w.Outbox().Pending()))
	}
	if err := w.Outbox().Release(t.Context(), 0); err != nil || len(w.Outbox().Pending()) != 0 {
		t.Errorf("got %v and %d pending, want none", err, len(w.Outbox().Pending()))
	}
	for _, i := range []int{-1, 0} {
		if err := w.Outbox().Release(t.Context(), i); !errors.Is(err, callback.ErrNoSuchCallback) {
			t.Errorf("Release(%d): got %v, want ErrNoSuchCallback", i, err)
		}
		if err := w.Outbox().Drop(i); !errors.Is(err, callback.ErrNoSuchCallback) {
			t.Errorf("Drop(%d): got %v, want ErrNoSuchCallback", i, err)
		}
	}
}

func TestHeldWithoutSubscription(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.behave(func(b *gupshup.Behaviour) { b.Hold = true })
	w.send()
	pending := w.Outbox().Pending()
	if len(pending) != 5 {
		t.Fatalf("got %d pending, want 5", len(pending))
	}
	if err := w.Outbox().ReleaseAll(t.Context()); !errors.Is(err, callback.ErrNoURL) {
		t.Errorf("ReleaseAll: got %v, want ErrNoURL", err)
	}
	if _, err := pending[0].Post(t.Context(), w.hook.url); err != nil || len(w.hook.all()) != 1 {
		t.Errorf("Post to a chosen receiver: %v", err)
	}
}

func TestErrorsNameNoReceiver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.behave(func(b *gupshup.Behaviour) { b.Hold = true })
	w.send()
	_, err := w.Outbox().Pending()[0].Post(t.Context(), "http://127.0.0.1:1/hook/secret-token")
	if err == nil || strings.Contains(err.Error(), "secret-token") {
		t.Errorf("got %v, want an error without the address", err)
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
	if w.Outbox().Waiting() != 0 {
		t.Error("a closed simulator plans another attempt")
	}
}
