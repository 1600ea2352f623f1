package intake_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
)

// withButtons gives the rig's template buttons to tap for every wish.
func withButtons(r *rig.Rig) {
	r.T.Helper()
	container := simgupshup.Container{Data: "Hi {{1}}, we could not deliver {{2}}."}
	for _, label := range []string{"Try again", "STOP", "START"} {
		container.Buttons = append(container.Buttons, simgupshup.Button{Type: simgupshup.QuickReply, Text: label})
	}
	r.Must(r.Sim.Gupshup().PutTemplate(rig.GupshupAppID, simgupshup.NewTemplate(rig.TemplateID, "failed_delivery_v1", container)))
}

// TestEveryInboundMessageIsStoredOnce has the shopper send every kind of message; each is delivered several times, one after
// the other and at once, to several instances.
func TestEveryInboundMessageIsStoredOnce(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name  string
		reply simulator.Reply
		shape string
		tap   bool
	}{
		{name: "tap as quick_reply", reply: simulator.Reply{Button: "Try again"}, shape: simgupshup.TapQuickReply, tap: true},
		{name: "tap as text", reply: simulator.Reply{Button: "Try again"}, shape: simgupshup.TapText, tap: true},
	}
	for _, kind := range []string{"text", "image", "document", "audio", "video", "sticker", "location", "contact", "reaction"} {
		c := cases[0]
		c.name, c.tap, c.reply = kind, false, simulator.Reply{Kind: kind, Text: "tomorrow please", App: rig.GupshupAppID}
		cases = append(cases, c)
	}
	for _, version := range []int{2, 3} {
		for _, c := range cases {
			t.Run(fmt.Sprintf("v%d/%s", version, c.name), func(t *testing.T) {
				t.Parallel()
				r := rig.New(t, rig.Options{Version: version, Behaviour: &simgupshup.Behaviour{Behaviour: tenant.Behaviour{Callbacks: true, Hold: true}, TapShape: c.shape}})
				withButtons(r)
				r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
				r.Clock.Advance(time.Minute)
				id, body := r.Inbound(c.reply)
				receiveSeveralTimes(t, r, body)
				got := r.StoredReply(rig.AppID, id)
				switch {
				case got.Tap != c.tap, got.AccountID != rig.BrandID, got.AppID != rig.AppID, got.Type == "", got.Keyword != "", got.InboundID != id:
					t.Errorf("stored: got %+v", got)
				case c.tap && (got.Text != "Try again" || got.MessageID != r.Messages()[0].ID || got.OrderID != "51230077"):
					t.Errorf("stored: got %q of message %q and order %q", got.Text, got.MessageID, got.OrderID)
				case c.reply.Kind == "text" && got.Text != "tomorrow please":
					t.Errorf("stored: got %q", got.Text)
				case !c.tap && c.reply.Kind != "text" && len(got.Content) == 0:
					t.Errorf("stored: the content is missing")
				}
				customer, err := r.Parts.Store.Customer(t.Context(), r.CustomerID())
				r.Must(err)
				if !customer.LastReplyAt.Equal(got.At) {
					t.Errorf("last reply: got %s, want %s", customer.LastReplyAt, got.At)
				}
				if state, ledger := r.CheckChain(t); state.Status != consent.Active || len(ledger) != 1 {
					t.Errorf("consent: got %s with %d entries, want ACTIVE with 1", state.Status, len(ledger))
				}
			})
		}
	}
}

// receiveSeveralTimes posts a callback twice and delivers it at once to three instances, and again afterwards.
func receiveSeveralTimes(t *testing.T, r *rig.Rig, body []byte) {
	t.Helper()
	workers := r.Workers(3)
	r.Post(workers[0], body)
	r.Post(workers[1], body)
	events := r.Take(world.ProviderEvents)
	var wg sync.WaitGroup
	for i := range 6 {
		for _, q := range events {
			wg.Go(func() {
				if code := r.Push(workers[i%3].Receive, q.Message, 1); code/100 != 2 {
					t.Errorf("receive answered %d; %s", code, r.Logs)
				}
			})
		}
	}
	wg.Wait()
	for _, q := range events {
		if code := r.Push(workers[2].Receive, q.Message, 2); code != http.StatusNoContent {
			t.Errorf("redelivered: receive answered %d", code)
		}
	}
}

// TestStopAndStart has the shopper order by text and by tap, in both shapes and versions: the order is heeded once however
// often it comes.
func TestStopAndStart(t *testing.T) {
	t.Parallel()
	for _, version := range []int{2, 3} {
		for _, shape := range []string{simgupshup.TapQuickReply, simgupshup.TapText} {
			for _, tap := range []bool{false, true} {
				t.Run(fmt.Sprintf("v%d/%s/tap %t", version, shape, tap), func(t *testing.T) {
					t.Parallel()
					r := rig.New(t, rig.Options{Version: version, Behaviour: &simgupshup.Behaviour{Behaviour: tenant.Behaviour{Callbacks: true, Hold: true}, TapShape: shape}})
					withButtons(r)
					r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
					order := func(word string, want consent.Status, entries int) {
						t.Helper()
						r.Clock.Advance(time.Minute)
						reply := simulator.Reply{Text: strings.ToLower(word) + " ", App: rig.GupshupAppID}
						if tap {
							reply = simulator.Reply{Button: word}
						}
						id, body := r.Inbound(reply)
						receiveSeveralTimes(t, r, body)
						if got := r.StoredReply(rig.AppID, id).Keyword; got != strings.ToLower(word) {
							t.Errorf("%s: stored with the keyword %q", word, got)
						}
						if state, ledger := r.CheckChain(t); state.Status != want || len(ledger) != entries {
							t.Errorf("%s: got %s with %d entries, want %s with %d", word, state.Status, len(ledger), want, entries)
						}
					}
					order("STOP", consent.Inactive, 2)
					order("START", consent.Active, 3)
					order("STOP", consent.Inactive, 4)
					r.Hand(r.Hooks, r.Event("shipment-failed_delivery-second"))
					r.Settle(r.Hooks)
					if got := r.Sim.Log().AcceptedCount(); got != 1 {
						t.Errorf("accepted: got %d, want the one from before the STOP", got)
					}
				})
			}
		}
	}
}
