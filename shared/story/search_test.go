package story_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/story"
)

// TestSearch finds one order by each of its names, and its shopper by the number.
func TestSearch(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	teller := tellerOf(r)
	r.SubscribeShopper(consent.Grant)
	r.Hand(r.Hooks, r.EventData(r.Altered(func(s map[string]any) { s["trackingID"] = "DL0099887766" })))
	m := r.Sole(t)

	for name, tc := range map[string]struct {
		text string
		want story.Found
	}{
		"the platform's id": {parcel.Order, story.Found{OrderID: parcel.Order}},
		"number":            {" #" + parcel.Number + " ", story.Found{OrderID: parcel.Order}},
		"tracking id":       {"DL0099887766", story.Found{OrderID: parcel.Order}},
		"message id":        {strings.ToUpper(m.ID), story.Found{OrderID: parcel.Order, MessageID: m.ID}},
	} {
		got, err := teller.Search(t.Context(), viewer, rig.BrandID, tc.text)
		if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
			t.Errorf("%s: got %v (-want +got):\n%s", name, err, diff)
		}
	}

	got, err := teller.Search(t.Context(), viewer, rig.BrandID, "+91 90000-00001")
	r.Must(err)
	if got.OrderID != "" || got.Shopper == nil || len(got.Shopper.Answers) != 1 || got.Shopper.Answers[0].MessageID != m.ID {
		t.Errorf("number of the shopper: got %+v", got)
	}

	for text, kind := range map[string]fault.Kind{"": fault.Invalid, strings.Repeat("1", 201): fault.Invalid, "NC-404": fault.NotFound, "ab\xff": fault.Invalid} {
		if _, err = teller.Search(t.Context(), viewer, rig.BrandID, text); !fault.Is(err, kind) {
			t.Errorf("%.20q: got %v", text, err)
		}
	}
	if _, err = teller.Search(t.Context(), stranger, rig.BrandID, parcel.Order); !fault.Is(err, fault.Forbidden) {
		t.Errorf("another brand: got %v", err)
	}
}

// TestPending counts what is not done with, and tells the age of the oldest.
func TestPending(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	for n, m := range []message.Message{
		{Phase: message.Waiting, Due: r.Clock.Now().Add(time.Hour)},
		{Phase: message.Waiting, Due: r.Clock.Now().Add(time.Minute)},
		{Phase: message.Held, Due: r.Clock.Now().Add(time.Minute), AccountID: "999"},
		{Phase: message.GivenUp, Due: r.Clock.Now().Add(time.Minute)},
		{Phase: message.GivenUp},
	} {
		m.ID, m.CreatedAt = strings.Repeat(string(rune('a'+n)), 32), r.Clock.Now().Add(time.Duration(n)*time.Minute)
		m.ExpireAt = m.CreatedAt.AddDate(1, 0, 0)
		if m.AccountID == "" {
			m.AccountID = rig.BrandID
		}
		_, err := r.Parts.Store.Decide(t.Context(), store.Decision{Message: m})
		r.Must(err)
	}
	r.Clock.Advance(time.Hour)

	all, err := tellerOf(r).Pending(t.Context(), viewer, rig.BrandID)
	r.Must(err)
	var got []string
	for _, p := range all {
		got = append(got, fmt.Sprint(p.Status, " ", p.Count, " ", p.Age))
		if p.Words.Sentence == "" || p.AtLeast {
			t.Errorf("%s: got %+v", p.Status, p)
		}
	}
	if diff := cmp.Diff([]string{"waiting 2 1h0m0s", "held 0 0s", "in_doubt 0 0s", "given_up 1 57m0s"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if _, err = tellerOf(r).Pending(t.Context(), stranger, rig.BrandID); !fault.Is(err, fault.Forbidden) {
		t.Errorf("another brand: got %v", err)
	}
}
