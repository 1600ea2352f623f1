package sweep_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/sweep"
)

// postedUnrecorded returns a rig whose worker has died over its message after the provider took it, once the lease is over
// and the message is in doubt; at is when it was posted.
func postedUnrecorded(t *testing.T) (r *rig.Rig, at time.Time) {
	t.Helper()
	r = rig.New(t, rig.Options{})
	r.Hand(r.DyingWorker(rig.DieAfter), r.Event("shipment-failed_delivery"))
	at = r.Clock.Now()
	r.Clock.Advance(lease + time.Second)
	swept(t, r, sweep.Counts{Doubted: 1})

	return r, at
}

// parkedID is the provider's id of every status that park parks.
const parkedID = "gs-1"

// park parks a status of the rig's app that happened at a time.
func park(r *rig.Rig, customerID string, s message.Status, at time.Time) {
	r.T.Helper()
	p := message.Progress{AppID: rig.AppID, IDs: []string{parkedID}, Status: s, At: at.UnixMilli(), PricingKind: string(s)}
	switch s {
	case message.StatusFailed:
		p.Failure = message.Failure{Code: "131026", Class: message.ClassRecipient}
	case message.StatusSent:
		p.Pricing = message.Pricing{Known: true, Billable: true, Model: "PMP", At: at.UnixMilli()}
	default:
	}
	r.Must(r.Parts.Store.Park(r.T.Context(), customerID, p, r.Clock.Now(), r.Clock.Now().Add(time.Hour)))
}

// allParked returns all parked statuses.
func allParked(r *rig.Rig) []store.Parked {
	r.T.Helper()
	all, err := r.Parts.Store.DueParked(r.T.Context(), r.Clock.Now().Add(24*time.Hour), 10)
	r.Must(err)

	return all
}

// Parked statuses of an unknown id are adopted by the message in doubt in whose lease they began, with all that they tell,
// and removed at the next sweep.
func TestAdopted(t *testing.T) {
	t.Parallel()
	r, at := postedUnrecorded(t)
	customer := r.Sole(t).CustomerID
	park(r, customer, message.StatusDelivered, at.Add(3*time.Second))
	park(r, customer, message.StatusSent, at.Add(2*time.Second))

	swept(t, r, sweep.Counts{Adopted: 1})
	m := r.Sole(t)
	if m.Status() != message.StatusDelivered || !slices.Equal(m.AttemptAt(1).IDs, []string{parkedID}) || !m.Pricing["1.sent"].Known {
		t.Errorf("got %s with the ids %v and prices %v, want delivered with its id and price", m.Status(), m.AttemptAt(1).IDs, m.Pricing)
	}
	want := map[string]int64{"sent": at.Add(2 * time.Second).UnixMilli(), "delivered": at.Add(3 * time.Second).UnixMilli()}
	if diff := cmp.Diff(want, m.AttemptAt(1).At); diff != "" {
		t.Errorf("times (-want +got):\n%s", diff)
	}

	r.Clock.Advance(time.Minute)
	swept(t, r, sweep.Counts{Joined: 1})
	if kept := allParked(r); len(kept) != 0 {
		t.Errorf("parked: got %d, want none", len(kept))
	}
}

// A status that is no evidence for any message in doubt is left parked, and looked at again later.
func TestNotAdopted(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		customer func(r *rig.Rig) string
		begins   time.Duration // after the message was posted
		before   func(r *rig.Rig)
	}{
		{name: "of a customer that is gone", customer: func(r *rig.Rig) string { return r.CustomerOf(rig.BrandID, "919000000999") }},
		{
			name: "of a customer with nothing in flight",
			customer: func(r *rig.Rig) string {
				r.Meet("812", rig.Shopper, consent.Grant)
				return r.CustomerOf("812", rig.Shopper)
			},
		},
		{name: "from before the claim", begins: -time.Minute, customer: (*rig.Rig).CustomerID},
		{name: "from after the lease", begins: time.Minute, customer: (*rig.Rig).CustomerID},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, at := postedUnrecorded(t)
			park(r, tt.customer(r), message.StatusSent, at.Add(tt.begins))

			swept(t, r, sweep.Counts{Postponed: 1})
			if m := r.Sole(t); m.Status() != message.StatusInDoubt || len(m.ProviderIDs) != 0 {
				t.Errorf("the message: got %s with the ids %v, want in doubt, none", m.Status(), m.ProviderIDs)
			}
			kept := allParked(r)
			if len(kept) != 1 || kept[0].Owner != "" || !kept[0].Due.After(r.Clock.Now()) {
				t.Errorf("parked: got %+v, want one that is due later", kept)
			}
		})
	}
}

// A parked failure whose adopter died before it wrote the id to the message is applied to that message by the next sweep.
func TestAdopterDied(t *testing.T) {
	t.Parallel()
	r, at := postedUnrecorded(t)
	m := r.Sole(t)
	park(r, m.CustomerID, message.StatusFailed, at.Add(time.Second))
	r.Must(r.Parts.Store.Adopt(t.Context(), allParked(r)[0], m.ID))

	swept(t, r, sweep.Counts{})
	got := r.Sole(t)
	if got.Status() != message.StatusFailed || got.AttemptAt(1).Code != "131026" {
		t.Errorf("got %s with code %q, want failed with 131026", got.Status(), got.AttemptAt(1).Code)
	}
}
