package customers_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/customers"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// TestSearch finds a customer by the number in any spelling, and says what holds.
func TestSearch(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(neem, ira, subscribed(start.Add(-time.Hour)))
	r.put(other, ira, subscribed(start.Add(-time.Hour)), stopped(start.Add(-time.Minute)))
	want := customers.Summary{
		Key:            r.key(ira),
		Status:         consent.Active,
		UnwantedOffers: message.NotOptedIn,
		Since:          start.Add(-time.Hour),
		Entries:        1,
	}
	for _, number := range []string{"9000000001", " +91 90000 00001 ", "'090000-00001'"} {
		got, err := r.Search(t.Context(), viewer, neem, number)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", number, err, diff)
		}
	}
	got, err := r.Search(t.Context(), owner, other, ira)
	if err != nil || got.Status != consent.Inactive || got.Unwanted != message.OptedOut || !got.Since.Equal(start.Add(-time.Minute)) || got.Entries != 2 {
		t.Errorf("got %+v, %v", got, err)
	}

	for _, tc := range []struct {
		caller          access.Caller
		account, number string
		want            fault.Kind
	}{
		{viewer, neem, "9000000002", fault.NotFound},
		{viewer, neem, "x", fault.Invalid},
		{viewer, neem, "", fault.Invalid},
		{viewer, other, ira, fault.Forbidden},
		{access.Caller{}, neem, "x", fault.Forbidden},
		{owner, "899", ira, fault.NotFound},
	} {
		if _, err := r.Search(t.Context(), tc.caller, tc.account, tc.number); fault.KindOf(err) != tc.want {
			t.Errorf("%v %s %q: got %v", tc.caller, tc.account, tc.number, err)
		}
	}
}

// TestSearchKnowsBothSpellings finds the customer by the spelling that the account has, and names the other one if it has both.
func TestSearchKnowsBothSpellings(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const long, short = "+5531988880001", "+553188880001"
	r.put(neem, short, subscribed(start))
	if got, err := r.Search(t.Context(), viewer, neem, long); err != nil || got.Key != r.key(short) || got.OtherKey != "" {
		t.Errorf("got %+v, %v", got, err)
	}
	r.put(neem, long)
	if got, err := r.Search(t.Context(), viewer, neem, long); err != nil || got.Key != r.key(long) || got.OtherKey != r.key(short) {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestConsents lists a ledger page by page, the newest entry first.
func TestConsents(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var entries []consent.Entry
	for n := range 7 {
		e := subscribed(start.Add(time.Duration(n) * time.Minute))
		if n%2 == 1 {
			e = stopped(start.Add(time.Duration(n) * time.Minute))
		}
		e.RecordedAt = start.Add(time.Hour)
		entries = append(entries, e)
	}
	r.put(neem, ira, entries...)

	var sequences []int64
	for cursor, pages := "", 0; ; pages++ {
		page, err := r.Consents(t.Context(), viewer, neem, r.key(ira), cursor, 3)
		r.must(err)
		want := customers.Chain{Intact: true, Entries: 7, Head: r.read(neem, ira).Consent.LastHash}
		if page.Chain != want || page.Summary.Status != consent.Active || page.Summary.Entries != 7 || !page.Summary.Since.Equal(start.Add(6*time.Minute)) {
			t.Fatalf("got %+v, %+v", page.Chain, page.Summary)
		}
		for _, e := range page.Entries {
			sequences = append(sequences, e.Sequence)
		}
		if cursor = page.Next; cursor == "" {
			if pages != 2 {
				t.Errorf("got %d pages", pages+1)
			}

			break
		}
	}
	if diff := cmp.Diff([]int64{7, 6, 5, 4, 3, 2, 1}, sequences); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	for _, cursor := range []string{"0", "-1", "x", "01", "1.5"} {
		if _, err := r.Consents(t.Context(), viewer, neem, r.key(ira), cursor, 3); fault.KindOf(err) != fault.Invalid {
			t.Errorf("cursor %q: got %v", cursor, err)
		}
	}
	for _, key := range []string{"", "x", r.key("+919000000002"), "../812:" + r.key(ira), r.key(ira) + "/consents/1"} {
		if _, err := r.Consents(t.Context(), viewer, neem, key, "", 3); fault.KindOf(err) != fault.NotFound {
			t.Errorf("key %q: got %v", key, err)
		}
	}
	if _, err := r.Consents(t.Context(), viewer, other, r.key(ira), "", 3); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("of another account: got %v", err)
	}
}

// TestConsentsWhileAnEntryIsWritten takes no entry for a fault that is written between the two reads.
func TestConsentsWhileAnEntryIsWritten(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(neem, ira, subscribed(start))
	n := 0
	between := r.watched(&hook{before: func(_ context.Context, _ int, method string) error {
		if method != "RunQuery" {
			return nil
		}
		if n++; n < 3 {
			r.change(ira, consent.Entry{
				Action: []consent.Action{consent.Grant, consent.Withdraw}[n%2], Source: consent.CustomerPortal, Purpose: consent.OrderUpdates,
				OccurredAt: start.Add(time.Duration(n) * time.Minute), RecordedAt: start.Add(time.Hour), SourceRef: strconv.Itoa(n),
			})
		}

		return nil
	}})
	page, err := between.Consents(t.Context(), viewer, neem, r.key(ira), "", 10)
	if err != nil || !page.Chain.Intact || len(page.Entries) != 3 || n != 4 { // three of the ledger, and one that asks who erased the shopper
		t.Errorf("got %+v after %d readings, %v", page.Chain, n, err)
	}
}
