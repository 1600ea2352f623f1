package story_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// chronicle is an order through the whole product, with a note of all that happens to it.
type chronicle struct {
	*rig.Rig

	happened []string
}

// line is what a chronicle and a story are compared by.
func line(at time.Time, what string) string { return at.UTC().Format("02 15:04:05 ") + what }

// notes notes what happens now.
func (c *chronicle) notes(all ...string) {
	for _, what := range all {
		c.happened = append(c.happened, line(c.Clock.Now(), what))
	}
}

// event has an event of the order come that happens now.
func (c *chronicle) event(subType string) {
	c.T.Helper()
	c.remarked(subType, "customer not reachable")
}

// remarked has an event come of which the courier remarks something.
func (c *chronicle) remarked(subType, remarks string) {
	c.T.Helper()

	at := c.Clock.Now().In(config.IST).Format(time.DateTime)

	var event map[string]any
	c.Must(json.Unmarshal(c.Altered(func(subject map[string]any) {
		subject["status"], subject["status_updated_at"], subject["status_log"] = subType, at, map[string]any{subType: at}
		subject["remarks"] = remarks
	}), &event))

	event["eventSubType"] = subType
	data, err := json.Marshal(event)
	c.Must(err)

	c.notes("event " + subType)
	c.Hand(c.Hooks, c.EventData(data))
}

// callbacks has all callbacks that are held be taken in.
func (c *chronicle) callbacks() {
	c.T.Helper()

	for range 3 {
		c.Must(c.Sim.Outbox().ReleaseAll(c.T.Context()))
		c.ReceiveAll(c.Hooks)
	}
}

// sent notes that a message was sent, delivered and read, and has its callbacks be taken in, but for one that is lost.
func (c *chronicle) sent(event, lost string) {
	c.T.Helper()

	c.notes("attempt "+event+" 1 through "+rig.AppID, "status "+event+" 1 accepted")

	for _, status := range []string{"enqueued", "sent", "delivered", "read"} {
		if status != lost {
			c.notes("status " + event + " 1 " + status)
			continue
		}

		_, at, ok := c.Pending(status)
		if !ok {
			c.T.Fatalf("no %s to lose", status)
		}

		c.Must(c.Sim.Outbox().Drop(at))
	}

	c.callbacks()
}

// tells has an event come of which the shopper is told.
func (c *chronicle) tells(subType, lost string) {
	c.T.Helper()

	c.event(subType)
	c.notes("decision " + subType + " passed")
	c.sent(subType, lost)
}

// refuses has an event come of which the shopper is not told.
func (c *chronicle) refuses(subType, reason string) {
	c.T.Helper()

	c.event(subType)
	c.notes("decision " + subType + " failed " + reason)
}

// shown is the id of the newest message on the shopper's phone.
func (c *chronicle) shown() string {
	all := c.Sim.Phones().Inbox(rig.Shopper)
	return all[len(all)-1].ID
}

// replies has the shopper reply on the phone, and the reply come in.
func (c *chronicle) replies(r simulator.Reply, noted ...string) {
	c.T.Helper()

	_, err := c.Sim.Phones().Reply(rig.Shopper, r)
	c.Must(err)
	c.notes(noted...)
	c.callbacks()
}

// answered notes that the shopper is answered.
func (c *chronicle) answered() {
	c.T.Helper()

	c.notes("answer session/failed_delivery")
	c.sent("session/failed_delivery", "")
}

// later lets time pass, and sweep look at what is due by then.
func (c *chronicle) later(d time.Duration) {
	c.T.Helper()

	c.Clock.Advance(d)
	c.CallSweep(c.Hooks)
}

// failsAgain has the simulated platform show a failed delivery without an action, as after another attempt.
func (c *chronicle) failsAgain() {
	data, err := testdata.Files.ReadFile("orders/51230077.json")
	c.Must(err)
	c.Sim.Platform().PutOrder(parcel.Order, data)
}

// TestStory reads the story of an order to which more than fifty things happened, from its first event to its cancellation, and compares it
// with what happened, and when, in the order in which it did. All of it came in as it does from outside.
func TestStory(t *testing.T) {
	t.Parallel()

	c := &chronicle{Rig: rig.New(t, rig.Options{Buttons: []string{"Try again", "Another day", "Cancel the order"}})}
	c.ChangeAccount(func(a *account.Account) {
		a.Events["shipment/ndr_resolution_submitted"] = a.Events[rig.FailedDeliveryKind]
	})

	c.live(t)
	c.end(t)

	if len(c.happened) < 50 {
		t.Fatalf("only %d things happened", len(c.happened))
	}

	got, err := tellerOf(c.Rig).Order(t.Context(), viewer, rig.BrandID, parcel.Order)
	c.Must(err)

	lines := make([]string, 0, len(got.Entries))
	for _, e := range got.Entries {
		lines = append(lines, line(e.At, told(e)))
	}
	if diff := cmp.Diff(c.happened, lines); diff != "" {
		t.Errorf("-happened +told:\n%s\n%s", diff, strings.Join(lines, "\n"))
	}

	if !got.Kept || got.Number != parcel.Number || got.OrderID != parcel.Order {
		t.Errorf("got %+v", got)
	}
	if text := fmt.Sprintf("%+v", got); strings.Contains(text, "9000000001") || strings.Contains(text, "Ira Sample") || strings.Contains(text, "temple") {
		t.Error("personal data in the story")
	}
}

// live is what happens while the courier tries to deliver.
func (c *chronicle) live(t *testing.T) {
	t.Helper()

	c.refuses("created", "event_off")
	c.later(time.Hour)
	c.refuses("packed", "event_off")
	c.later(20 * time.Hour)
	c.tells("out_for_delivery", "")
	c.later(5 * time.Hour)

	// The first attempt fails, and the shopper names another day.
	c.tells("failed_delivery", "")
	c.later(time.Hour)
	c.replies(simulator.Reply{Button: "Another day"}, "reply failed_delivery quick_reply", "action ACTF002 whatsapp accepted by customer")
	c.answered()
	c.later(time.Minute)
	c.replies(simulator.Reply{Text: "tomorrow"}, "reply failed_delivery text")
	c.answered()
	c.later(time.Minute)
	c.tells("ndr_resolution_submitted", "")
	c.later(time.Minute)
	c.replies(simulator.Reply{Kind: "image", App: rig.GupshupAppID}) // about nothing any more
	c.later(20 * time.Hour)

	// So does the second one, of whose message a report is lost, and comes once more.
	c.failsAgain()
	c.tells("failed_delivery", "delivered")
	c.later(10 * time.Minute)

	all := c.Messages()
	failed := all[len(all)-1]
	c.notes("status failed_delivery 1 delivered late")

	of := store.Webhook{Provider: gupshup.Name, AppID: rig.AppID, AccountID: rig.BrandID}
	c.Notice(c.Hooks, of, c.StatusNotice(provider.StatusEvent{IDs: failed.AttemptAt(1).IDs, Status: message.StatusDelivered}, 0))

	c.later(time.Hour)
	c.replies(simulator.Reply{Text: "I am at the temple", To: c.shown()}, "reply failed_delivery text")
	c.later(time.Minute)
	c.replies(simulator.Reply{Button: "Cancel the order"}, "reply failed_delivery quick_reply", "action ACTF003 whatsapp unanswered by customer")
	c.answered()
	c.later(2*time.Hour + time.Minute)
	c.callbacks()
}

// end is what happens until the order is cancelled.
func (c *chronicle) end(t *testing.T) {
	t.Helper()

	// Somebody resolves it on the portal.
	c.event("ndr_resolution_submitted")
	c.notes("decision ndr_resolution_submitted passed")
	portal := line(c.Clock.Now(), "action portal accepted by unknown")
	c.sent("ndr_resolution_submitted", "")
	c.happened = append(c.happened, portal)
	c.later(20 * time.Hour)

	// The courier does not try the third time, of which the shopper is not told.
	c.failsAgain()
	c.remarked("failed_delivery", "No attempt made")
	c.notes("decision failed_delivery failed no_attempt")
	c.later(20 * time.Hour)

	// The shopper has had enough.
	c.replies(simulator.Reply{Text: "STOP", To: c.shown()}, "reply ndr_resolution_submitted text")
	c.later(time.Hour)
	c.failsAgain()
	c.refuses("failed_delivery", "opted_out")
	c.later(time.Hour)

	// Support looks at the number, and the brand's bot is asked to cancel.
	_, err := tellerOf(c.Rig).Reveal(t.Context(), support, rig.BrandID, c.Messages()[0].ID, "the shopper asked to be called back")
	c.Must(err)
	c.notes("reveal by Sana of support")
	c.later(time.Hour)

	now := c.Clock.Now()
	c.Must(c.Parts.Store.CreateCancel(t.Context(), store.CancelRequest{
		ID: store.OrderID(rig.BrandID, parcel.Order), AccountID: rig.BrandID, OrderID: parcel.Order, Actor: "bot", Mode: "whatsapp",
		RequestedAt: now, PublishedAt: now, ExpireAt: now.AddDate(1, 0, 0),
	}))
	c.notes("action cancel_order bot accepted by bot")
}
