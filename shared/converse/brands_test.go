package converse_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// The second brand behind the platform's number, and its order.
const (
	tulsi         = "812"
	tulsiOrder    = "61230077"
	tulsiStandard = "Tulsi House does not read this number."
)

// ofTulsi turns what is told of the first brand's order into what is told of the second one's.
var ofTulsi = strings.NewReplacer("51230077", tulsiOrder, "NC-20417", "TH-1", "#20417", "#1", "DL0099887766", "DL2", "neem-and-co", "tulsi-house", `"account_id":811`, `"account_id":812`)

// tulsiFails adds the second brand, to which the shopper subscribed, and has its delivery fail now.
func tulsiFails(s *talker) {
	a, err := s.Parts.Store.Account(s.T.Context(), rig.BrandID)
	s.Must(err)

	a.ID, a.Slug, a.Name = tulsi, "tulsi-house", "Tulsi House"
	a.Unexpected = &account.UnexpectedReplies{Enabled: true, Text: tulsiStandard}
	testkit.Agree(&a)
	s.Must(s.Parts.Store.PutAccount(s.T.Context(), a))
	s.Meet(tulsi, rig.Shopper, consent.Grant)

	order, err := testdata.Files.ReadFile("orders/51230077.json")
	s.Must(err)
	s.Sim.Platform().PutOrder(tulsiOrder, []byte(ofTulsi.Replace(string(order))))

	tulsiEvent("failed_delivery")(s)
}

// tulsiEvent is an event about the second brand's shipment, now.
func tulsiEvent(status string) move {
	return func(s *talker) {
		s.Hand(s.Hooks, s.EventData([]byte(ofTulsi.Replace(string(s.eventNow(status))))))
		s.goesOn()
	}
}

// tulsiMessage is the second brand's newest message about its order.
func (s *talker) tulsiMessage() message.Message {
	all, err := s.Parts.Store.MessagesOfOrder(s.T.Context(), tulsi, tulsiOrder)
	s.Must(err)
	if len(all) == 0 || !all[0].Recorded() {
		s.T.Fatalf("the second brand told nothing; %s", s.Logs)
	}

	return all[0]
}

// tapOf is a tap on a button of a message, by the payload that it brought.
func tapOf(id string, of func(*talker) message.Message, button int, label string) move {
	return func(s *talker) {
		hear(provider.ReplyEvent{ID: id, Type: "button", Tap: true, Text: label, Postback: s.payloadOf(of(s), button)}, false)(s)
	}
}

// pressedAs is a tap that tells nothing but the button's label.
func pressedAs(id, label string) provider.ReplyEvent {
	return provider.ReplyEvent{ID: id, Type: "interactive", Tap: true, Text: label}
}

func neemMessage(s *talker) message.Message { return s.Messages()[0] }

// quoting is a text in answer to a message.
func quoting(of func(*talker) message.Message, text string) move {
	return func(s *talker) {
		hear(provider.ReplyEvent{ID: "in-q", Type: "text", Text: text, ContextIDs: of(s).AttemptAt(1).IDs}, false)(s)
	}
}

// activityOfReplies is what the orders' activity shows of the shopper's replies, each with the order's number, by the id that it is
// published under.
func (s *talker) activityOfReplies() map[string]string {
	all := map[string]string{}
	for _, id := range s.repliesInOrder() {
		all[id[0]] = id[1]
	}

	return all
}

// shownOn is what the orders' activity shows of the shopper's replies, each once with the order's number.
func (s *talker) shownOn() []string {
	var all []string
	for _, shown := range s.repliesInOrder() {
		all = append(all, shown[1])
	}

	return all
}

// repliesInOrder are the ids of replies in the orders' activity, and what is shown, as they were first published.
func (s *talker) repliesInOrder() [][2]string {
	seen := map[string]bool{}

	var all [][2]string
	for _, m := range s.Published(world.CustomerNotifications) {
		id := m.GetAttributes()["id"]
		if m.GetAttributes()["eventSubType"] != "customer_reply" || seen[id] {
			continue
		}

		var event struct {
			Response struct {
				Action string `json:"action_taken"`
				Number string `json:"customerOrderNumber"`
			} `json:"response_data"`
		}
		s.Must(json.Unmarshal(m.GetData(), &event))

		seen[id] = true
		all = append(all, [2]string{id, event.Response.Number + " " + event.Response.Action})
	}

	return all
}

// TestSeveralBrandsBehindOneNumber has two brands talk to one shopper through the platform's number. What is said goes to the brand that it is
// said to: that of the message which a reply names, else the one that asked last, else the one whose delivery still is to be decided on.
func TestSeveralBrandsBehindOneNumber(t *testing.T) {
	t.Parallel()

	const chosen = "NC-20417 "

	for _, tc := range []struct {
		name  string
		moves []move
		took  []string
		// told are the answers after the second brand's message, shown what the orders' activity shows of replies.
		told, shown []string
	}{
		{
			"a typed day answers the brand that asked",
			[]move{tap(anotherDay), tulsiFails, say("19 Feb")},
			[]string{deferredTo("2024-02-19")},
			[]string{asksDay, done},
			[]string{chosen + "Change delivery date", chosen + "Replied with a text", chosen + "Change delivery date: accepted"},
		},
		{
			"a yes answers the brand that asked",
			[]move{tap(cancelIt), tulsiFails, say("yes")},
			[]string{cancelled},
			[]string{confirms, done},
			[]string{chosen + "Cancel order", chosen + "Replied with a text", chosen + "Cancel order: accepted"},
		},
		{
			"of two questions the newer one is answered",
			[]move{tap(anotherDay), tulsiFails, tapOf("in-1", (*talker).tulsiMessage, 1, anotherDay), say("19 Feb")},
			[]string{"ACTF002 DL2 2024-02-19"},
			[]string{asksDay, asksDay, done},
			[]string{chosen + "Change delivery date", "TH-1 Change delivery date", "TH-1 Replied with a text", "TH-1 Change delivery date: accepted"},
		},
		{
			"of two questions the one is answered whose delivery is to be decided on",
			[]move{tap(cancelIt), tulsiFails, tapOf("in-1", (*talker).tulsiMessage, 2, cancelIt), tulsiEvent("delivered"), say("yes")},
			[]string{cancelled},
			[]string{confirms, confirms, done},
			[]string{chosen + "Cancel order", "TH-1 Cancel order", chosen + "Replied with a text", chosen + "Cancel order: accepted"},
		},
		{
			"a button without a payload, of the question that is open",
			[]move{tap(cancelIt), tulsiFails, tapOf("in-1", (*talker).tulsiMessage, 2, cancelIt), tap("No, keep it"), hear(pressedAs("in-3", "Yes, cancel it"), false)},
			[]string{cancelled},
			[]string{confirms, confirms, keeps, done},
			[]string{
				chosen + "Cancel order", "TH-1 Cancel order", "TH-1 Answered: No, keep it", "TH-1 Cancel order: not done, the shopper keeps the order",
				chosen + "Answered: Yes, cancel it", chosen + "Cancel order: accepted",
			},
		},
		{
			"a button without a payload, of the open question whose delivery is to be decided on",
			[]move{tap(cancelIt), tulsiFails, tapOf("in-2", (*talker).tulsiMessage, 2, cancelIt), tulsiEvent("delivered"), hear(pressedAs("in-3", "Yes, cancel it"), false)},
			[]string{cancelled},
			[]string{confirms, confirms, done},
			[]string{chosen + "Cancel order", "TH-1 Cancel order", chosen + "Answered: Yes, cancel it", chosen + "Cancel order: accepted"},
		},
		{
			"a tap with a payload",
			[]move{tulsiFails, tapOf("in-1", neemMessage, 0, tryAgain), wait(11 * time.Minute)},
			[]string{again},
			[]string{asks, done},
			[]string{chosen + "Request delivery attempt", chosen + "Request delivery attempt: accepted"},
		},
		{
			"a tap with a payload, while another brand asks",
			[]move{tap(anotherDay), tulsiFails, tapOf("in-1", (*talker).tulsiMessage, 0, tryAgain), wait(11 * time.Minute)},
			[]string{"ACTF001 DL2"},
			[]string{asksDay, asks, done},
			[]string{chosen + "Change delivery date", "TH-1 Request delivery attempt", "TH-1 Request delivery attempt: accepted"},
		},
		{
			"a text that nobody asked for, to the brand whose delivery failed last",
			[]move{tulsiFails, say("Where is it?")},
			nil,
			[]string{tulsiStandard + "*Try again|Choose another day|Cancel the order"},
			[]string{"TH-1 Replied with a text"},
		},
		{
			"a text that nobody asked for, to the brand whose delivery is to be decided on",
			[]move{tulsiFails, tulsiEvent("delivered"), say("Where is it?")},
			nil,
			[]string{standard + "*Try again|Choose another day|Cancel the order"},
			[]string{chosen + "Replied with a text"},
		},
		{
			"a text in answer to a message",
			[]move{tulsiFails, quoting(neemMessage, "Where is it?")},
			nil,
			[]string{standard + "*Try again|Choose another day|Cancel the order"},
			[]string{chosen + "Replied with a text"},
		},
	} {
		for _, name := range []string{gupshup.Name, meta.Name, kaleyra.Name} {
			t.Run(name+"/"+strings.ReplaceAll(tc.name, " ", "_"), func(t *testing.T) {
				t.Parallel()

				s := newTalker(t, rig.Options{Provider: name, Shared: true, Buttons: []string{tryAgain, anotherDay, cancelIt, nobodyCame}})
				s.provider, s.shared = name, true

				for _, m := range tc.moves {
					m(s)
				}

				s.compare("took", tc.took, s.resolutions())
				s.compare("told", tc.told, s.answers())
				s.compare("shown", tc.shown, s.shownOn())
			})
		}
	}
}
