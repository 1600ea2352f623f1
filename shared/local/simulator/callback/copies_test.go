package callback_test

import (
	"slices"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/callback"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/ident"
)

func TestCopies(t *testing.T) {
	t.Parallel()
	const own = 5 * time.Second
	for name, tc := range map[string]struct {
		copies callback.Copies
		want   []time.Duration
	}{
		"once":       {callback.Copies{}, []time.Duration{own}},
		"negative":   {callback.Copies{Duplicate: -3, Lag: time.Second}, []time.Duration{own}},
		"duplicates": {callback.Copies{Duplicate: 2, Lag: time.Second}, []time.Duration{own, own + time.Second, own + 2*time.Second}},
	} {
		if got := tc.copies.Lags(own, ident.New(1)); !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %v, want %v", name, got, tc.want)
		}
	}
	shuffled := callback.Copies{Duplicate: 30, Lag: time.Hour, Within: time.Second}
	got := shuffled.Lags(own, ident.New(1))
	if len(got) != 31 || slices.Max(got) >= time.Second || slices.Min(got) < 0 || slices.IsSorted(got) {
		t.Errorf("shuffled: got %v", got)
	}
	if again := shuffled.Lags(own, ident.New(1)); !slices.Equal(again, got) {
		t.Errorf("the same seed: got %v, want %v", again, got)
	}
}
