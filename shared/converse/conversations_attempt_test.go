package converse_test

import (
	"encoding/json"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	messages "github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// failedAgain is what the platform tells of the line once another attempt has failed. With kept it still shows what was chosen after the one
// before.
func failedAgain(kept map[string]any) func(map[string]any) {
	return func(line map[string]any) {
		line["latestStatus"], line["ndrResolutionDetails"] = "failed_delivery", kept
	}
}

// notAttempted is the courier's failed delivery that nobody tried.
func notAttempted(s *talker) {
	s.Clock.Advance(time.Hour)
	at := ist(s.Clock.Now())

	var envelope map[string]any
	s.Must(json.Unmarshal(s.Altered(func(subject map[string]any) {
		subject["status_updated_at"], subject["status_log"], subject["remarks"] = at, map[string]any{"failed_delivery": at}, "No attempt made"
	}), &envelope))

	data, err := json.Marshal(envelope)
	s.Must(err)
	s.Hand(s.Hooks, s.EventData(data))
	s.goesOn()
}

// triedAgain is an operator's ops submit.
func triedAgain(s *talker) {
	m := s.Messages()[0]
	c, err := s.Parts.Store.Conversation(s.T.Context(), m.CustomerID)
	s.Must(err)

	next, _ := c.Retry(m.OrderID, s.Clock.Now())
	_, err = s.Parts.Store.SaveConversation(s.T.Context(), next)
	s.Must(err)
	s.waits(time.Minute)
}

// tapOn is a tap on the button of an index of the order's message of that index, counted from the oldest.
func tapOn(message, button int) move {
	return func(s *talker) {
		keys, err := s.Parts.Keys(s.T.Context())
		s.Must(err)

		ref := keys.Reference.Seal(s.Vendor.AppID(), messages.Ref{MessageID: s.Messages()[message].ID, Attempt: 1})
		hear(provider.ReplyEvent{ID: "in-8", Type: "button", Tap: true, Text: "…", Postback: provider.Postback(ref, button)}, false)(s)
	}
}

// yesTo is a yes that quotes a message: the one of an index among the order's, or somebody else's.
func yesTo(index int) move {
	return func(s *talker) {
		r := provider.ReplyEvent{ID: "in-9", Type: "text", Text: "ok", ContextIDs: []string{"another"}}
		if index >= 0 {
			r.ContextIDs = s.Messages()[index].AttemptAt(1).IDs
		}

		hear(r, false)(s)
	}
}

// unheard has the shopper tap while the platform's answer is lost, and nobody look at it yet.
func unheard(button string) move {
	return func(s *talker) {
		if _, err := s.Sim.Phones().Reply(s.Messages()[0].Phone[1:], simulator.Reply{Button: button}); err != nil {
			s.T.Fatal(err)
		}

		s.Round(s.Hooks)
	}
}

var (
	resolutionsDown = broken(simulator.Fault{System: "platform", Path: "/ndrResolution", Mode: "unavailable"})
	ordersDown      = broken(simulator.Fault{System: "platform", Path: "51230077", Mode: "unavailable"})
)

const (
	tryAccepted    = "Request delivery attempt: accepted"
	tryUnanswered  = "Request delivery attempt: not done, the platform gave no answer"
	tryReplaced    = "Request delivery attempt: not done, another choice followed"
	tryGone        = "Request delivery attempt: not done, the order has moved on"
	cancelLate     = "Cancel order: not done, an earlier choice counts"
	cancelAccepted = "Cancel order: accepted"
	dayAccepted    = "Change delivery date: accepted"
	dayUnanswered  = "Change delivery date: not done, the question was not answered"
	stuckForADay   = "could not be submitted for a day"
)

// attempts are conversations over more than one failed attempt, over more than one message, and over what went wrong before.
var attempts = []conversationCase{
	{"an older choice in back-off counts for the newer attempt", []move{
		resolutionsDown, tap(tryAgain), tap("No, send it"), wait(20 * time.Minute), order(failedAgain(map[string]any{})), event("failed_delivery"), tap(cancelIt), mended, wait(3 * time.Hour),
	}, []string{again}, []string{asks, late, done}, []string{cancelLate, tryAccepted}, nil, ""},
	{"an older question counts for the newer attempt", []move{
		tap(tryAgain), order(failedAgain(map[string]any{})), event("failed_delivery"), tap(cancelIt), wait(11 * time.Minute),
	}, []string{again}, []string{asks, late, done}, []string{cancelLate, tryAccepted}, nil, ""},
	{"an older question gives way on the newer attempt", []move{
		tap(anotherDay), order(failedAgain(map[string]any{})), event("failed_delivery"), tap(cancelIt), tap("Yes, cancel it"),
	}, []string{cancelled}, []string{asksDay, confirms, done}, []string{"Change delivery date: not done, another choice followed", cancelAccepted}, nil, ""},
	{"the same choice on the newer attempt's message is asked about there", []move{
		tap(anotherDay), order(failedAgain(map[string]any{})), event("failed_delivery"), tap(anotherDay), tap("Tomorrow, 14 Feb"),
	}, []string{deferredTo("2024-02-14")}, []string{asksDay, asksDay, done}, []string{"Change delivery date: not done, another choice followed", dayAccepted}, nil, ""},
	{"the order still shows the choice of the attempt before", []move{
		tap(tryAgain), tap("No, send it"), event("ndr_resolution_submitted"), wait(20 * time.Hour),
		order(failedAgain(map[string]any{"resolutionCode": "ACTF001"})), event("failed_delivery"), tap(tryAgain), tap("No, send it"),
	}, []string{again, again}, []string{asks, done, asks, done}, []string{tryAccepted, tryAccepted}, nil, ""},
	{"an attempt that nobody made is none", []move{
		tap(tryAgain), tap("No, send it"), order(failedAgain(map[string]any{})), notAttempted, tap(cancelIt),
	}, []string{again}, []string{asks, done, late}, []string{tryAccepted, cancelLate}, nil, ""},
	{"in doubt, and the portal chose otherwise", []move{
		tap(tryAgain), broken(simulator.Fault{System: "platform", Path: "/ndrResolution", Mode: "html_502_before", Times: 1}), unheard("No, send it"),
		order(func(l map[string]any) {
			l["latestStatus"], l["ndrResolutionDetails"] = "ndr_resolution_submitted", map[string]any{"resolutionCode": "ACTF003"}
		}), event("ndr_resolution_submitted"), wait(5 * time.Minute),
	}, nil, []string{asks, standard}, []string{tryGone}, nil, ""},
	{"a tap on what is not offered leaves the question", []move{
		order(offers("ACTF001", "ACTF002")), tap(anotherDay), tap(nobodyCame), say("19 Feb"),
	}, []string{deferredTo("2024-02-19")}, []string{asksDay, offered, done}, []string{"Dispute failed attempt: not done, the order does not offer it", dayAccepted}, nil, ""},
	{"a day named more than a day later", []move{
		tap(anotherDay), wait(2 * time.Hour), wait(23 * time.Hour), tap("Fri 16 Feb"),
	}, []string{deferredTo("2024-02-16")}, []string{asksDay, done}, []string{dayUnanswered, dayAccepted}, nil, ""},
	{"a day of the list that is over, then another", []move{
		tap(anotherDay), wait(2 * time.Hour), wait(10 * time.Hour), tap("Tomorrow, 14 Feb"), say("16 Feb"),
	}, []string{deferredTo("2024-02-16")}, []string{asksDay, noDay, done}, []string{dayUnanswered, dayAccepted}, nil, ""},
	{"a yes to another message confirms nothing", []move{say("Where is it?"), tap(cancelIt), yesTo(1)}, nil, []string{standard, confirms}, nil, nil, ""},
	{"a yes to somebody else's message confirms nothing", []move{say("Where is it?"), tap(cancelIt), yesTo(-1)}, nil, []string{standard, confirms}, nil, nil, ""},
	{"a yes to the message itself", []move{tap(cancelIt), yesTo(0)}, []string{cancelled}, []string{confirms, done}, []string{cancelAccepted}, nil, ""},
	{"a yes to the question", []move{tap(cancelIt), yesTo(1)}, []string{cancelled}, []string{confirms, done}, []string{cancelAccepted}, nil, ""},
	{"what is stuck gives way to a new choice", []move{
		resolutionsDown, tap(tryAgain), tap("No, send it"), wait(23*time.Hour + 50*time.Minute), wait(20 * time.Minute), mended, tap(tryAgain), tap("No, send it"),
	}, []string{again}, []string{asks, asks, done}, []string{tryUnanswered, tryReplaced, tryAccepted}, nil, stuckForADay},
	{"what is stuck is tried again by an operator", []move{
		resolutionsDown, tap(tryAgain), tap("No, send it"), wait(23*time.Hour + 50*time.Minute), wait(20 * time.Minute), mended, triedAgain,
	}, []string{again}, []string{asks}, []string{tryUnanswered, tryAccepted}, nil, stuckForADay},
	{"an operator's try confirms nothing", []move{
		ordersDown, tap(cancelIt), wait(23*time.Hour + 50*time.Minute), wait(20 * time.Minute), mended, triedAgain,
	}, nil, nil, []string{"Cancel order: not done, the platform gave no answer", "Cancel order: a person has to go on"}, []string{"action"}, stuckForADay},
	{"an old cancellation does not undo what was chosen on the newer attempt", []move{
		tap(cancelIt), wait(2 * time.Hour), order(failedAgain(map[string]any{})), event("failed_delivery"), tap(tryAgain), tap("Yes, cancel it"), wait(11 * time.Minute),
	}, []string{again}, []string{confirms, asks, late, done}, []string{"Cancel order: not done, the question was not answered", tryAccepted}, nil, ""},
	{"an attempt that nobody made does not hide the one before it", []move{
		order(failedAgain(map[string]any{})), event("failed_delivery"), tap(tryAgain), notAttempted, tapOn(0, 2), wait(11 * time.Minute),
	}, []string{again}, []string{asks, done, late}, []string{tryAccepted, cancelLate}, nil, ""},
	{"the portal chose, and then nobody tried", []move{
		event("ndr_resolution_submitted"), order(failedAgain(map[string]any{})), notAttempted, tap(tryAgain),
	}, nil, []string{standard}, []string{tryGone}, nil, ""},
	{"a day below the first question, while another one is open", []move{
		tap(anotherDay), tap(cancelIt), tap("Tomorrow, 14 Feb"),
	}, []string{deferredTo("2024-02-14")}, []string{asksDay, confirms, done}, []string{"Change delivery date: not done, another choice followed", "Cancel order: not done, another choice followed", dayAccepted}, nil, ""},
	{"a day of the same list after the delivery failed again", []move{
		tap(anotherDay), tap("Thu 15 Feb"), event("ndr_resolution_submitted"), wait(20 * time.Hour), order(failedAgain(map[string]any{})), event("failed_delivery"), tap("Fri 16 Feb"),
	}, []string{deferredTo("2024-02-15"), deferredTo("2024-02-16")}, []string{asksDay, done, done}, []string{dayAccepted, dayAccepted}, nil, ""},
	{"a day that has come before the platform takes it", []move{
		resolutionsDown, tap(anotherDay), tap("Tomorrow, 14 Feb"), wait(20 * time.Hour), mended, wait(2 * time.Hour),
	}, nil, []string{asksDay, notDone}, []string{"Change delivery date: a person has to go on"}, []string{"action"}, ""},
	{"the order shows our own choice of the attempt before, and no event told of it", []move{
		tap(tryAgain), tap("No, send it"), wait(20 * time.Hour), order(failedAgain(map[string]any{"resolutionCode": "ACTF001"})), event("failed_delivery"), tap(cancelIt), tap("Yes, cancel it"),
	}, []string{again, cancelled}, []string{asks, done, confirms, done}, []string{tryAccepted, cancelAccepted}, nil, ""},
	{"an operator's try gives way to what was chosen since", []move{
		resolutionsDown, tap(tryAgain), tap("No, send it"), wait(23*time.Hour + 50*time.Minute), wait(20 * time.Minute), mended,
		order(failedAgain(map[string]any{})), event("failed_delivery"), tap(anotherDay), triedAgain, tap("Fri 16 Feb"),
	}, []string{deferredTo("2024-02-16")}, []string{asks, asksDay, done}, []string{tryUnanswered, tryReplaced, dayAccepted}, nil, stuckForADay},
	{"what is stuck outlives a question that comes to nothing", []move{
		resolutionsDown, tap(tryAgain), tap("No, send it"), wait(23*time.Hour + 50*time.Minute), wait(20 * time.Minute), mended, tap(cancelIt), tap("No, keep it"), triedAgain,
	}, []string{again}, []string{asks, confirms, keeps, done}, []string{tryUnanswered, "Cancel order: not done, the shopper keeps the order", tryAccepted}, nil, stuckForADay},
	{"what was told as being done is told as not done, whatever was said before", []move{
		say("Hello"), tap(tryAgain), order(status("delivered")), tap("No, send it"),
	}, nil, []string{standard, asks, "Your order has moved on"}, []string{tryGone}, nil, ""},
	{"not offered any more when it is submitted", []move{
		tap(tryAgain), order(offers("ACTF002", "ACTF003")), tap("No, send it"),
	}, nil, []string{asks, offered + "*Choose another day|Cancel the order"}, []string{"Request delivery attempt: not done, the order does not offer it"}, nil, ""},
}
