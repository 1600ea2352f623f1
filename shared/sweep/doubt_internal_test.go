package sweep

import (
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// A doubt is looked at ever more rarely, and more often again towards the time at which its message is too old.
func TestNextDoubtLook(t *testing.T) {
	t.Parallel()

	lease := time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)
	for _, tt := range []struct{ since, left, want time.Duration }{
		{time.Minute, time.Hour, 10 * time.Second},
		{16 * time.Minute, time.Hour, 2 * time.Minute},
		{2 * time.Hour, time.Hour, 5 * time.Minute},
		{2 * time.Hour, 6 * time.Minute, 3 * time.Minute},
		{2 * time.Hour, time.Minute, 30 * time.Second},
		{2 * time.Hour, 12 * time.Second, 10 * time.Second},
		{2 * time.Hour, 8 * time.Second, 8 * time.Second},
	} {
		now := lease.Add(tt.since)
		if got := nextDoubtLook(message.Message{LeaseUntil: lease}, doubtFacts{now: now, ends: now.Add(tt.left)}).Sub(now); got != tt.want {
			t.Errorf("%s after the lease, %s before the end: got %s, want %s", tt.since, tt.left, got, tt.want)
		}
	}
}
