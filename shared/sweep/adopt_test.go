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
	parkAs(r, customerID, p)
}

// parkAs parks what a callback told of an unknown id, as come when it happened.
func parkAs(r *rig.Rig, customerID string, p message.Progress) {
	r.T.Helper()
	r.Must(r.Parts.Store.Park(r.T.Context(), store.Unknown{
		Progress:   p,
		CustomerID: customerID,
		Witness:    time.UnixMilli(p.At),
		Due:        r.Clock.Now(),
		ExpireAt:   r.Clock.Now().Add(time.Hour),
	}))
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
				r.Meet(rig.BrandID, "919000000002", consent.Grant)
				return r.CustomerOf(rig.BrandID, "919000000002")
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

// A parked failure whose adopter died before it applied it is applied by the next sweep.
func TestAdopterDied(t *testing.T) {
	t.Parallel()
	r, at := postedUnrecorded(t)
	m := r.Sole(t)
	park(r, m.CustomerID, message.StatusFailed, at.Add(time.Second))
	r.Must(r.Parts.Store.Adopt(t.Context(), allParked(r)[0], m, 1))

	swept(t, r, sweep.Counts{Joined: 1})
	got := r.Sole(t)
	if got.Status() != message.StatusFailed || got.AttemptAt(1).Code != "131026" {
		t.Errorf("got %s with code %q, want failed with 131026", got.Status(), got.AttemptAt(1).Code)
	}
}

// theirs stores a message of another brand to the rig's shopper, in doubt since it was claimed at a time for the app.
func theirs(r *rig.Rig, appID string, at time.Time) {
	r.T.Helper()
	const brand = "812"
	r.Meet(brand, rig.Shopper, consent.Grant)
	customer, err := r.Parts.Store.Customer(r.T.Context(), r.CustomerOf(brand, rig.Shopper))
	r.Must(err)

	m := due(r, "theirs")
	m.AccountID, m.AppID, m.CustomerID, m.Due = brand, appID, customer.ID, time.Time{}
	m.Phase, m.Attempt, m.LeaseUntil = message.InDoubt, 1, at.Add(lease)
	m.Attempts = map[string]message.Attempt{"1": {ClaimedAt: at.UnixMilli()}}
	_, err = r.Parts.Store.Decide(r.T.Context(), store.Decision{Message: m, Mark: &customer})
	r.Must(err)
}

// Two brands have a message to one shopper in doubt. A status is adopted by the one in whose lease alone it began, whosever customer
// it is parked under, and by none if it may be of either.
func TestAdoptedAmongBrands(t *testing.T) {
	t.Parallel()
	const ours, other = rig.BrandID, "812"
	tests := []struct {
		name   string
		app    string
		theirs time.Duration // when theirs was claimed, after ours was
		begins time.Duration // when the status began
		under  string        // whose customer it is parked under
		want   string        // whose message adopts it; empty if none does
	}{
		{name: "of either, under ours", app: rig.AppID, begins: time.Second, under: ours},
		{name: "of either, under theirs", app: rig.AppID, begins: time.Second, under: other},
		{name: "of ours, under ours", app: rig.AppID, theirs: -time.Hour, begins: time.Second, under: ours, want: ours},
		{name: "of ours, under theirs", app: rig.AppID, theirs: -time.Hour, begins: time.Second, under: other, want: ours},
		{name: "of theirs, under ours", app: rig.AppID, theirs: -time.Hour, begins: -time.Hour + time.Second, under: ours, want: other},
		{name: "of theirs, under theirs", app: rig.AppID, theirs: -time.Hour, begins: -time.Hour + time.Second, under: other, want: other},
		{name: "theirs is at another app", app: "another", begins: time.Second, under: ours, want: ours},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, at := postedUnrecorded(t)
			own := r.Sole(t)
			theirs(r, tt.app, at.Add(tt.theirs))
			park(r, r.CustomerOf(tt.under, rig.Shopper), message.StatusSent, at.Add(tt.begins))

			want := sweep.Counts{Adopted: 1}
			if tt.want == "" {
				want = sweep.Counts{Postponed: 1}
			}
			swept(t, r, want)
			for id, brand := range map[string]string{own.ID: ours, "theirs": other} {
				if got := load(r, id).AttemptAt(1); (len(got.IDs) > 0) != (brand == tt.want) {
					t.Errorf("the message of %s: got the ids %v, want the status adopted by %q", brand, got.IDs, tt.want)
				}
			}
		})
	}
}

// Of two ids that may be of one attempt it gets one, however many are handled at once.
func TestOneIDOfAnAttempt(t *testing.T) {
	t.Parallel()
	r, at := postedUnrecorded(t)
	for _, id := range []string{"gs-1", "gs-2", "gs-3", "gs-4"} {
		parkAs(r, r.CustomerID(), message.Progress{AppID: rig.AppID, IDs: []string{id}, Status: message.StatusSent, At: at.Add(time.Second).UnixMilli()})
	}
	_, err := newSweeper(r).Sweep(t.Context())
	r.Must(err)

	owned := 0
	for _, p := range allParked(r) {
		if p.Owner != "" {
			owned++
		}
	}
	if ids := r.Sole(t).AttemptAt(1).IDs; len(ids) != 1 || owned != 1 {
		t.Errorf("got the ids %v with %d parked statuses owned, want one", ids, owned)
	}
}

// A status that was parked shows as much of its app as one that came in time: that the provider takes messages and that its reports
// come. A price shows neither.
func TestJoinedStatusIsNoted(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		known  bool // the id is known when the status is joined
		status message.Status
		want   bool
	}{
		{name: "adopted", status: message.StatusDelivered, want: true},
		{name: "joined to the known id", known: true, status: message.StatusDelivered, want: true},
		{name: "price", known: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Silent: true}) // an app of which no time is known
			r.Hand(r.DyingWorker(rig.DieAfter), r.Event("shipment-failed_delivery"))
			at := r.Clock.Now()
			r.Clock.Advance(lease + time.Second)
			m := r.Sole(t)
			if tt.known {
				r.Must(r.Parts.Store.Record(t.Context(), message.Progress{MessageID: m.ID, Attempt: 1, AppID: rig.AppID, IDs: []string{parkedID}}))
			}
			reported := at.Add(3 * time.Second)
			parkAs(r, m.CustomerID, message.Progress{
				AppID:       rig.AppID,
				IDs:         []string{parkedID},
				Status:      tt.status,
				At:          reported.UnixMilli(),
				PricingKind: "billing",
				Pricing:     message.Pricing{Known: true, At: reported.UnixMilli()},
			})

			_, err := newSweeper(r).Sweep(t.Context())
			r.Must(err)
			want := store.AppTimes{}
			if tt.want {
				want = store.AppTimes{Taken: time.UnixMilli(m.AttemptAt(1).ClaimedAt), Witness: reported}
			}
			got, err := r.Parts.Store.AppTimes(t.Context(), rig.AppID)
			r.Must(err)
			if !got.Taken.Equal(want.Taken) || !got.Witness.Equal(want.Witness) {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}
