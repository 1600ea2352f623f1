package browser

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// choices keeps what shoppers of Neem chose: Ira's is stuck, and others' are in every list.
func choices(t *testing.T, w *live.World) {
	t.Helper()
	messages, err := w.Parts.Store.MessagesOfOrder(t.Context(), demo.NeemID, demo.IraOrder)
	w.Must(err)
	if len(messages) == 0 {
		t.Fatal("there is no message that a shopper could answer")
	}

	ago := func(d time.Duration) time.Time { return time.Now().Add(-d) }
	for i, all := range [][]conversation.Action{
		{{Code: conversation.Reattempt, State: conversation.Stuck, OrderID: demo.IraOrder, MessageID: messages[0].ID, TrackingID: "DL0099887766", Complete: true, At: ago(26 * time.Hour), HeardAt: ago(26 * time.Hour), Why: conversation.WhyNoAnswer}},
		{{Code: conversation.Defer, State: conversation.Refused, OrderID: demo.DevOrder, Date: "2026-12-04", At: ago(2 * time.Hour)}, {Code: conversation.Dispute, State: conversation.Late, OrderID: demo.DevOrder, At: ago(time.Hour)}},
		{{Code: conversation.Reattempt, State: conversation.Asked, OrderID: demo.MeeraOrder, At: ago(time.Minute), Until: time.Now().Add(time.Hour), Details: conversation.Details{Notes: "the red gate"}}},
		{{Code: conversation.Cancel, State: conversation.Accepted, OrderID: demo.ArunOrder, At: ago(50 * time.Hour)}},
	} {
		id := messages[0].CustomerID
		if i > 0 {
			id = store.CustomerID(demo.NeemID, fmt.Sprintf("%032x", i))
		}
		for n := range all {
			all[n].ID, all[n].Subject = fmt.Sprint(i, n), "S-1"
		}
		_, err = w.Parts.Store.SaveConversation(t.Context(), conversation.Conversation{
			ID: id, CustomerID: id, AccountID: demo.NeemID, Phone: "+91900000000" + fmt.Sprint(i+1), ExpireAt: time.Now().Add(time.Hour), Actions: all,
		})
		w.Must(err)
	}
}

// TestAStuckChoiceIsSubmittedOnceMore shows what shoppers chose by how far it is, to a viewer without a button; the brand's editor submits what is stuck, and
// prints the evidence.
func TestAStuckChoiceIsSubmittedOnceMore(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	subscribed(t, w)
	told(t, w, 27*time.Hour/3)
	choices(t, w)

	v := open(t, w, "viewer:811", options{})
	v.show("/accounts/811/replies?list=failed")
	v.reads("The order platform gave no answer for a day.", "+91******0001")
	if words := v.words(); strings.Contains(words, "Submit once more") || strings.Contains(words, "9000000001") || strings.Contains(words, "red gate") {
		t.Errorf("a viewer reads\n%s", words)
	}

	b := open(t, w, "editor:811", options{})
	b.show("/accounts/811/replies")
	b.reads("Request delivery attempt", "with a landmark or a note")
	b.follow("Not done")
	b.reads("Change delivery date", "for 4 Dec 2026", "NC-20417", "no answer")
	b.looks("replies")
	b.leads(clickOn(`form[action$="/retry"] button`))
	b.reads("Submitted again within a minute or two")
	b.follow("Not done")
	b.until("it is no more in the list", func() bool { return !strings.Contains(b.words(), "gave no answer for a day") })
	b.follow("Too late")
	b.reads("Dispute failed attempt")
	b.follow("Done")
	b.reads("Cancel order")

	b.show("/accounts/811/orders/" + demo.IraOrder + "/evidence")
	b.reads("The story of order NC-20417", "made on 10 Feb 2024, 11:05:02 IST", "Request delivery attempt, waits to be submitted", "Failed attempt 1 of 1", "The message to the shopper", "Signs")
	b.looks("evidence")

	notes, err := w.Parts.Store.Operations(t.Context(), time.Time{})
	w.Must(err)
	if len(notes) != 1 || notes[0].By != "local/local:Asha:811" || notes[0].Subject != "811/"+demo.IraOrder {
		t.Errorf("noted %+v", notes)
	}
}
