package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
)

// cardFile returns the path of a file with the card that the product brings along, as another one.
func cardFile(t *testing.T, version string, from billing.Day, micros int64) string {
	t.Helper()
	card := billing.India()
	card.Version, card.From, card.Comment = version, from, ""
	card.Rates[0].Micros = micros
	text, err := json.Marshal(card)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, string(text))
}

// TestRateCard puts a card: first only checked, then for good, then as it is and corrected; and lists it.
func TestRateCard(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	file := cardFile(t, "meta-inr-in-2027q1", "2027-01-01", 900_000)
	if said := r.mustRun("rate-card", "-n", file); !strings.Contains(said, "meta-inr-in-2027q1 is new: INR from 2027-01-01\nnothing is written") {
		t.Errorf("with -n: got %q", said)
	}
	if said := r.mustRun("rate-cards"); strings.Contains(said, "2027q1") || !strings.Contains(said, "meta-inr-in-2026q4: INR from 2026-10-01\n") {
		t.Errorf("with -n: got the list %q", said)
	}

	if said := r.mustRun("rate-card", file); !strings.Contains(said, "is new") || strings.Contains(said, "nothing") {
		t.Errorf("got %q", said)
	}
	if said := r.mustRun("rate-card", file); !strings.Contains(said, "was there, and is as the file has it") {
		t.Errorf("once more: got %q", said)
	}
	corrected := cardFile(t, "meta-inr-in-2027q1", "2027-01-01", 910_000)
	if said := r.mustRun("rate-card", "-n", corrected); !strings.Contains(said, "is there, and would be") {
		t.Errorf("corrected, with -n: got %q", said)
	}
	r.mustRun("rate-card", corrected)
	said := r.mustRun("rate-cards")
	if !strings.Contains(said, "meta-inr-in-2027q1: INR from 2027-01-01\n  IN           marketing                     INR 0.91\n") {
		t.Errorf("got the list %q", said)
	}
	if strings.Contains(said, "before this quarter") {
		t.Errorf("got the list %q, in which nothing is due", said)
	}
	r.clock.(*clock.Manual).Advance(time.Date(2027, 4, 1, 9, 0, 0, 0, time.UTC).Sub(now))
	if said = r.mustRun("rate-cards"); !strings.Contains(said, "INR: the newest card is from before this quarter") {
		t.Errorf("in the next quarter: got the list %q", said)
	}
}

// TestRateCardIsRefused names what is wrong, and writes nothing.
func TestRateCardIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for name, tc := range map[string]struct{ file, want string }{
		"no_file":          {"no-such-file.json", "no-such-file.json"},
		"no_card":          {write(t, `{"version":"x"}`), "currency: is missing"},
		"same_day":         {cardFile(t, "another", "2026-10-01", 1), "from: overlaps meta-inr-in-2026q4"},
		"in_use":           {cardFile(t, "meta-inr-in-2026q4", "2026-10-01", 1), "in use never changes"},
		"within_a_quarter": {cardFile(t, "late", "2027-01-02", 1), "from"},
	} {
		for _, args := range [][]string{{"rate-card", tc.file}, {"rate-card", "-n", tc.file}} {
			if said, err := r.run(args...); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s, %q: got %q, %v, want %q", name, args[:1], said, err, tc.want)
			}
		}
	}
	if said := r.mustRun("rate-card", "-f", "-n", cardFile(t, "late", "2027-01-02", 1)); !strings.Contains(said, "late is new") {
		t.Errorf("forced: got %q", said)
	}
	if said := r.mustRun("rate-cards"); strings.Count(said, " from ") != 1 {
		t.Errorf("got the list %q, want the one card that there was", said)
	}
}
