package message_test

import (
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

func TestBackoff(t *testing.T) {
	t.Parallel()
	for tries, want := range map[int]time.Duration{
		0: 5 * time.Second, 1: 10 * time.Second, 7: 640 * time.Second, 8: 15 * time.Minute, 16: 15 * time.Minute, 1000: 15 * time.Minute,
	} {
		if got := message.Backoff(tries); got != want {
			t.Errorf("Backoff(%d): got %s, want %s", tries, got, want)
		}
	}
}
