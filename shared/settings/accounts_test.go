package settings_test

import (
	"errors"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

func TestOfEvent(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		event order.Event
		want  string
		err   error
	}{
		{"by_id", order.Event{AccountID: neem}, neem, nil},
		{"by_slug", order.Event{AccountSlug: neemSlug}, neem, nil},
		{"by_both", order.Event{AccountID: neem, AccountSlug: "NEEM"}, neem, nil},
		{"nothing_named", order.Event{}, "", store.ErrNotFound},
		{"unknown_id", order.Event{AccountID: "999"}, "", store.ErrNotFound},
		{"unknown_slug", order.Event{AccountSlug: "tulsi"}, "", store.ErrNotFound},
		{"id_and_slug_disagree", order.Event{AccountID: neem, AccountSlug: "tulsi"}, "", store.ErrNotFound},
		{"the_event_disagrees_with_itself", order.Event{AccountID: neem, AccountConflict: true}, "", store.ErrNotFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := newWorld(t).accounts.OfEvent(t.Context(), tt.event)
			if got.ID != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("got %q, %v, want %q, %v", got.ID, err, tt.want, tt.err)
			}
		})
	}
}

func TestIDOfOrder(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		order order.Order
		want  string
	}{
		{"by_slug", order.Order{AccountSlug: neemSlug}, neem},
		{"by_both", order.Order{AccountSlug: neemSlug, AccountID: neem}, neem},
		{"id_alone", order.Order{AccountID: "999"}, "999"},
		{"nothing_named", order.Order{}, ""},
		{"unknown_slug", order.Order{AccountSlug: "tulsi", AccountID: neem}, ""},
		{"id_and_slug_disagree", order.Order{AccountSlug: neemSlug, AccountID: "812"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := newWorld(t).accounts.IDOfOrder(t.Context(), &tt.order)
			if got != tt.want || err != nil {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestAccountsWhileTheStoreFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.store.err = errDown
	if _, err := w.accounts.OfEvent(t.Context(), order.Event{AccountSlug: neemSlug}); !errors.Is(err, errDown) {
		t.Errorf("OfEvent with nothing cached: got %v, want %v", err, errDown)
	}
	if _, err := w.accounts.IDOfOrder(t.Context(), &order.Order{AccountSlug: neemSlug}); !errors.Is(err, errDown) {
		t.Errorf("IDOfOrder with nothing cached: got %v, want %v", err, errDown)
	}

	w.store.err = nil
	for range 3 {
		if _, err := w.accounts.Get(t.Context(), neem); err != nil {
			t.Fatal(err)
		}
	}
	w.store.err = errDown
	w.clock.Advance(ttl)
	if _, err := w.accounts.Get(t.Context(), neem); err != nil {
		t.Errorf("while old settings may serve: got %v", err)
	}
	w.clock.Advance(5 * time.Minute)
	if _, err := w.accounts.Get(t.Context(), neem); !errors.Is(err, errDown) {
		t.Errorf("after that: got %v, want %v", err, errDown)
	}

	w.store.err = nil
	delete(w.store.accounts, neem)
	if _, err := w.accounts.Get(t.Context(), neem); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an account that was removed: got %v, want %v", err, store.ErrNotFound)
	}
}
