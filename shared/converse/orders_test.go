package converse_test

import (
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

const secondOrder = "51230088"

// ofSecond turns what is told of the shopper's order into what is told of a second one of the same brand.
var ofSecond = strings.NewReplacer("51230077", secondOrder, "NC-20417", "NC-2", "#20417", "#2", "DL0099887766", "DL2")

// secondFails has the delivery of the shopper's second order fail now.
func secondFails(s *talker) {
	order, err := testdata.Files.ReadFile("orders/51230077.json")
	s.Must(err)
	s.Sim.Platform().PutOrder(secondOrder, []byte(ofSecond.Replace(string(order))))

	secondEvent("failed_delivery")(s)
}

// secondEvent is an event about the second order's shipment, now.
func secondEvent(status string) move {
	return func(s *talker) {
		s.Hand(s.Hooks, s.EventData([]byte(ofSecond.Replace(string(s.eventNow(status))))))
		s.goesOn()
	}
}

// secondMessage is the message about the second order.
func (s *talker) secondMessage() message.Message {
	all, err := s.Parts.Store.MessagesOfOrder(s.T.Context(), rig.BrandID, secondOrder)
	s.Must(err)
	if len(all) == 0 || !all[0].Recorded() {
		s.T.Fatalf("nothing was told of the second order; %s", s.Logs)
	}

	return all[0]
}

// TestQuestionsAboutTwoOrders asks a shopper about two orders of one brand, of which the newer one arrives before the answer: what is said is
// about the order that is still to be decided on.
func TestQuestionsAboutTwoOrders(t *testing.T) {
	t.Parallel()

	answers := map[string]move{
		"in words":              say("yes"),
		"a button's label only": hear(provider.ReplyEvent{ID: "in-3", Type: "interactive", Tap: true, Text: "Yes, cancel it"}, false),
	}

	for _, name := range []string{gupshup.Name, meta.Name, kaleyra.Name} {
		for how, answer := range answers {
			t.Run(name+"/"+strings.ReplaceAll(how, " ", "_"), func(t *testing.T) {
				t.Parallel()

				s := newTalker(t, rig.Options{Provider: name, Buttons: []string{tryAgain, anotherDay, cancelIt, nobodyCame}})
				s.provider = name

				for _, m := range []move{tap(cancelIt), secondFails, tapOf("in-2", (*talker).secondMessage, 2, cancelIt), secondEvent("delivered"), answer} {
					m(s)
				}

				s.compare("took", []string{cancelled}, s.resolutions())
				s.compare("told", []string{confirms, confirms, done}, s.answers())
			})
		}
	}
}
