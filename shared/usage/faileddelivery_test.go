package usage_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
)

// fails has a shipment fail some time ago, and its shopper asked now.
func (r *rig) fails(shipment string, ago time.Duration) message.Message {
	r.t.Helper()
	m := r.claimOf("gs", message.Message{OrderID: shipment, Subject: shipment, CustomerID: "k-" + shipment, OccurredAt: r.clock.Now().Add(-ago).Unix()})
	r.apply(reports(m, r.clock.Now())...)

	return m
}

// moves has the platform tell a status of a shipment that it has now.
func (r *rig) moves(shipment, status string) {
	r.t.Helper()
	r.must(r.store.MergeStatusTimes(r.t.Context(), store.StatusTimes{
		OrderID: store.OrderID(neem, shipment), Subject: shipment, Times: map[string]int64{status: r.clock.Now().Unix()}, ExpireAt: r.clock.Now().Add(10_000 * time.Hour),
	}))
}

// chooses has the shopper of a message choose an action, which is in a state now.
func (r *rig) chooses(m message.Message, state conversation.State) {
	r.t.Helper()
	c, err := r.store.Conversation(r.t.Context(), m.CustomerID)
	if err != nil {
		c = conversation.Conversation{ID: m.CustomerID, AccountID: neem, ExpireAt: r.clock.Now().Add(10_000 * time.Hour)}
	}

	c.Actions = append(c.Actions, conversation.Action{ID: m.ID, MessageID: m.ID, State: state, At: r.clock.Now().Add(-time.Minute), DoneAt: r.clock.Now()})
	_, err = r.store.SaveConversation(r.t.Context(), c)
	r.must(err)
}

// writes has the shopper of a message write something.
func (r *rig) writes(m message.Message) {
	r.t.Helper()
	r.must(r.store.AddReply(r.t.Context(), store.ReplyWrite{Reply: store.Reply{ID: "r-" + m.ID, AccountID: neem, RootID: m.ID, At: r.clock.Now(), ExpireAt: r.clock.Now().Add(10_000 * time.Hour)}}))
}

func (r *rig) failures(q usage.FailedQuery) usage.FailedDeliveries {
	r.t.Helper()
	report, err := r.FailedDeliveries(r.t.Context(), viewer, neem, q)
	r.must(err)

	return report
}

func minutes(p50, p95 int64) *usage.Minutes { return &usage.Minutes{P50: p50, P95: p95} }

// TestFailedDeliveries follows failed deliveries of two days to each end that they can have, before and after the days are closed.
func TestFailedDeliveries(t *testing.T) {
	t.Parallel()
	r := newRig(t, "Asia/Kolkata")

	rescued, back := r.fails("1", 10*time.Minute), r.fails("2", 90*time.Second)
	r.moves("3", "delivered") // before it failed, which must not count
	r.clock.Advance(time.Minute)
	r.fails("3", 30*time.Second)
	refused := message.Message{
		ID: "refused", AccountID: neem, Event: failed, OrderID: "4", Subject: "4", CustomerID: "k-4", Phase: message.Refused, Reason: message.NotOptedIn,
		OccurredAt: start.Unix(), Day: "2026-11-20", CreatedAt: start, ExpireAt: start.Add(10_000 * time.Hour),
	}
	_, err := r.store.Decide(t.Context(), store.Decision{Message: refused})
	r.must(err)
	r.must(r.store.RecordNotTaken(t.Context(), r.stored(r.claimOf("gs", message.Message{OrderID: "5", Subject: "5", OccurredAt: start.Unix()}).ID), message.Failure{Class: message.ClassRecipient}, start))
	r.off(missed, 2)

	r.clock.Advance(29 * time.Minute)
	r.chooses(rescued, conversation.Accepted)
	r.writes(back)
	r.clock.Advance(5 * time.Hour)
	r.moves("1", "delivered")
	r.moves("4", "rto_created") // it arrived all the same
	r.clock.Advance(time.Hour)
	r.moves("4", "delivered")

	r.clock.Advance(24 * time.Hour)
	again := r.fails("2", time.Minute)
	r.chooses(again, conversation.Refused)
	r.clock.Advance(time.Hour)
	r.moves("2", "rto_intransit")

	ofDay, ofAll := int64(3*price/2), int64(4*price/2)
	want := usage.FailedDeliveries{
		From: "2026-11-01", To: "2026-12-01", Zone: "Asia/Kolkata", Currency: "INR", OtherCurrencies: []string{},
		Days: []usage.FailedDay{
			{
				Day: "2026-11-20", Failed: 7, Asked: 3, Delivered: 3, Read: 3, Answered: 2, Accepted: 1, DeliveredAfterAll: 2, Returned: 1,
				ToAsk: minutes(1, 10), ToAction: minutes(40, 40), CostMicros: 3 * price, PerRescueMicros: &ofDay,
			},
			{Day: "2026-11-21", Failed: 1, Asked: 1, Delivered: 1, Read: 1, Answered: 1, Returned: 1, ToAsk: minutes(1, 1), CostMicros: price},
		},
		Total: usage.FailedDay{
			Failed: 8, Asked: 4, Delivered: 4, Read: 4, Answered: 3, Accepted: 1, DeliveredAfterAll: 2, Returned: 1, ToAsk: minutes(1, 10), ToAction: minutes(40, 40),
			CostMicros: 4 * price, PerRescueMicros: &ofAll,
		},
	}
	month := usage.FailedQuery{From: "2026-11-01", To: "2026-12-01"}
	if diff := cmp.Diff(want, r.failures(month)); diff != "" {
		t.Errorf("open days (-want +got):\n%s", diff)
	}

	r.clock.Advance(48 * time.Hour)
	r.closeUp()

	if diff := cmp.Diff(want, r.failures(month)); diff != "" {
		t.Errorf("closed days (-want +got):\n%s", diff)
	}
	if none := r.failures(usage.FailedQuery{From: "2027-01-01", To: "2027-02-01"}); len(none.Days) != 0 || none.Total.Failed != 0 {
		t.Errorf("got %+v of days to come", none)
	}
	if one := r.failures(usage.FailedQuery{From: "2026-11-21", To: "2026-11-22"}); len(one.Days) != 1 || one.Total.Failed != 1 || one.Total.PerRescueMicros != nil {
		t.Errorf("got %+v of one day", one)
	}

	const header = "day,failed,asked,delivered,read,answered,action_accepted,delivered_after_all,returned,minutes_to_ask_p50,minutes_to_ask_p95," +
		"minutes_to_action_p50,minutes_to_action_p95,cost,cost_per_rescued,currency\r\n"
	if got := string(want.CSV()); got != header+"2026-11-20,7,3,3,3,2,1,2,1,1,10,40,40,0.3795,0.18975,INR\r\n2026-11-21,1,1,1,1,1,0,0,1,1,1,,,0.1265,,INR\r\n" {
		t.Errorf("got table\n%s", got)
	}
}

// TestFailedDeliveriesArePercentilesByNearestRank has each asked a minute later than the one before.
func TestFailedDeliveriesArePercentilesByNearestRank(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]*usage.Minutes{1: minutes(1, 1), 2: minutes(1, 2), 3: minutes(2, 3), 19: minutes(10, 19), 20: minutes(10, 19)} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, "Asia/Kolkata")
			for i := range n {
				r.fails(fmt.Sprint(i), time.Duration(i+1)*time.Minute)
			}
			if diff := cmp.Diff(want, r.failures(usage.FailedQuery{}).Total.ToAsk); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestFailedDeliveryReads holds that a failed delivery costs three reads at most, and one for each reply.
func TestFailedDeliveryReads(t *testing.T) {
	t.Parallel()

	reads := func(n int) int64 {
		r := newRig(t, "Asia/Kolkata")
		for i := range n {
			m := r.fails(fmt.Sprint(i), time.Minute)
			r.moves(fmt.Sprint(i), "delivered")
			r.chooses(m, conversation.Accepted)
			r.writes(m)
		}
		q := usage.FailedQuery{From: "2026-11-20", To: "2026-11-22"}
		r.failures(q) // what an instance keeps is read

		before := r.cloud.Firestore().Counts().Reads
		if got := r.failures(q); got.Total.Accepted != int64(n) {
			t.Errorf("got %+v, want %d", got.Total, n)
		}

		return r.cloud.Firestore().Counts().Reads - before
	}

	// How far days are closed, and a count of the day that is open: the next has not begun.
	for _, n := range []int{1, 40} {
		if got, want := reads(n), int64(1+1+3*n+n); got != want {
			t.Errorf("got %d reads of %d failed deliveries, want %d", got, n, want)
		}
	}
}

// TestTooManyFailedDeliveries refuses a range that has more than are counted, and none with as many.
func TestTooManyFailedDeliveries(t *testing.T) {
	t.Parallel()
	r := newRig(t, "Asia/Kolkata")
	r.CountAtMost(2)
	r.fails("1", time.Minute)
	r.fails("2", time.Minute)

	if got := r.failures(usage.FailedQuery{}); got.Total.Failed != 2 {
		t.Errorf("got %+v, want two", got.Total)
	}

	r.fails("3", time.Minute)

	_, err := r.FailedDeliveries(t.Context(), viewer, neem, usage.FailedQuery{})
	if field, _ := fault.Public(err); !fault.Is(err, fault.Invalid) || field != "to" {
		t.Errorf("got %v, want an error about to", err)
	}
}

// TestFailedDeliveriesRefuses names the field of a query that is wrong, and tells another's caller nothing.
func TestFailedDeliveriesRefuses(t *testing.T) {
	t.Parallel()
	r := newRig(t, "Asia/Kolkata")

	for name, tt := range map[string]struct {
		q      usage.FailedQuery
		caller access.Caller
		kind   fault.Kind
		field  string
	}{
		"from":     {usage.FailedQuery{From: "2026-02-29", To: "2026-03-01"}, viewer, fault.Invalid, "from"},
		"to":       {usage.FailedQuery{From: "2026-11-01"}, viewer, fault.Invalid, "to"},
		"too_long": {usage.FailedQuery{From: "2026-10-01", To: "2026-11-02"}, viewer, fault.Invalid, "to"},
		"currency": {usage.FailedQuery{Currency: "inr"}, viewer, fault.Invalid, "currency"},
		"another":  {usage.FailedQuery{}, access.Caller{Role: access.Viewer, Accounts: []string{"812"}}, fault.Forbidden, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := r.FailedDeliveries(t.Context(), tt.caller, neem, tt.q)
			if field, _ := fault.Public(err); !fault.Is(err, tt.kind) || field != tt.field {
				t.Errorf("got %v of %q, want %v of %q", err, field, tt.kind, tt.field)
			}
		})
	}
}
