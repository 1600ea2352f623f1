package story_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/story"
)

// whole reads the whole of the parcel's order, which holds nobody's number.
func whole(t *testing.T, r *rig.Rig) story.Whole {
	t.Helper()
	w, err := tellerOf(r).Whole(t.Context(), viewer, rig.BrandID, parcel.Order)
	r.Must(err)
	if text := fmt.Sprintf("%+v", w.Messages); strings.Contains(text, "9000000001") || strings.Contains(text, "api-key-") {
		t.Errorf("a number or a credential is shown: %s", text)
	}
	return w
}

// TestWholeIsWhatPhonesShow holds that the bubble of a message is what the shopper's phone shows, byte for byte, as long as its event is kept, and
// afterwards but for what was in the event alone; and that the request is made again.
func TestWholeIsWhatPhonesShow(t *testing.T) {
	t.Parallel()
	for _, name := range []string{gupshup.Name, meta.Name, kaleyra.Name} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Provider: name})
			r.SubscribeShopper(consent.Grant)
			r.Hand(r.Hooks, r.First())

			before := whole(t, r)
			r.Settle(r.Hooks)
			after := whole(t, r)
			phone := r.Sim.Phones().Inbox(rig.Shopper)[0]

			for what, w := range map[string]story.Whole{"before": before, "after": after} {
				m := w.Messages[0]
				if m.Bubble == nil || m.Request == nil || len(m.Notes) == 0 {
					t.Fatalf("%s: got %+v", what, m)
				}
				if diff := cmp.Diff(phone.Text, m.Bubble.Text); diff != "" {
					t.Errorf("%s: the bubble differs (-phone +bubble):\n%s", what, diff)
				}
				if m.Request.Method != http.MethodPost || !strings.Contains(fmt.Sprint(m.Request.Headers), "[secret]") {
					t.Errorf("%s: request %+v", what, m.Request)
				}
			}
		})
	}
}

// TestWholeMarksWhatIsNotKept marks the values that were in the event alone, once that is dropped, and names them.
func TestWholeMarksWhatIsNotKept(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Variables: []string{"customer_name", "failure_reason"}})
	r.SubscribeShopper(consent.Grant)
	r.Hand(r.Hooks, r.EventData(r.Altered(func(s map[string]any) { s["remarks"] = "Only in the event" })))
	if m := whole(t, r).Messages[0]; !strings.Contains(m.Bubble.Text, "Only in the event") {
		t.Errorf("the event is kept: got %q", m.Bubble.Text)
	}
	r.Settle(r.Hooks)
	m := whole(t, r).Messages[0]
	if !strings.Contains(m.Bubble.Text, "‹Reason of the failed delivery›") || !strings.Contains(strings.Join(m.Notes, " "), "Reason of the failed delivery") || strings.Contains(m.Bubble.Text, "Only in the event") {
		t.Errorf("got %q with %q", m.Bubble.Text, m.Notes)
	}
}

// TestRaw shows what is stored of an order, without anything personal.
func TestRaw(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.SubscribeShopper(consent.Grant)
	r.Hand(r.Hooks, r.First())
	r.Settle(r.Hooks)
	r.Write(r.Hooks, "please call my sister")

	docs, err := tellerOf(r).Raw(t.Context(), viewer, rig.BrandID, parcel.Number)
	r.Must(err)
	var kinds []string
	for _, d := range docs {
		kinds = append(kinds, d.Collection)
		for _, personal := range []string{"9000000001", "Ira", "sister", "example.test"} {
			if strings.Contains(d.JSON, personal) {
				t.Errorf("%s holds %q:\n%s", d.Collection, personal, d.JSON)
			}
		}
	}
	if diff := cmp.Diff([]string{"orders", "messages"}, kinds[:2]); diff != "" || !strings.Contains(docs[1].JSON, `"phase": "claimed"`) {
		t.Errorf("got %q", kinds)
	}
	if _, err := tellerOf(r).Raw(t.Context(), stranger, rig.BrandID, parcel.Order); !fault.Is(err, fault.Forbidden) {
		t.Errorf("another brand: got %v", err)
	}
	if _, err := tellerOf(r).Raw(t.Context(), viewer, rig.BrandID, "404"); !fault.Is(err, fault.NotFound) {
		t.Errorf("no such order: got %v", err)
	}
}

// TestWholeOfForwarder says of a provider with templates of its own that nobody knows what the phone shows, and builds the request while the event is kept.
func TestWholeOfForwarder(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Provider: businessonbot.Name})
	r.SubscribeShopper(consent.Grant)
	r.Hand(r.Hooks, r.First())
	m := whole(t, r).Messages[0]
	if m.Bubble != nil || m.NoBubble == "" || m.Request == nil && m.NoRequest == "" {
		t.Errorf("got %+v", m)
	}
}

// TestWholeCharges tells what a message cost, and what the order's activity was told, among the entries.
func TestWholeCharges(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.SubscribeShopper(consent.Grant)
	r.Clock.Advance(700 * time.Millisecond)
	r.Hand(r.Hooks, r.First())
	r.Settle(r.Hooks)

	w := whole(t, r)
	var got, row []string
	for _, e := range w.Entries {
		row = append(row, told(e))
		switch {
		case e.Charge != nil:
			got = append(got, "charge "+string(e.Charge.Basis))
		case e.Report != nil:
			got = append(got, fmt.Sprintf("%s told as %q", e.Report.Status, e.Report.Activity))
		}
	}
	if len(got) == 0 || !strings.Contains(strings.Join(got, ","), `delivered told as "delivered"`) || !strings.Contains(strings.Join(got, ","), "charge") {
		t.Errorf("got %q", got)
	}
	// The provider's times are cut to seconds, and so lie before the decision.
	const want = "decision failed_delivery passed, attempt failed_delivery 1 through gupshup-neem, status failed_delivery 1 accepted, status failed_delivery 1 enqueued, " +
		"status failed_delivery 1 sent, status failed_delivery 1 delivered, status failed_delivery 1 read, charge failed_delivery"
	if line := strings.Join(row, ", "); !strings.HasSuffix(line, want) {
		t.Errorf("got the row %s", line)
	}
}

// TestWholeOfOne tells of a message alone, by its id, and of nobody else's.
func TestWholeOfOne(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	teller := tellerOf(r)
	r.SubscribeShopper(consent.Withdraw)
	r.Hand(r.Hooks, r.First())
	m := r.Sole(t)

	w, err := teller.Message(t.Context(), viewer, rig.BrandID, m.ID)
	r.Must(err)
	if w.OrderID != parcel.Order || len(w.Answers) != 1 || w.Answers[0].Because != "opted_out" || w.Messages[0].NoBubble == "" {
		t.Errorf("got %+v", w)
	}
	if _, err = teller.Whole(t.Context(), stranger, rig.BrandID, parcel.Order); !fault.Is(err, fault.Forbidden) {
		t.Errorf("an order of another brand: got %v", err)
	}
	if _, err = teller.Message(t.Context(), stranger, rig.BrandID, m.ID); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a message of another brand: got %v", err)
	}
	if _, err = teller.Message(t.Context(), viewer, rig.BrandID, strings.Repeat("0", 32)); !fault.Is(err, fault.NotFound) {
		t.Errorf("no such message: got %v", err)
	}
	r.Must(r.Parts.Store.PutAccount(t.Context(), account.Account{ID: "999", Slug: "other"}))
	if w, err = teller.Whole(t.Context(), stranger, "999", "1"); err != nil || w.Kept {
		t.Errorf("an account without an app: got %v and %+v", err, w)
	}
}
