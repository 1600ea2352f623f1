package secret

import (
	"context"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// TestWhileDialling holds that a slow connection delays neither the access to a cached value nor a caller whose context
// has ended.
func TestWhileDialling(t *testing.T) {
	t.Parallel()
	s := New(Options{ProjectID: "p"})
	known, err := s.resource("known")
	if err != nil {
		t.Fatal(err)
	}
	s.values = cache.New(cache.Options{TTL: time.Minute}, func(ctx context.Context, resource string) (config.Secret, error) {
		if resource == known {
			return config.NewSecret("value"), nil
		}
		return s.fetch(ctx, resource)
	})
	if _, err := s.Access(t.Context(), "known"); err != nil {
		t.Fatal(err)
	}

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
