package dispatch

import (
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

func TestLoggable(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		kind order.Kind
		want string
	}{
		{"a_name", order.Kind{Resource: "channel_inventory", SubType: "updated"}, "channel_inventory/updated"},
		{"a_phone_number", order.Kind{Resource: "shipment", SubType: "919000079999"}, "unreadable"},
		{"a_key", order.Kind{Resource: "sk-live", SubType: "updated"}, "unreadable"},
		{"too_long", order.Kind{Resource: "shipment", SubType: strings.Repeat("a", 41)}, "unreadable"},
		{"nothing", order.Kind{}, "unreadable"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := loggable(tc.kind); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

var noon = time.Date(2024, 2, 13, 12, 0, 0, 0, time.UTC)

func TestOccurredAt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		event     order.Event
		published time.Time
		want      time.Time
	}{
		{"unknown", order.Event{OccurredAt: noon}, noon, time.Time{}},
		{"past", order.Event{OccurredKnown: true, OccurredAt: noon.Add(-time.Hour)}, noon, noon.Add(-time.Hour)},
		{"a little ahead", order.Event{OccurredKnown: true, OccurredAt: noon.Add(time.Hour)}, noon, noon.Add(time.Hour)},
		{"far ahead", order.Event{OccurredKnown: true, OccurredAt: noon.Add(time.Hour + 1)}, noon, noon},
		{"far ahead of nothing", order.Event{OccurredKnown: true, OccurredAt: noon}, time.Time{}, noon},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := occurredAt(tt.event, tt.published); !got.Equal(tt.want) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestFallbackAt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		age      time.Duration
		occurred time.Time
		want     time.Time
	}{
		{"no limit", 0, noon.Add(-time.Hour), noon.Add(patience)},
		{"no time", time.Hour, time.Time{}, noon.Add(patience)},
		{"before it is too old", time.Hour, noon.Add(-30 * time.Minute), noon.Add(24 * time.Minute)},
		{"at once", time.Hour, noon.Add(-55 * time.Minute), noon.Add(-time.Minute)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := occurrence{account: account.Account{MaxAge: tt.age}, occurredAt: tt.occurred}
			if got := o.fallbackAt(noon); !got.Equal(tt.want) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
