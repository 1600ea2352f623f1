package usage_test

import (
	"errors"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
)

// TestClosedDayNeverShrinks has Firestore delete a message of a closed day by its time-to-live, and another message of the day read afterwards.
// The day keeps what was charged.
func TestClosedDayNeverShrinks(t *testing.T) {
	t.Parallel()
	r := newRig(t, "Asia/Kolkata")
	m := r.claim("gs")
	r.apply(reports(m, start)[:3]...)

	other := r.claim("gs")
	other.UpdateTime, other.ExpireAt = r.stored(other.ID).UpdateTime, start.Add(40*time.Hour)
	_, err := r.store.Decide(t.Context(), store.Decision{Message: other})
	r.must(err)
	r.apply(reports(other, start)...)

	r.clock.Advance(24 * time.Hour)
	r.closeUp()
	r.clock.Advance(24 * time.Hour)
	r.closeUp()

	r.cloud.Firestore().SweepTTL(r.clock.Now())

	if _, err = r.store.Message(t.Context(), other.ID); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("got %v, want the message deleted", err)
	}

	r.apply(reports(m, start)...)
	r.clock.Advance(24 * time.Hour)
	r.closeUp()

	if got := r.usage(november); got.Total.ActualMicros != 2*price || got.Total.Charged != 2 {
		t.Errorf("got %+v, want both charges", got.Total)
	}
}

// TestBrokenDayStopsNoOther has one day of three that cannot be closed. The one before it stays closed, and what was heard of that one later is
// taken up all the same.
func TestBrokenDayStopsNoOther(t *testing.T) {
	t.Parallel()
	r := newRig(t, "Asia/Kolkata")
	m := r.claim("gs")
	r.clock.Advance(24 * time.Hour)
	r.claim("gs")
	_, err := r.cloud.Rules().Add(cloud.Rule{Method: "Commit", Match: "/days/2026-11-21", Mode: cloud.FailBefore, Code: codes.PermissionDenied})
	r.must(err)

	r.clock.Advance(24 * time.Hour)
	if err = r.Close(t.Context(), neem); err == nil {
		t.Error("got no error of the day that cannot be closed")
	}
	if l, failed := r.store.Closing(t.Context(), neem); failed != nil || l.ClosedTo != "2026-11-21" {
		t.Errorf("got %+v and %v, want the days before closed", l, failed)
	}

	r.apply(reports(m, start)...)
	r.clock.Advance(24 * time.Hour)
	if err = r.Close(t.Context(), neem); err == nil {
		t.Error("got no error of the day that cannot be closed")
	}

	days, err := r.store.ClosedDays(t.Context(), neem, "2026-11-20", "2026-11-21")
	if r.must(err); len(days) != 1 || days[0].Usage.Total().ActualMicros != price {
		t.Errorf("got %+v, want the day with its charge", days)
	}
}

// TestCardPutLate has a rate card put for a currency that had none, after messages were sent and their day was closed. The statement says what
// each message is charged, as its receipt does: the day is closed again.
func TestCardPutLate(t *testing.T) {
	t.Parallel()
	r := newRig(t, "Asia/Kolkata")
	m := r.claim("gs")
	m.UpdateTime = r.stored(m.ID).UpdateTime
	m.Estimate = message.Estimate{Category: "utility", Currency: "USD", MarkupBasisPoints: 1_000}
	_, err := r.store.Decide(t.Context(), store.Decision{Message: m})
	r.must(err)
	r.apply(reports(m, start)...)

	r.clock.Advance(24 * time.Hour)
	r.closeUp()

	r.must(r.store.CreateRateCard(t.Context(), store.RateCard{PutAt: r.clock.Now(), Card: billing.Card{
		Version: "dollars", Currency: "USD", From: "2026-10-01", Rates: []billing.Rate{{Market: "IN", Category: billing.Utility, Micros: 10_000}},
	}}))
	r.clock.Advance(24 * time.Hour)
	r.closeUp()

	dollars := usage.Query{From: "2026-11-01", To: "2026-12-01", Currency: "USD"}
	got := r.usage(dollars)
	if got.Total.ActualMicros != 11_000 || len(got.ClosedAgain) != 1 {
		t.Errorf("got %+v, closed again %+v, want the price of the card with its mark-up", got.Total, got.ClosedAgain)
	}

	r.clock.Advance(48 * time.Hour)
	r.closeUp()
	if again := r.usage(dollars); len(again.ClosedAgain) != 1 || again.ClosedAgain[0].Closings != 2 {
		t.Errorf("got %+v, want the day closed again once", again.ClosedAgain)
	}
}

// TestChargeOfAnAppTakenOut has a provider charge a message that is none of ours through a brand's own app, which is taken out afterwards. The
// month's usage still tells of it.
func TestChargeOfAnAppTakenOut(t *testing.T) {
	t.Parallel()
	r := newRig(t, "Asia/Kolkata")
	r.must(r.store.NoteForeignCharge(t.Context(), store.ForeignCharge{
		AccountID: neem, AppID: "own", IDs: []string{"x"}, Price: message.Pricing{Known: true, Billable: true}, At: start, ExpireAt: start.AddDate(1, 0, 0),
	}))

	delete(r.brand.Apps, "own")
	r.must(r.store.PutAccount(t.Context(), r.brand))

	if got := r.usage(november); got.WithoutMessage != 1 {
		t.Errorf("got %d messages that are none of ours, want one", got.WithoutMessage)
	}
}
