package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// TestUnreachableShopperSubscribes has a shopper whose number was refused as not on WhatsApp see on the portal that nothing
// is sent, subscribe, and get the next message (shared/platform/CONTRACT.md section 3).
func TestUnreachableShopperSubscribes(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	shows := func(when, value string) {
		t.Helper()
		a := r.Shown(r.Hooks)
		if want := `"isWhatsAppEnabledForNotifications":"` + value + `"`; a.Status != http.StatusOK || !strings.Contains(strings.ReplaceAll(a.Body, `": "`, `":"`), want) {
			t.Fatalf("%s: the portal answers %d without %s: %s", when, a.Status, want, a.Body)
		}
	}
	shows("at first", "1")
	r.Sim.Phones().SetNotOnWhatsApp(rig.Shopper, true)
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	r.Settle(r.Hooks)
	if state, _ := r.CheckChain(t); state.Status != consent.NotReachable {
		t.Fatalf("after the refusal: got %s", state.Status)
	}
	shows("after the refusal", "0")

	r.Sim.Phones().SetNotOnWhatsApp(rig.Shopper, false)
	r.Clock.Advance(time.Minute)
	if a := r.Portal(r.Hooks, consent.Active, ""); a.Status != http.StatusOK {
		t.Fatalf("subscribe: got %d %s", a.Status, a.Body)
	}
	shows("once subscribed", "1")
	r.Hand(r.Hooks, r.EventData(r.Another(2)))
	r.Settle(r.Hooks)
	if got := r.ByStatus()[message.StatusRead]; got != 1 {
		t.Errorf("read: got %d messages, want the next one; %s", got, r.Describe())
	}
}

// TestStopFromAnotherSpelling has shoppers of countries whose numbers WhatsApp spells otherwise than the order answer a
// message with STOP: it is heard. A START from there opens only who it came from.
func TestStopFromAnotherSpelling(t *testing.T) {
	t.Parallel()
	for country, number := range map[string]struct{ ordered, digits, from string }{
		"BR": {"+55 31 98888-0001", "5531988880001", "553188880001"},
		"MX": {"+52 33 1234 5678", "523312345678", "5213312345678"},
		"AR": {"+54 11 2345-6789", "541123456789", "5491123456789"},
	} {
		t.Run(country, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Provider: meta.Name})
			r.Meet(rig.BrandID, number.digits, consent.Grant)
			r.Clock.Advance(time.Minute)
			r.Hand(r.Hooks, r.EventData(r.Altered(func(s map[string]any) { s["customerContactNumber"], s["countryCode"] = number.ordered, country })))
			sent := r.Sim.Log().Accepted()
			if len(sent) != 1 {
				t.Fatalf("accepted: got %d, want 1; %s", len(sent), r.Describe())
			}
			say := func(word string) consent.Status {
				t.Helper()
				r.Clock.Advance(time.Minute)
				m := rig.MetaMessage(rig.Said{Word: word, ID: "wamid." + word, Answers: sent[0].MessageID, At: r.Clock.Now()}, rig.Spelling{
					Unnumbered: true, Content: func(s rig.Said) rig.Fields { return rig.Fields{"type": "text", "text": rig.Fields{"body": s.Word}} },
				})
				delete(m, "from_user_id")
				m["from"] = number.from
				r.Tell(t, rig.MetaNews("messages", rig.Fields{
					"contacts": []rig.Fields{{"profile": rig.Fields{"name": "A"}, "wa_id": number.from}}, "messages": []rig.Fields{m},
				}))
				state, _ := r.CheckChainOf(t, r.CustomerOf(rig.BrandID, number.digits))

				return state.Status
			}
			if got := say("STOP"); got != consent.Inactive {
				t.Errorf("STOP: got %s, want %s; %s", got, consent.Inactive, r.Logs)
			}
			if got := say("START"); got != consent.Inactive {
				t.Errorf("START: got %s, want it as it was", got)
			}
		})
	}
}
