package story_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/checks"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/story"
)

// TestExplainShopper explains to the number of a shopper what came of every event of two orders: sent, refused, and off; and nothing of
// another shopper's.
func TestExplainShopper(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	mine, others := rig.ParcelOf(1), rig.ParcelOf(2)
	again := mine
	again.Order, again.Number = "51239999", "NC-29999"
	tell := func(p rig.Parcel, subType string) {
		t.Helper()
		kind := order.Kind{Resource: order.Shipment, SubType: subType}
		r.Hand(r.Hooks, r.EventData(published(t, kind, p, r.Clock.Now(), strings.TrimPrefix(p.Phone, "91")).data))
		r.Clock.Advance(time.Minute)
	}

	r.SubscribePhone(mine.Phone, consent.Grant)
	tell(mine, "failed_delivery")
	tell(others, "failed_delivery")
	r.SubscribePhone(mine.Phone, consent.Withdraw)
	tell(again, "failed_delivery")
	r.ChangeAccount(func(a *account.Account) { rig.SetEvent(a, func(e *account.Event) { e.Enabled = false }) })
	r.Hand(r.NewWorker(rig.Options{}), r.EventData(published(t, order.Kind{Resource: order.Shipment, SubType: "failed_delivery"}, again, r.Clock.Now().Add(24*time.Hour), strings.TrimPrefix(mine.Phone, "91")).data))

	for _, written := range []string{"+" + mine.Phone, strings.TrimPrefix(mine.Phone, "91"), "0" + strings.TrimPrefix(mine.Phone, "91")} {
		s, err := tellerOf(r).ExplainShopper(t.Context(), viewer, rig.BrandID, written)
		r.Must(err)
		var got []string
		for _, a := range s.Answers {
			got = append(got, a.OrderID+" "+a.Because)
		}
		want := mine.Order + " accepted, 51239999 opted_out, 51239999 event_off"
		if strings.Join(got, ", ") != want || !s.Kept || s.Consent != "INACTIVE" || s.Unwanted != message.OptedOut || s.Words.Sentence == "" || s.Older {
			t.Errorf("%d characters: got %q and %+v, want %q", len(written), got, s, want)
		}
	}

	other, err := tellerOf(r).ExplainShopper(t.Context(), viewer, rig.BrandID, "+"+others.Phone)
	r.Must(err)
	if len(other.Answers) != 1 || other.Answers[0].OrderID != others.Order || other.Unwanted != message.NotOptedIn {
		t.Errorf("got %+v", other)
	}
}

// TestExplainShopperUnknown says of a number that nothing is known of it, and of an account without an app that nothing is kept.
func TestExplainShopperUnknown(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	teller := tellerOf(r)
	r.Must(r.Parts.Store.PutAccount(t.Context(), account.Account{ID: "999", Slug: "other"}))

	s, err := teller.ExplainShopper(t.Context(), viewer, rig.BrandID, "+919000000777")
	r.Must(err)
	if !s.Kept || s.Consent != "" || s.Unwanted != message.NotOptedIn || len(s.Answers) != 0 || s.Words != checks.ShopperWords(message.NotOptedIn) {
		t.Errorf("never met: got %+v", s)
	}
	s, err = teller.ExplainShopper(t.Context(), stranger, "999", "+919000000777")
	r.Must(err)
	if s.Kept || !strings.Contains(s.Words.Sentence, "no app") {
		t.Errorf("without an app: got %+v", s)
	}

	if _, err = teller.ExplainShopper(t.Context(), stranger, rig.BrandID, "no number"); !fault.Is(err, fault.Forbidden) {
		t.Errorf("another brand: got %v", err)
	}
	for _, wrong := range []string{"", "12", "Ira", "+91 90000"} {
		if _, err = teller.ExplainShopper(t.Context(), viewer, rig.BrandID, wrong); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "phone") {
			t.Errorf("%q: got %v", wrong, err)
		}
	}
	r.SubscribePhone("919000000778", consent.Grant)
	s, err = teller.ExplainShopper(t.Context(), viewer, rig.BrandID, "+919000000778")
	r.Must(err)
	if s.Consent != "ACTIVE" || s.Unwanted != "" || s.Words != checks.ShopperWords("") {
		t.Errorf("subscribed: got %+v", s)
	}
}

// TestExplainShopperNewest explains the newest messages of a shopper who has very many, and says that there are older ones.
func TestExplainShopperNewest(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	const all = 105
	idOf := func(n int) string { return fmt.Sprintf("%032x", n) }
	customer := r.CustomerOf(rig.BrandID, "919000000777")
	for n := range all {
		_, err := r.Parts.Store.Decide(t.Context(), store.Decision{Message: message.Message{
			ID: idOf(n), AccountID: rig.BrandID, OrderID: "5", CustomerID: customer, Event: "shipment/packed", Phase: message.Refused,
			Reason: message.NotOptedIn, CreatedAt: r.Clock.Now(), OccurredAt: r.Clock.Now().Unix(),
		}})
		r.Must(err)
		r.Clock.Advance(time.Second)
	}
	s, err := tellerOf(r).ExplainShopper(t.Context(), viewer, rig.BrandID, "+919000000777")
	r.Must(err)
	if len(s.Answers) != 100 || !s.Older || s.Answers[0].MessageID != idOf(5) || s.Answers[99].MessageID != idOf(104) {
		t.Errorf("got %d answers, older %t", len(s.Answers), s.Older)
	}
}

// TestExplainAnswersToShoppers tells of an answer to a shopper when it was made, after what it answers, and what it is for.
func TestExplainAnswersToShoppers(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	customer := r.CustomerOf(rig.BrandID, "919000000777")
	at := r.Clock.Now()
	for n, m := range []message.Message{
		{Event: "session/failed_delivery", Session: &message.Session{Kind: "question"}, CreatedAt: at.Add(time.Minute)},
		{Event: "shipment/failed_delivery", CreatedAt: at},
	} {
		m.ID, m.AccountID, m.OrderID, m.CustomerID = fmt.Sprintf("%032x", n), rig.BrandID, "5", customer
		m.Phase, m.Attempt, m.OccurredAt = message.Claimed, 1, at.Add(-time.Minute).Unix()
		_, err := r.Parts.Store.Decide(t.Context(), store.Decision{Message: m})
		r.Must(err)
	}

	s, err := tellerOf(r).ExplainShopper(t.Context(), viewer, rig.BrandID, "+919000000777")
	r.Must(err)
	if len(s.Answers) != 2 || s.Answers[1].Purpose != "question" || !s.Answers[1].At.Equal(at.Add(time.Minute)) || s.Answers[0].Purpose != "" {
		t.Errorf("got %+v", s.Answers)
	}
	page, err := tellerOf(r).Messages(t.Context(), viewer, rig.BrandID, story.Filter{Event: "session/failed_delivery", Limit: 5})
	r.Must(err)
	if len(page.Rows) != 1 || page.Rows[0].Purpose != "question" || !page.Rows[0].At.Equal(at.Add(time.Minute)) {
		t.Errorf("got %+v", page.Rows)
	}
}

// TestExplainShopperOfManyOrders explains a shopper's messages about more orders than are looked at for events that were off: of each one what
// its checks would see now is what the explanation of that message alone says.
func TestExplainShopperOfManyOrders(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	teller := tellerOf(r)
	const orders = 12
	customer := r.CustomerOf(rig.BrandID, "919000000777")
	for n := range orders {
		id, orderID, now := fmt.Sprintf("%032x", n), fmt.Sprint(51230100+n), r.Clock.Now()
		_, err := r.Parts.Store.Decide(t.Context(), store.Decision{Message: message.Message{
			ID: id, AccountID: rig.BrandID, OrderID: orderID, Subject: "S", CustomerID: customer, Event: "shipment/packed", Phase: message.Refused,
			Reason: message.NotOptedIn, CreatedAt: now, OccurredAt: now.Unix(),
		}})
		r.Must(err)
		r.Must(r.Parts.Store.MergeStatusTimes(t.Context(), store.StatusTimes{
			OrderID: store.OrderID(rig.BrandID, orderID), AccountID: rig.BrandID, PlatformID: orderID, Subject: "S",
			Times: map[string]int64{"packed": now.Unix(), "delivered": now.Unix() + 1}, ExpireAt: now.AddDate(1, 0, 0),
		}))
		r.Clock.Advance(time.Minute)
	}

	s, err := teller.ExplainShopper(t.Context(), viewer, rig.BrandID, "+919000000777")
	r.Must(err)
	if len(s.Answers) != orders {
		t.Fatalf("got %d answers, want %d", len(s.Answers), orders)
	}
	for _, got := range s.Answers {
		want, err := teller.ExplainMessage(t.Context(), viewer, rig.BrandID, got.MessageID)
		r.Must(err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("order %s: -alone +of the shopper:\n%s", got.OrderID, diff)
		}
	}
}
