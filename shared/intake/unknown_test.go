package intake_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// parked returns all parked statuses.
func parked(r *rig.Rig) []store.Parked {
	r.T.Helper()
	all, err := r.Parts.Store.DueParked(r.T.Context(), r.Clock.Now().Add(24*time.Hour), 10)
	r.Must(err)

	return all
}

// posted returns a rig whose worker has died over its message after the provider took it, so that an attempt is unsettled.
func posted(t *testing.T) *rig.Rig {
	t.Helper()
	r := rig.New(t, rig.Options{})
	r.Hand(r.DyingWorker(rig.DieAfter), r.Event("shipment-failed_delivery"))
	r.Clock.Advance(time.Minute)

	return r
}

// recorded returns a rig whose message the provider took and a worker recorded.
func recorded(t *testing.T) *rig.Rig {
	t.Helper()
	r := rig.New(t, rig.Options{})
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	r.Clock.Advance(time.Minute)

	return r
}

// A status of an id that no message has is delivered again while it is young, parked if it may be of a message that is open,
// and foreign otherwise.
func TestUnknownStatus(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		rig       func(t *testing.T) *rig.Rig
		from      provider.Origin
		recipient string
		ids       []string
		age       time.Duration
		standby   bool
		want      outcome.Result
		kind      fault.Kind
	}{
		{name: "young", rig: posted, from: ownApp, recipient: rig.Shopper, ids: []string{"gs-1"}, age: parkAfter - time.Second, kind: fault.NotFound},
		{name: "of an open message", rig: posted, from: ownApp, recipient: rig.Shopper, ids: []string{"gs-1"}, age: parkAfter, want: outcome.Parked},
		{name: "of the platform's app", rig: posted, from: platformApp, recipient: rig.Shopper, ids: []string{"gs-1"}, age: parkAfter, want: outcome.Parked},
		{name: "without an id", rig: posted, from: ownApp, recipient: rig.Shopper, age: parkAfter, want: outcome.Foreign},
		{name: "of another sender on the number", rig: posted, from: ownApp, recipient: rig.Shopper, ids: []string{"gs-1"}, age: parkAfter, standby: true, want: outcome.Foreign},
		{name: "of another sender, young", rig: posted, from: ownApp, recipient: rig.Shopper, ids: []string{"gs-1"}, age: parkAfter - time.Second, standby: true, kind: fault.NotFound},
		{name: "of a stranger", rig: posted, from: ownApp, recipient: "919000000999", ids: []string{"gs-1"}, age: parkAfter, want: outcome.Foreign},
		{name: "of a hidden number", rig: posted, from: ownApp, ids: []string{"gs-1"}, age: parkAfter, want: outcome.Foreign},
		{
			name: "of another app", rig: posted, from: provider.Origin{Provider: ownApp.Provider, AppID: "another", AccountID: rig.BrandID},
			recipient: rig.Shopper, ids: []string{"gs-1"}, age: parkAfter, want: outcome.Foreign,
		},
		{name: "of a shopper with nothing open", rig: recorded, from: ownApp, recipient: rig.Shopper, ids: []string{"gs-1"}, age: parkAfter, want: outcome.Foreign},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := tt.rig(t)
			s := provider.StatusEvent{IDs: tt.ids, Recipient: tt.recipient, Status: message.StatusDelivered}
			c := callback(r, r.StatusNotice(s, tt.age))
			c.Origin = tt.from
			c.Event.Standby = tt.standby

			got, err := newIntake(r, r.Hooks).Receive(t.Context(), c)
			if got.Result != tt.want || (err != nil) != (tt.want == "") || err != nil && !fault.Is(err, tt.kind) {
				t.Fatalf("got %+v, %v, want %q", got, err, tt.want)
			}

			kept := parked(r)
			if tt.want != outcome.Parked {
				if len(kept) != 0 {
					t.Errorf("parked: got %d, want none", len(kept))
				}
				return
			}
			m := r.Sole(t)
			if len(kept) != 1 || got.MessageID != m.ID || got.AccountID != rig.BrandID {
				t.Fatalf("parked: got %d, report %+v, want one for the message %s", len(kept), got, m.ID)
			}
			want := store.Parked{
				ID:         kept[0].ID,
				AppID:      rig.AppID,
				IDs:        tt.ids,
				CustomerID: m.CustomerID,
				PhoneKey:   store.PhoneKeyOf(m.CustomerID),
				Witness:    r.Clock.Now().Add(-tt.age).UnixMilli(),
				At:         map[string]int64{"delivered": r.Clock.Now().Add(-tt.age).UnixMilli()},
				Due:        r.Clock.Now(),
				Bucket:     kept[0].Bucket,
				ExpireAt:   r.Clock.Now().Add(keepParked),
				UpdateTime: kept[0].UpdateTime,
			}
			if diff := cmp.Diff(want, kept[0]); diff != "" {
				t.Errorf("parked (-want +got):\n%s", diff)
			}
		})
	}
}

// A status that calls the shopper by the other spelling of the number, or by the user id alone, is of an open message although
// nothing has linked the two yet: the send's answer was lost.
func TestUnknownStatusOfWhoIsCalledOtherwise(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]provider.StatusEvent{
		"Brazil":     {Recipient: "5531988880001"},
		"as ordered": {Recipient: "553188880001"},
		"a user id":  {UserID: "BR.73920184455120"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			r.Meet(rig.BrandID, "553188880001", consent.Grant)
			r.Hand(r.DyingWorker(rig.DieAfter), r.EventData(r.Altered(func(s map[string]any) {
				s["customerContactNumber"], s["countryCode"] = "+553188880001", "BR"
			})))
			if s.UserID != "" {
				says(t, r, ownApp, "in-1", "hello", "553188880001", s.UserID)
			}
			r.Clock.Advance(time.Minute)

			s.IDs, s.Status = []string{"gs-1"}, message.StatusDelivered
			got, err := newIntake(r, r.Hooks).Receive(t.Context(), callback(r, r.StatusNotice(s, parkAfter)))
			if err != nil || got.Result != outcome.Parked {
				t.Fatalf("got %+v, %v, want it parked", got, err)
			}
			if kept := parked(r); len(kept) != 1 || kept[0].CustomerID != r.CustomerOf(rig.BrandID, "553188880001") {
				t.Errorf("parked: got %+v, want one of the customer that the message went to", kept)
			}
		})
	}
}

// TestParkedWitness keeps with a parked status until when it proves callbacks to have come by: never later than it came, though the
// provider's clock be ahead.
func TestParkedWitness(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string]time.Duration{"ahead": time.Hour, "right": -time.Second} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := posted(t)
			c := callback(r, r.StatusNotice(provider.StatusEvent{IDs: []string{"gs-1"}, Recipient: rig.Shopper, Status: message.StatusSent}, parkAfter))
			came := c.Event.ReceivedAt
			c.Event.At += ahead.Milliseconds()

			if _, err := newIntake(r, r.Hooks).Receive(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			if kept := parked(r); len(kept) != 1 || kept[0].Witness != min(came, c.Event.At) {
				t.Errorf("got %+v, want one with the witness %d", kept, min(came, c.Event.At))
			}
		})
	}
}

// A status whose id is recorded between the two looks for it is delivered again instead of being parked.
func TestUnknownStatusBecomesKnown(t *testing.T) {
	t.Parallel()
	r := posted(t)
	id := r.Sim.Log().Accepted()[0].MessageID
	record := func() {
		r.Must(r.Parts.Store.Record(t.Context(), message.Progress{
			MessageID: r.Sole(t).ID, Attempt: 1, Status: message.StatusAccepted, At: r.Clock.Now().UnixMilli(), AppID: rig.AppID, IDs: []string{id},
		}))
	}
	s := provider.StatusEvent{IDs: []string{id}, Recipient: rig.Shopper, Status: message.StatusDelivered}
	c := callback(r, r.StatusNotice(s, parkAfter))

	w := r.NewWorker(rig.Options{})
	// The customer is read between the two looks.
	w.Faults.StrikeFirst("/google.firestore.v1.Firestore/BatchGetDocuments", rig.StallAfter, record)
	if got, err := newIntake(r, w).Receive(t.Context(), c); got.Result != "" || !fault.Is(err, fault.Conflict) {
		t.Fatalf("got %+v, %v, want it delivered again", got, err)
	}

	got, err := newIntake(r, r.Hooks).Receive(t.Context(), c)
	m := r.Sole(t)
	want := outcome.Report{
		Result: outcome.Applied, MessageID: m.ID, AccountID: rig.BrandID, AppID: rig.AppID, Provider: gupshup.Name, Event: rig.FailedDeliveryKind, Attempt: 1,
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" || m.Status() != message.StatusDelivered {
		t.Errorf("the message is %s, report (-want +got):\n%s%v", m.Status(), diff, err)
	}
	if kept := parked(r); len(kept) != 0 {
		t.Errorf("parked: got %d, want none", len(kept))
	}
}

// A status is of the message and attempt that our reference names, whatever its ids; a reference that was not made for the
// app says nothing.
func TestStatusByReference(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		sealed func(s message.Sealer, ref message.Ref) string
		want   outcome.Result
	}{
		{"ours", func(s message.Sealer, ref message.Ref) string { return s.Seal(rig.AppID, ref) }, outcome.Applied},
		{"of another app", func(s message.Sealer, ref message.Ref) string { return s.Seal("another", ref) }, outcome.Parked},
		{"changed", func(s message.Sealer, ref message.Ref) string { return strings.ToUpper(s.Seal(rig.AppID, ref)) }, outcome.Parked},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := posted(t)
			keys, err := r.Parts.Keys(t.Context())
			r.Must(err)

			s := provider.StatusEvent{
				IDs:       []string{"gs-new"},
				Recipient: rig.Shopper,
				Ref:       tt.sealed(keys.Reference, message.Ref{MessageID: r.Sole(t).ID, Attempt: 1}),
				Status:    message.StatusSent,
			}
			got, err := newIntake(r, r.Hooks).Receive(t.Context(), callback(r, r.StatusNotice(s, parkAfter)))
			if err != nil || got.Result != tt.want || got.MessageID != r.Sole(t).ID {
				t.Fatalf("got %+v, %v, want %s", got, err, tt.want)
			}
			if applied := r.Sole(t).Status() == message.StatusSent; applied != (tt.want == outcome.Applied) {
				t.Errorf("the message is %s, want the status applied: %t", r.Sole(t).Status(), !applied)
			}
		})
	}
}
