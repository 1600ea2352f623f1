package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
)

// change is one change of consent through the portal, and how it began.
type change struct {
	name  string
	asked consent.Status
	begin func(r *rig.Rig)
}

func changes() []change {
	return []change{
		{"subscribe", consent.Active, func(r *rig.Rig) { r.Meet(rig.BrandID, rig.Shopper, consent.Seen) }},
		{"withdraw", consent.Inactive, func(r *rig.Rig) { r.Meet(rig.BrandID, rig.Shopper, consent.Grant) }},
	}
}

func (c change) other() consent.Status {
	if c.asked == consent.Active {
		return consent.Inactive
	}
	return consent.Active
}

// consentActions are what may happen in the middle of a struck call of a POST.
func consentActions(c change) []rig.Meanwhile {
	return []rig.Meanwhile{
		{Name: "nothing"},
		{Name: "the same POST", Do: func(r *rig.Rig, _, w *rig.Worker) { r.Portal(w, c.asked, rig.TheirTrace) }},
		{Name: "the opposite POST", Do: func(r *rig.Rig, _, w *rig.Worker) { r.Portal(w, c.other(), rig.TheirTrace) }},
		{Name: "STOP", Do: func(r *rig.Rig, _, w *rig.Worker) { r.Write(w, "STOP") }},
		{Name: "START", Do: func(r *rig.Rig, _, w *rig.Worker) { r.Write(w, "START") }},
		{Name: "an event", Do: func(r *rig.Rig, _, w *rig.Worker) { r.Hand(w, r.Event("shipment-failed_delivery")) }},
	}
}

// TestEveryFaultOfASubscribe strikes every call that a POST of the portal makes, in every way, alone and together with
// something else: a success is never told that is not in the ledger, each change has one entry, and the chain verifies.
func TestEveryFaultOfASubscribe(t *testing.T) {
	t.Parallel()
	for _, c := range changes() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Unsubscribed: true})
			c.begin(r)
			w := r.NewWorker(rig.Options{})
			w.Faults.Record()
			if a := r.Portal(w, c.asked, rig.OurTrace); a.Status != http.StatusOK {
				t.Fatalf("POST: got %d %s", a.Status, a.Body)
			}
			calls := w.Faults.Recorded()
			t.Logf("one POST makes %d calls: %s", len(calls), strings.Join(calls, ", "))
			if len(calls) < 4 {
				t.Fatalf("got %d calls, want at least order, key, customer and change", len(calls))
			}
			rig.EachMeanwhile(t, calls, consentActions(c), func(t *testing.T, n int, p rig.Point, m rig.Meanwhile) {
				t.Helper()
				strikeSubscribe(t, c, n, p, m)
			})
		})
	}
}

func strikeSubscribe(t *testing.T, c change, n int, p rig.Point, m rig.Meanwhile) {
	t.Helper()
	r := rig.New(t, rig.Options{Unsubscribed: true})
	c.begin(r)
	r.Clock.Advance(time.Second)
	busy, healthy := r.NewWorker(rig.Options{}), r.NewWorker(rig.Options{})
	var then func()
	if m.Do != nil {
		then = func() {
			r.Clock.Advance(time.Second)
			m.Do(r, busy, healthy)
			r.Clock.Advance(time.Second)
		}
	}
	busy.Faults.Strike(n, p, then)
	first := r.Portal(busy, c.asked, rig.OurTrace)
	if first.Status != http.StatusOK && first.Status < 500 {
		t.Errorf("got %d %s, want 200 or 5xx", first.Status, first.Body)
	}
	_, ledger := r.CheckChain(t)
	if first.Status == http.StatusOK && !reached(ledger, c.asked) {
		t.Errorf("false success: the ledger never came to %s: %s", c.asked, rig.ActionsOf(ledger))
	}
	if first.Status != http.StatusOK && strings.Contains(first.Body, "updated successfully") {
		t.Errorf("got %d with the words of success", first.Status)
	}
	// Who was not told of success asks again, and the one who asks last has it.
	r.Clock.Advance(time.Second)
	if a := r.Portal(healthy, c.asked, rig.OurTrace); a.Status != http.StatusOK {
		t.Errorf("asked again: got %d %s", a.Status, a.Body)
	}
	state, ledger := r.CheckChain(t)
	if state.Status != c.asked {
		t.Errorf("in the end: got %s, want %s: %s", state.Status, c.asked, rig.ActionsOf(ledger))
	}
	checkChanges(t, ledger)
}

// reached reports whether the ledger led to the status after its first entry, which was there before.
func reached(ledger []consent.Entry, want consent.Status) bool {
	for n := 2; n <= len(ledger); n++ {
		if consent.Fold(ledger[:n]).Status == want {
			return true
		}
	}
	return false
}

// checkChanges asserts that every entry but the first changed the status: no change was written twice. Only what WhatsApp tells
// is written again too, since it may come out of order.
func checkChanges(t *testing.T, ledger []consent.Entry) {
	t.Helper()
	for n := 2; n <= len(ledger); n++ {
		if ledger[n-1].Source == consent.Keyworded {
			continue
		}
		if was, is := consent.Fold(ledger[:n-1]), consent.Fold(ledger[:n]); was.Status == is.Status && was.Updates.Action == is.Updates.Action {
			t.Errorf("entry %d changes nothing: %s", n, rig.ActionsOf(ledger))
		}
	}
}
