package secret

import (
	"context"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// TestWhileDialling holds that a connection which takes its time to be made keeps waiting neither who has a value nor who
// has no more time.
func TestWhileDialling(t *testing.T) {
	t.Parallel()
	s := New(Options{ProjectID: "p", Clock: clock.NewManual(time.Unix(1_800_000_000, 0))})
	known, err := s.Resource("known")
	if err != nil {
		t.Fatal(err)
	}
	s.cache[known] = entry{value: config.NewSecret("value"), fetched: s.o.Clock.Now()}
	s.dialling.Lock()
	defer s.dialling.Unlock()
	if got, err := s.Access(t.Context(), "known"); err != nil || got.Reveal() != "value" {
		t.Errorf("a known secret: got %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Access(gone, "unknown"); !fault.Is(err, fault.Canceled) {
		t.Errorf("without time: got %v, want that it was given up", err)
	}
}
