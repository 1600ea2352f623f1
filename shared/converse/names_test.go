package converse_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	brands "github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/story"
)

// somebodyElses is the id of a message that is none of ours.
const somebodyElses = "wamid.FOREIGN"

// pressedOn is a tap on a button of this label, with what it sends back.
func pressedOn(label, payload string, contextIDs ...string) provider.ReplyEvent {
	return provider.ReplyEvent{ID: "in-1", Type: "button", Tap: true, Text: label, Postback: payload, ContextIDs: contextIDs}
}

// namedCase is a reply, and what comes of what it names.
type namedCase struct {
	name string
	// at are the providers that can bring it; all if there are none.
	at    []string
	moves []move
	took  []string
	told  []string
	// about is false of what is about no order.
	about bool
}

// foreign are replies to what somebody else sent from the number.
var foreign = []namedCase{
	{name: "payload and message of somebody else's", moves: []move{hear(pressedOn(tryAgain, "bot:retry-payment:17", somebodyElses), false)}},
	{name: "payload of somebody else's", moves: []move{hear(pressedOn(cancelIt, "bot:order:99:cancel"), false)}},
	{name: "payload of somebody else's with two dots", moves: []move{hear(pressedOn(cancelIt, "bot.order.cancel"), false)}},
	{name: "choice from a list of somebody else's", moves: []move{hear(provider.ReplyEvent{ID: "in-1", Type: "interactive", Text: cancelIt, Postback: "row-7"}, false)}},
	{name: "button without payload below somebody else's message", at: []string{meta.Name, gupshup.Name}, moves: []move{hear(pressedOn(tryAgain, tryAgain, somebodyElses), false)}},
	{name: "text in answer to somebody else's message", at: []string{meta.Name, gupshup.Name}, moves: []move{func(s *talker) {
		hear(provider.ReplyEvent{ID: "in-1", Type: "text", Text: "yes", ContextIDs: []string{somebodyElses}}, false)(s)
	}}},
	{name: "reaction to somebody else's message", at: []string{meta.Name, gupshup.Name}, moves: []move{hear(provider.ReplyEvent{ID: "in-1", Type: "reaction", ContextIDs: []string{somebodyElses}}, false)}},
}

// nameless are replies that name our messages badly, or not at all.
var nameless = []namedCase{
	// The provider's own payload of a button that we gave none: the label, or nothing.
	{name: "label as payload below our message", moves: []move{answering(pressedOn(tryAgain, tryAgain)), wait(11 * time.Minute)}, took: []string{again}, told: []string{asks, done}, about: true},
	{name: "no payload below our message", moves: []move{answering(pressedOn(tryAgain, "")), wait(11 * time.Minute)}, took: []string{again}, told: []string{asks, done}, about: true},
	{name: "a payload of the provider's below our message", moves: []move{answering(pressedOn(tryAgain, "QR_0")), wait(11 * time.Minute)}, took: []string{again}, told: []string{asks, done}, about: true},
	{name: "label as payload alone", moves: []move{hear(pressedOn(tryAgain, tryAgain), false), wait(11 * time.Minute)}, took: []string{again}, told: []string{asks, done}, about: true},
	// Nobody documents by which id a reply names a message of Kaleyra's.
	{name: "an id that nobody knows", at: []string{kaleyra.Name}, moves: []move{hear(pressedOn(tryAgain, tryAgain, somebodyElses), false), wait(11 * time.Minute)}, took: []string{again}, told: []string{asks, done}, about: true},
	{name: "a yes with an id that nobody knows", at: []string{kaleyra.Name}, moves: []move{tap(cancelIt), hear(provider.ReplyEvent{ID: "in-1", Type: "text", Text: "yes", ContextIDs: []string{somebodyElses}}, false)}, told: []string{confirms, standard}, about: true},
	// WhatsApp's id of a message of Gupshup's comes with its first report.
	{name: "an id that is not known yet", at: []string{gupshup.Name}, moves: []move{forget, hear(pressedOn(tryAgain, "", somebodyElses), false), wait(11 * time.Minute)}, took: []string{again}, told: []string{asks, done}, about: true},
	{name: "a day in answer to a question whose id is not known yet", at: []string{gupshup.Name}, moves: []move{tap(anotherDay), forgetLast, quotingUnknown("19 Feb")}, took: []string{deferredTo("2024-02-19")}, told: []string{asksDay, done}, about: true},
	{name: "a yes in answer to a question whose id is not known yet", at: []string{gupshup.Name}, moves: []move{tap(cancelIt), forgetLast, quotingUnknown("yes")}, took: []string{cancelled}, told: []string{confirms, done}, about: true},
	{name: "a note in answer to the message about the delivery, whose id is not known yet", at: []string{gupshup.Name}, moves: []move{tap(tryAgain), forget, quotingUnknown("Gate 2")}, took: []string{with(again, "Gate 2", "")}, told: []string{asks, done}, about: true},
	{name: "a yes in answer to somebody else's message, while all ids are known", at: []string{gupshup.Name, meta.Name}, moves: []move{tap(cancelIt), quotingUnknown("yes")}, told: []string{confirms}},
	{name: "both ids of another message, before a report", at: []string{gupshup.Name}, moves: []move{forget, hear(pressedOn(tryAgain, "", "another", somebodyElses), false)}},
	{name: "a label that our template does not have", moves: []move{hear(pressedOn("Cancel my subscription", ""), false)}, told: []string{standard}},
	{name: "a button of our answer, by its label alone", moves: []move{tap(cancelIt), hear(pressedOn("Yes, cancel it", ""), false)}, took: []string{cancelled}, told: []string{confirms, done}, about: true},
	{name: "a day of our answer, by its label alone", moves: []move{tap(anotherDay), hear(pressedOn("Fri 16 Feb", "Fri 16 Feb"), false)}, took: []string{deferredTo("2024-02-16")}, told: []string{asksDay, done}, about: true},
	{name: "the id of our answer as payload", at: []string{gupshup.Name}, moves: []move{tap(cancelIt), func(s *talker) {
		payload, _, _ := strings.Cut(s.payloadOf(s.Messages()[1], 0), ":")
		hear(pressedOn("Yes, cancel it", payload), false)(s)
	}}, took: []string{cancelled}, told: []string{confirms, done}, about: true},
	{name: "a text in answer to what the shopper wrote", moves: []move{
		tap(cancelIt), hear(provider.ReplyEvent{ID: "in-0", Type: "image"}, false), hear(provider.ReplyEvent{ID: "in-1", Type: "text", Text: "yes", ContextIDs: []string{"in-0"}}, false),
	}, took: []string{cancelled}, told: []string{confirms, unclear, done}, about: true},
	{name: "a message of ours that is kept no longer", moves: []move{func(s *talker) {
		hear(pressedOn(tryAgain, s.payloadOf(message.Message{ID: strings.Repeat("0", 32)}, 0)), false)(s)
	}}, told: []string{standard}},
}

// hidden are replies that name nothing, where the newest message is not the one that they can be about.
var hidden = []namedCase{
	{name: "a newer failure was opted out of", moves: []move{wait(time.Hour), optsOut, event("failed_delivery"), hear(pressedOn(tryAgain, ""), false), wait(11 * time.Minute)}, took: []string{again}, told: []string{asks, done}, about: true},
	{name: "a newer failure was no attempt", moves: []move{wait(time.Hour), noAttempt, hear(pressedOn(tryAgain, ""), false), wait(11 * time.Minute)}, took: []string{again}, told: []string{asks, done}, about: true},
	{name: "a newer message never arrived", moves: []move{wait(time.Hour), event("failed_delivery"), undelivered, hear(pressedOn(tryAgain, ""), false), wait(11 * time.Minute)}, took: []string{again}, told: []string{asks, done}, about: true},
	{name: "a tap after the order moved on", moves: []move{event("delivered"), hear(pressedOn(tryAgain, ""), false)}, told: []string{standard}, about: true},
	{name: "a text after the order moved on", moves: []move{event("delivered"), hear(provider.ReplyEvent{ID: "in-1", Type: "text", Text: "Do you sell soap?"}, false)}, told: []string{standard}},
	{name: "a text after the portal was first", moves: []move{event("ndr_resolution_submitted"), hear(provider.ReplyEvent{ID: "in-1", Type: "text", Text: "Thanks"}, false)}, told: []string{standard}},
	{name: "a text eight days later", moves: []move{wait(8 * 24 * time.Hour), hear(provider.ReplyEvent{ID: "in-1", Type: "text", Text: "Hello"}, false)}, told: []string{standard}},
	{name: "a text while the delivery is to be decided on", moves: []move{hear(provider.ReplyEvent{ID: "in-1", Type: "text", Text: "Hello"}, false)}, told: []string{standard}, about: true},
	{name: "a text in answer to our message after the order moved on", moves: []move{event("delivered"), answering(provider.ReplyEvent{ID: "in-1", Type: "text", Text: "Thanks"})}, told: []string{standard}, about: true},
}

// keywords are STOP and START, which are replies like any other if they answer a message.
var keywords = []namedCase{
	{name: "STOP in answer to our message", moves: []move{answering(provider.ReplyEvent{ID: "in-1", Type: "text", Text: "STOP"})}, about: true},
	{name: "START in answer to our message", moves: []move{answering(provider.ReplyEvent{ID: "in-1", Type: "text", Text: "start"})}, about: true},
	{name: "STOP on a button of ours", moves: []move{func(s *talker) { hear(pressedOn("Stop", s.payload(4)), false)(s) }}, about: true},
	{name: "STOP as the payload of a button below our message", moves: []move{answering(pressedOn("No more of this", "STOP"))}, about: true},
	{name: "STOP of another number in answer to our message", moves: []move{answering(provider.ReplyEvent{ID: "in-1", From: "919000000077", Type: "text", Text: "STOP"})}, about: true},
	{name: "START of another number in answer to our message", moves: []move{answering(provider.ReplyEvent{ID: "in-1", From: "919000000077", Type: "text", Text: "START"})}},
	{name: "STOP that answers nothing", moves: []move{hear(provider.ReplyEvent{ID: "in-1", Type: "text", Text: "STOP"}, false)}},
	{name: "STOP in answer to somebody else's message", moves: []move{hear(provider.ReplyEvent{ID: "in-1", Type: "text", Text: "STOP", ContextIDs: []string{somebodyElses}}, false)}},
	{name: "a text of another number in answer to our message", moves: []move{answering(provider.ReplyEvent{ID: "in-1", From: "919000000077", Type: "text", Text: "Hello"})}},
}

// quotingUnknown is a text in answer to a message by an id that nobody knows.
func quotingUnknown(text string) move {
	return hear(provider.ReplyEvent{ID: "in-1", Type: "text", Text: text, ContextIDs: []string{somebodyElses}}, false)
}

// forget has the message about the delivery be known by the provider's own id alone, as before its first report; forgetLast the newest one.
func forget(s *talker) { s.forget(0) }

func forgetLast(s *talker) { s.forget(len(s.Messages()) - 1) }

func (s *talker) forget(index int) {
	m := s.Messages()[index]
	m = m.WithAttempt(1, message.Attempt{Rank: message.RankAccepted, IDs: m.AttemptAt(1).IDs[:1], ClaimedAt: m.AttemptAt(1).ClaimedAt})
	_, err := s.Parts.Store.Decide(s.T.Context(), store.Decision{Message: m})
	s.Must(err)
}

func optsOut(s *talker) { s.SubscribeShopper(consent.Withdraw) }

// noAttempt is a failed delivery that nobody tried, as the courier says.
func noAttempt(s *talker) {
	text := strings.Replace(string(s.eventNow("failed_delivery")), "customer not reachable", "No attempt made", 1)
	s.Hand(s.Hooks, s.EventData([]byte(text)))
	s.goesOn()

	if all := s.Messages(); all[len(all)-1].Recorded() {
		s.T.Fatalf("told of no attempt: %+v", all[len(all)-1])
	}
}

// undelivered has the newest message fail at WhatsApp.
func undelivered(s *talker) {
	all := s.Messages()
	m := all[len(all)-1]
	a := m.AttemptAt(m.Attempt)
	a.Rank, a.Failure = message.RankFailed, message.Failure{Class: message.ClassRecipient, Code: "131026"}
	m.Phase = message.Failed
	_, err := s.Parts.Store.Decide(s.T.Context(), store.Decision{Message: m.WithAttempt(m.Attempt, a)})
	s.Must(err)
}

// TestWhatRepliesName holds what comes of a reply by the message that it names, in each form in which providers tell that. What is about no
// order is neither in an order's activity nor in its story; all else is in both, under one id.
func TestWhatRepliesName(t *testing.T) {
	t.Parallel()

	for _, name := range []string{gupshup.Name, meta.Name, kaleyra.Name} {
		for _, tc := range slices.Concat(foreign, nameless, hidden, keywords) {
			if len(tc.at) > 0 && !slices.Contains(tc.at, name) {
				continue
			}

			t.Run(name+"/"+strings.ReplaceAll(tc.name, " ", "_"), func(t *testing.T) {
				t.Parallel()
				tc.check(t, name)
			})
		}
	}
}

func (tc namedCase) check(t *testing.T, name string) {
	t.Helper()

	s := newTalker(t, rig.Options{Provider: name, Buttons: []string{tryAgain, anotherDay, cancelIt, nobodyCame, "Stop"}})
	s.provider = name

	for _, m := range tc.moves {
		m(s)
	}

	s.compare("took", tc.took, s.resolutions())
	s.compare("told", tc.told, s.answers())

	id := store.ReplyID(name, s.Vendor.AppID(), "in-1")
	kept, err := s.Parts.Store.Reply(t.Context(), id)
	s.Must(err)

	activity := s.replies()
	if got := slices.Contains(activity, id); got != tc.about {
		t.Errorf("in the activity: %t, want %t: %+v", got, tc.about, kept)
	}

	var told []string
	for _, e := range s.story().Entries {
		if e.Reply != nil {
			told = append(told, e.Reply.ID)
		}
	}

	slices.Sort(told)
	slices.Sort(activity)
	if !slices.Equal(told, activity) {
		t.Errorf("the story has %q, the activity %q", told, activity)
	}
}

// replies are the ids of the shopper's replies in the order's activity. How an action ended is told under an id of its own.
func (s *talker) replies() []string {
	var ids []string
	for id := range s.activityOfReplies() {
		if !strings.Contains(id, ".") {
			ids = append(ids, id)
		}
	}

	return ids
}

// story is the order's.
func (s *talker) story() story.OrderStory {
	s.T.Helper()

	teller := story.New(story.Deps{
		Store:    s.Parts.Store,
		Accounts: brands.NewAccounts(s.Parts.Store, brands.Options{Clock: s.Clock, Timeout: time.Minute}),
		Clock:    s.Clock,
		Zone:     time.FixedZone("IST", 5*60*60+30*60),
	})
	told, err := teller.Order(s.T.Context(), access.Caller{Subject: "viewer", Role: access.Platform, All: true}, rig.BrandID, "51230077")
	s.Must(err)

	return told
}

// TestReplyIsShownAsItWasStored delivers a reply once more when what is known by then would aim it elsewhere: its order's activity and story
// tell the same still.
func TestReplyIsShownAsItWasStored(t *testing.T) {
	t.Parallel()

	for name, moves := range map[string][]move{
		"about an order, which has moved on since": {hear(provider.ReplyEvent{ID: "in-1", Type: "text", Text: "Hello"}, false), event("delivered")},
		"about nothing, before it could be":        {event("delivered"), hear(provider.ReplyEvent{ID: "in-1", Type: "text", Text: "Hello"}, false), wait(time.Hour), event("failed_delivery")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			s := newTalker(t, rig.Options{Buttons: []string{tryAgain}})
			s.provider = gupshup.Name
			s.ChangeAccount(func(a *account.Account) { a.Unexpected = nil })

			for _, m := range moves {
				m(s)
			}

			before := s.replies()
			hear(provider.ReplyEvent{ID: "in-1", Type: "text", Text: "Hello"}, false)(s)

			if after := s.replies(); !slices.Equal(before, after) {
				t.Errorf("the activity had %q, and has %q", before, after)
			}
		})
	}
}
