package intake

import (
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// A STOP whose provider cuts its time to whole seconds counts from the second's end; a finer time is left as it is.
func TestWithdrawnAt(t *testing.T) {
	t.Parallel()
	second := time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC)
	tests := []struct {
		name     string
		at, want time.Time
	}{
		{"whole second", second, second.Add(time.Second - time.Microsecond)},
		{"milliseconds", second.Add(123 * time.Millisecond), second.Add(123 * time.Millisecond)},
		{"last millisecond", second.Add(999 * time.Millisecond), second.Add(999 * time.Millisecond)},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := (Callback{Event: provider.Event{At: tc.at.UnixMilli()}}).withdrawnAt(); !got.Equal(tc.want) {
				t.Errorf("got %v, want %v", got.UTC(), tc.want)
			}
		})
	}
}
