package converse_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// The buttons of the message about a failed delivery.
const (
	tryAgain   = "Try again"
	anotherDay = "Another day"
	cancelIt   = "Cancel the order"
	nobodyCame = "Nobody came"
)

// move is one thing that happens in a conversation.
type move func(s *talker)

func tap(button string) move {
	return func(s *talker) { s.does(simulator.Reply{Button: button}) }
}

func say(text string) move {
	return func(s *talker) { s.does(simulator.Reply{Text: text}) }
}

func send(kind string) move {
	return func(s *talker) { s.does(simulator.Reply{Kind: kind}) }
}

func wait(d time.Duration) move {
	return func(s *talker) { s.waits(d) }
}

// hear is a reply in our own words, for what no simulated phone says. Its sender is the shopper, unless it names one.
func hear(r provider.ReplyEvent, standby bool) move {
	return func(s *talker) {
		if r.From == "" && r.UserID == "" {
			r.From = rig.Shopper
		}

		s.Notice(s.Hooks, s.app(), provider.Event{Kind: provider.KindReply, At: s.Clock.Now().UnixMilli(), Standby: standby, Reply: &r})
		s.goesOn()
	}
}

// event is an event of the platform about the shipment, now.
func event(status string) move {
	return func(s *talker) {
		s.Hand(s.Hooks, s.EventData(s.eventNow(status)))
		s.goesOn()
	}
}

// eventNow returns an event of the platform about the shipment, which happens now.
func (s *talker) eventNow(status string) []byte {
	var envelope map[string]any

	at := ist(s.Clock.Now())
	s.Must(json.Unmarshal(s.Altered(func(subject map[string]any) {
		subject["status"], subject["status_updated_at"], subject["status_log"] = status, at, map[string]any{status: at}
	}), &envelope))

	envelope["eventSubType"] = status
	data, err := json.Marshal(envelope)
	s.Must(err)

	return data
}

func ist(t time.Time) string {
	return t.In(time.FixedZone("IST", 5*60*60+30*60)).Format("2006-01-02 15:04:05")
}

// order changes what the platform tells of the failed line of the order.
func order(change func(line map[string]any)) move {
	return func(s *talker) {
		data, err := testdata.Files.ReadFile("orders/51230077.json")
		s.Must(err)
		var doc map[string]any
		s.Must(json.Unmarshal(data, &doc))
		lines, _ := doc["items"].([]any)
		line, _ := lines[0].(map[string]any)
		change(line)
		data, err = json.Marshal(doc)
		s.Must(err)
		s.Sim.Platform().PutOrder("51230077", data)
	}
}

func status(word string) func(map[string]any) {
	return func(line map[string]any) { line["latestStatus"] = word }
}

func offers(codes ...string) func(map[string]any) {
	return func(line map[string]any) {
		var all []any
		for _, c := range codes {
			all = append(all, map[string]any{"resolutionCode": c, "action": "…"})
		}

		line["ndrDetails"] = map[string]any{"reason": "not reachable", "resolutions": all}
	}
}

func broken(f simulator.Fault) move { return func(s *talker) { s.Fault(f) } }

func mended(s *talker) { s.Sim.Faults().Clear() }

func settings(change func(*account.Account)) move {
	return func(s *talker) {
		s.ChangeAccount(change)
		s.waits(time.Minute)
	}
}

// conversationCase is a conversation, and what comes of it.
type conversationCase struct {
	name  string
	moves []move
	// took is what the platform took: code, and what went with it.
	took []string
	// told are the beginnings of what the shopper was answered, with buttons after a bar.
	told []string
	// shown are the ends of actions as the order's activity shows them.
	shown []string
	// forwarded are the kinds of what a person has to go on with.
	forwarded []string
	// logged is part of a line of the log.
	logged string
}

const (
	asks      = "Thank you. We will ask"
	asksToo   = "Sorry about that."
	asksDay   = "On which day"
	noDay     = "We could not read that"
	confirms  = "Shall we cancel"
	unclear   = "Please tap one"
	keeps     = "Fine, your order stays"
	done      = "Done:"
	notDone   = "We could not pass on"
	offered   = "This is not possible"
	late      = "Your earlier choice counts"
	again     = `ACTF001 DL0099887766`
	cancelled = `ACTF003 DL0099887766`
	disputed  = `ACTF004 DL0099887766`
)

func deferredTo(day string) string { return "ACTF002 DL0099887766 " + day }

func with(taken, landmark, notes string) string {
	return taken + " landmark=" + landmark + " notes=" + notes
}

// choices are the conversations in which the shopper chooses what can be chosen. It is Tuesday, 13 February, 15:30 in India.
var choices = []conversationCase{
	{"another attempt with a landmark", []move{tap(tryAgain), say("Near the water tank")}, []string{with(again, "Near the water tank", "")}, []string{asks, done}, []string{"Request delivery attempt: accepted"}, nil, ""},
	{"another attempt with a note", []move{tap(tryAgain), say("Please ring the bell")}, []string{with(again, "", "Please ring the bell")}, []string{asks, done}, []string{"Request delivery attempt: accepted"}, nil, ""},
	{"another attempt with another number", []move{tap(tryAgain), say("9000000009")}, []string{with(again, "", "Other number: +919000000009")}, []string{asks, done}, []string{"Request delivery attempt: accepted"}, nil, ""},
	{"another attempt, nothing to add", []move{tap(tryAgain), tap("No, send it")}, []string{again}, []string{asks, done}, []string{"Request delivery attempt: accepted"}, nil, ""},
	{"another attempt, no in words", []move{tap(tryAgain), say("nahi")}, []string{again}, []string{asks, done}, []string{"Request delivery attempt: accepted"}, nil, ""},
	{"another attempt, no answer", []move{tap(tryAgain), wait(11 * time.Minute)}, []string{again}, []string{asks, done}, []string{"Request delivery attempt: accepted"}, nil, ""},
	{"another attempt, not before ten minutes", []move{tap(tryAgain), wait(7 * time.Minute)}, nil, []string{asks}, nil, nil, ""},
	{"another attempt with a place", []move{tap(tryAgain), send("location")}, []string{with(again, "", "Location: *18.52")}, []string{asks, done}, []string{"Request delivery attempt: accepted"}, nil, ""},
	{"a picture is no answer", []move{tap(tryAgain), send("image"), say("Gate 2")}, []string{with(again, "Gate 2", "")}, []string{asks, standard, done}, []string{"Request delivery attempt: accepted"}, nil, ""},
	{"nobody came, with a note", []move{tap(nobodyCame), say("I was at home all day")}, []string{with(disputed, "", "I was at home all day")}, []string{asksToo, done}, []string{"Dispute failed attempt: accepted"}, nil, ""},
	{"nobody came, no answer", []move{tap(nobodyCame), wait(11 * time.Minute)}, []string{disputed}, []string{asksToo, done}, []string{"Dispute failed attempt: accepted"}, nil, ""},
	{"nobody came, nothing to add", []move{tap(nobodyCame), tap("No, send it")}, []string{disputed}, []string{asksToo, done}, []string{"Dispute failed attempt: accepted"}, nil, ""},
	{"a day of the list", []move{tap(anotherDay), tap("Tomorrow, 14 Feb")}, []string{deferredTo("2024-02-14")}, []string{asksDay, done}, []string{"Change delivery date: accepted"}, nil, ""},
	{"the last day of the list", []move{tap(anotherDay), tap("Fri 16 Feb")}, []string{deferredTo("2024-02-16")}, []string{asksDay, done}, []string{"Change delivery date: accepted"}, nil, ""},
	{"a typed day", []move{tap(anotherDay), say("19 Feb")}, []string{deferredTo("2024-02-19")}, []string{asksDay, done}, []string{"Change delivery date: accepted"}, nil, ""},
	{"a typed day in Hindi", []move{tap(anotherDay), say("परसों")}, []string{deferredTo("2024-02-15")}, []string{asksDay, done}, []string{"Change delivery date: accepted"}, nil, ""},
	{"a typed day as numbers", []move{tap(anotherDay), say("15/02")}, []string{deferredTo("2024-02-15")}, []string{asksDay, done}, []string{"Change delivery date: accepted"}, nil, ""},
	{"a typed weekday", []move{tap(anotherDay), say("Monday please")}, []string{deferredTo("2024-02-19")}, []string{asksDay, done}, []string{"Change delivery date: accepted"}, nil, ""},
	{"a typed day in a sentence", []move{tap(anotherDay), say("sunday ko bhejna, 5 baje ke baad")}, []string{deferredTo("2024-02-18")}, []string{asksDay, done}, []string{"Change delivery date: accepted"}, nil, ""},
	{"a typed day from today on", []move{tap(anotherDay), say("२ दिन बाद")}, []string{deferredTo("2024-02-15")}, []string{asksDay, done}, []string{"Change delivery date: accepted"}, nil, ""},
	{"a day that the shopper does not want", []move{tap(anotherDay), say("not on 16 Feb"), say("15 or 16 Feb"), tap("Thu 15 Feb")}, []string{deferredTo("2024-02-15")}, []string{asksDay, noDay, noDay, done}, []string{"Change delivery date: accepted"}, nil, ""},
	{"a day too far ahead, then another", []move{tap(anotherDay), say("1 March"), say("16-02-2024")}, []string{deferredTo("2024-02-16")}, []string{asksDay, noDay, done}, []string{"Change delivery date: accepted"}, nil, ""},
	{"today is no other day", []move{tap(anotherDay), say("13 Feb 2024"), tap("Tomorrow, 14 Feb")}, []string{deferredTo("2024-02-14")}, []string{asksDay, noDay, done}, []string{"Change delivery date: accepted"}, nil, ""},
	{"no day at all", []move{tap(anotherDay), say("soon"), wait(2 * time.Hour)}, nil, []string{asksDay, noDay}, []string{"Change delivery date: not done, the question was not answered"}, nil, ""},
	{"no answer about the day", []move{tap(anotherDay), wait(2 * time.Hour)}, nil, []string{asksDay}, []string{"Change delivery date: not done, the question was not answered"}, nil, ""},
	{"a day named late still counts", []move{tap(anotherDay), wait(3 * time.Hour), tap("Thu 15 Feb")}, []string{deferredTo("2024-02-15")}, []string{asksDay, done}, []string{"Change delivery date: not done, the question was not answered", "Change delivery date: accepted"}, nil, ""},
	{"cancelled", []move{tap(cancelIt), tap("Yes, cancel it")}, []string{cancelled}, []string{confirms, done}, []string{"Cancel order: accepted"}, nil, ""},
	{"cancelled in Hindi", []move{tap(cancelIt), say("haan ji")}, []string{cancelled}, []string{confirms, done}, []string{"Cancel order: accepted"}, nil, ""},
	{"not cancelled after all", []move{tap(cancelIt), tap("No, keep it")}, nil, []string{confirms, keeps}, []string{"Cancel order: not done, the shopper keeps the order"}, nil, ""},
	{"not cancelled, in words", []move{tap(cancelIt), say("No!")}, nil, []string{confirms, keeps}, []string{"Cancel order: not done, the shopper keeps the order"}, nil, ""},
	{"an unclear answer is asked about", []move{tap(cancelIt), say("hmm wait"), tap("Yes, cancel it")}, []string{cancelled}, []string{confirms, unclear, done}, []string{"Cancel order: accepted"}, nil, ""},
	{"no confirmation, no cancellation", []move{tap(cancelIt), wait(2 * time.Hour)}, nil, []string{confirms}, []string{"Cancel order: not done, the question was not answered"}, nil, ""},
	{"kept, and then cancelled", []move{tap(cancelIt), tap("No, keep it"), tap("Yes, cancel it")}, []string{cancelled}, []string{confirms, keeps, done}, []string{"Cancel order: not done, the shopper keeps the order", "Cancel order: accepted"}, nil, ""},
}

// exceptions are the exceptional cases of a conversation.
var exceptions = []conversationCase{
	{"what is not offered is answered with what is", []move{order(offers("ACTF001", "ACTF003")), tap(nobodyCame)}, nil, []string{offered + "*Try again|Cancel the order"}, []string{"Dispute failed attempt: not done, the order does not offer it"}, nil, ""},
	{"a tap on what is offered instead", []move{order(offers("ACTF001", "ACTF002")), tap(nobodyCame), tap("Choose another day"), tap("Tomorrow, 14 Feb")}, []string{deferredTo("2024-02-14")}, []string{offered, asksDay, done}, []string{"Dispute failed attempt: not done, the order does not offer it", "Change delivery date: accepted"}, nil, ""},
	{"nothing is offered", []move{order(offers()), tap(tryAgain)}, nil, []string{standard}, []string{"Request delivery attempt: not done, the order does not offer it"}, nil, ""},
	{"the order is delivered by now", []move{order(status("delivered")), tap(tryAgain)}, nil, []string{standard}, []string{"Request delivery attempt: not done, the order has moved on"}, nil, ""},
	{"the order is delivered by its events", []move{event("delivered"), tap(tryAgain)}, nil, []string{standard}, []string{"Request delivery attempt: not done, the order has moved on"}, nil, ""},
	{"the order is delivered, and no standard text is wanted", []move{settings(func(a *account.Account) { a.Unexpected.Enabled = false }), order(status("delivered")), tap(tryAgain), tap(tryAgain)}, nil, []string{"Your order has moved on"}, []string{"Request delivery attempt: not done, the order has moved on", "Request delivery attempt: not done, the order has moved on"}, nil, ""},
	{"the same question is asked once", []move{func(s *talker) {
		for range 3 {
			if _, err := s.Sim.Phones().Reply(rig.Shopper, simulator.Reply{Button: cancelIt}); err != nil {
				s.T.Fatal(err)
			}

			s.Clock.Advance(70 * time.Second) // Kaleyra names no id in one of its forms: what is said again in the same minute is the same
		}

		s.goesOn()
	}, tap("Yes, cancel it")}, []string{cancelled}, []string{confirms, done}, []string{"Cancel order: not done, an earlier choice counts", "Cancel order: not done, an earlier choice counts", "Cancel order: accepted"}, nil, ""},
	{"a picture where a day is asked", []move{tap(anotherDay), send("image"), tap("Tomorrow, 14 Feb")}, []string{deferredTo("2024-02-14")}, []string{asksDay, noDay, "Done: delivery on Wed 14 Feb"}, []string{"Change delivery date: accepted"}, nil, ""},
	{"an action in doubt is none on a newer attempt", []move{
		tap(tryAgain), broken(simulator.Fault{System: "platform", Path: "/ndrResolution", Mode: "html_502_after", Times: 1}), tap("No, send it"),
		order(status("failed_delivery")), event("failed_delivery"), wait(5 * time.Minute),
	}, []string{again}, []string{asks, standard}, []string{"Request delivery attempt: *"}, nil, ""},
	{"the order is gone", []move{func(s *talker) { s.Sim.Platform().RemoveOrder("51230077") }, tap(tryAgain)}, nil, []string{standard}, []string{"Request delivery attempt: not done, the order has moved on"}, nil, ""},
	{"the same again", []move{tap(tryAgain), tap("No, send it"), tap(tryAgain)}, []string{again}, []string{asks, done, late}, []string{"Request delivery attempt: accepted", "Request delivery attempt: not done, an earlier choice counts"}, nil, ""},
	{"another choice after the first was passed on", []move{tap(tryAgain), tap("No, send it"), tap(cancelIt)}, []string{again}, []string{asks, done, late}, []string{"Request delivery attempt: accepted", "Cancel order: not done, an earlier choice counts"}, nil, ""},
	{"another attempt counts at once", []move{tap(tryAgain), tap(cancelIt), wait(11 * time.Minute)}, []string{again}, []string{asks, late, done}, []string{"Cancel order: not done, an earlier choice counts", "Request delivery attempt: accepted"}, nil, ""},
	{"a cancellation that was not confirmed gives way", []move{tap(cancelIt), tap(tryAgain), tap("No, send it")}, []string{again}, []string{confirms, asks, done}, []string{"Cancel order: not done, another choice followed", "Request delivery attempt: accepted"}, nil, ""},
	{"a day that was not named gives way", []move{tap(anotherDay), tap(cancelIt), tap("Yes, cancel it")}, []string{cancelled}, []string{asksDay, confirms, done}, []string{"Change delivery date: not done, another choice followed", "Cancel order: accepted"}, nil, ""},
	{"a confirmation after another choice", []move{tap(cancelIt), tap(tryAgain), tap("No, send it"), tap("Yes, cancel it")}, []string{again}, []string{confirms, asks, done, late}, []string{"Cancel order: not done, another choice followed", "Request delivery attempt: accepted"}, nil, ""},
	{"the portal was first", []move{event("ndr_resolution_submitted"), tap(tryAgain)}, nil, []string{standard}, []string{"Request delivery attempt: not done, the order has moved on"}, nil, ""},
	{"the portal was first, as the order tells", []move{order(func(l map[string]any) { l["ndrResolutionDetails"] = map[string]any{"resolutionCode": "ACTF002"} }), tap(tryAgain)}, nil, []string{standard}, []string{"Request delivery attempt: not done, the order has moved on"}, nil, ""},
	{"the portal is faster than the answer", []move{tap(tryAgain), event("ndr_resolution_submitted"), tap("No, send it")}, nil, []string{asks, standard}, []string{"Request delivery attempt: not done, the order has moved on"}, nil, ""},
	{"a text", []move{say("Where is my parcel?")}, nil, []string{standard + "*Try again|Choose another day|Cancel the order"}, nil, nil, ""},
	{"a text, and a tap below its answer", []move{say("Where is my parcel?"), tap("Cancel the order"), tap("Yes, cancel it")}, []string{cancelled}, []string{standard, confirms, done}, []string{"Cancel order: accepted"}, nil, ""},
	{"an image", []move{send("image")}, nil, []string{standard}, nil, nil, ""},
	{"a document", []move{send("document")}, nil, []string{standard}, nil, nil, ""},
	{"a place", []move{send("location")}, nil, []string{standard}, nil, nil, ""},
	{"two texts in an hour", []move{say("Hello"), say("Hello?"), wait(61 * time.Minute), say("Anybody?")}, nil, []string{standard, standard}, nil, nil, ""},
	{"no standard text is wanted", []move{settings(func(a *account.Account) { a.Unexpected.Enabled = false }), say("Hello")}, nil, nil, nil, nil, ""},
	{"the standard text waits for the morning", []move{settings(officeHours("09:00", "12:00")), say("Hello"), wait(17 * time.Hour), wait(time.Hour)}, nil, []string{standard}, nil, nil, ""},
	{"the standard text does not come at night", []move{settings(officeHours("09:00", "12:00")), say("Hello"), wait(10 * time.Hour)}, nil, nil, nil, nil, ""},
	{"nobody works within a day", []move{settings(func(a *account.Account) {
		a.Unexpected.Hours = &account.Hours{From: "09:00", To: "12:00", Days: []string{"monday"}}
	}), say("Hello"), wait(25 * time.Hour)}, nil, nil, nil, nil, ""},
	{"actions are taken at any hour", []move{settings(officeHours("09:00", "12:00")), tap(tryAgain), tap("No, send it")}, []string{again}, []string{asks, done}, []string{"Request delivery attempt: accepted"}, nil, ""},
	{"STOP is no conversation", []move{say("STOP")}, nil, nil, nil, nil, ""},
	{"who wants no messages gets no standard text", []move{say("STOP"), wait(time.Minute), say("Hello")}, nil, nil, nil, nil, ""},
	{"who wants no messages can still choose", []move{say("STOP"), wait(time.Minute), tap(tryAgain), tap("No, send it")}, []string{again}, []string{asks, done}, []string{"Request delivery attempt: accepted"}, nil, ""},
}

func officeHours(from, to string) func(*account.Account) {
	return func(a *account.Account) {
		a.Unexpected.Hours = &account.Hours{From: from, To: to, Days: []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}}
	}
}

// failures are what goes wrong between us and others.
var failures = []conversationCase{
	{"the platform tells no order for a while", []move{broken(simulator.Fault{System: "platform", Path: "51230077", Mode: "unavailable"}), tap(tryAgain), wait(time.Minute), mended, wait(15 * time.Minute), wait(11 * time.Minute)}, []string{again}, []string{asks, done}, []string{"Request delivery attempt: accepted"}, nil, ""},
	{"the platform takes no actions for a while", []move{broken(simulator.Fault{System: "platform", Path: "/ndrResolution", Mode: "unavailable"}), tap(tryAgain), tap("No, send it"), wait(5 * time.Minute), mended, wait(15 * time.Minute)}, []string{again}, []string{asks, done}, []string{"Request delivery attempt: accepted"}, nil, ""},
	{"the platform refuses the action", []move{broken(simulator.Fault{System: "platform", Path: "/ndrResolution", Mode: "refuse"}), tap(tryAgain), tap("No, send it")}, nil, []string{asks, notDone}, []string{"Request delivery attempt: not done, the platform refused it"}, nil, ""},
	{"the platform gives no answer for a day", []move{broken(simulator.Fault{System: "platform", Path: "/ndrResolution", Mode: "unavailable"}), tap(tryAgain), tap("No, send it"), wait(23*time.Hour + 50*time.Minute), wait(20 * time.Minute)}, nil, []string{asks}, []string{"Request delivery attempt: not done, the platform gave no answer"}, nil, "could not be submitted for a day"},
	{"the platform tells no order for a day", []move{broken(simulator.Fault{System: "platform", Path: "51230077", Mode: "unavailable"}), tap(tryAgain), wait(23*time.Hour + 50*time.Minute), wait(20 * time.Minute)}, nil, nil, []string{"Request delivery attempt: not done, the platform gave no answer"}, nil, "could not be submitted for a day"},
}

// forms are replies in the forms that providers have for them, in our own words.
var forms = []conversationCase{
	{"a tap without a payload", []move{answering(provider.ReplyEvent{ID: "in-1", Type: "button", Tap: true, Text: "Try again"}), wait(11 * time.Minute)}, []string{again}, []string{asks, done}, []string{"Request delivery attempt: accepted"}, nil, ""},
	{"a tap without payload and message", []move{hear(provider.ReplyEvent{ID: "in-1", Type: "button", Tap: true, Text: "Try again"}, false), wait(11 * time.Minute)}, []string{again}, []string{asks, done}, []string{"Request delivery attempt: accepted"}, nil, ""},
	{"a tap on a button of somebody else's", []move{hear(provider.ReplyEvent{ID: "in-1", Type: "button", Tap: true, Text: "Track my parcel", Postback: "track"}, false)}, nil, nil, nil, nil, ""},
	{"a choice of a list", []move{answering(provider.ReplyEvent{ID: "in-1", Type: "interactive", Text: "Try again", Postback: "row-1"}), wait(11 * time.Minute)}, []string{again}, []string{asks, done}, []string{"Request delivery attempt: accepted"}, nil, ""},
	{"a forged payload", []move{forging(func(p string) string {
		return p[:len(p)-3] + string("10"[strings.Count(p[len(p)-3:len(p)-2], "1")]) + ":0"
	})}, nil, nil, nil, nil, ""},
	{"a forged message", []move{forging(func(p string) string { return string("10"[strings.Count(p[:1], "1")]) + p[1:] })}, nil, nil, nil, nil, ""},
	{"a payload from another number", []move{func(s *talker) {
		hear(provider.ReplyEvent{ID: "in-1", From: "919000000099", Type: "button", Tap: true, Text: "Try again", Postback: s.payload(0)}, false)(s)
	}}, nil, nil, nil, nil, ""},
	{"a message that was passed on to another number", []move{func(s *talker) {
		hear(provider.ReplyEvent{ID: "in-1", From: "919000000099", Type: "button", Tap: true, Text: "Try again", ContextIDs: s.Messages()[0].AttemptAt(1).IDs}, false)(s)
		s.compare("another phone", []string{standard}, s.answersTo("919000000099"))
	}}, nil, nil, nil, nil, ""},
	{"a shopper who hides the number", []move{func(s *talker) {
		hear(provider.ReplyEvent{ID: "in-1", UserID: s.Messages()[0].UserID, Type: "button", Tap: true, Text: "Try again", Postback: s.payload(0)}, false)(s)
	}, wait(11 * time.Minute)}, []string{again}, []string{asks, done}, []string{"Request delivery attempt: accepted"}, nil, ""},
	{"an assistant answers: another attempt", []move{assisted(0)}, []string{again}, nil, []string{"Request delivery attempt: accepted"}, nil, ""},
	{"an assistant answers: nobody came", []move{assisted(3)}, []string{disputed}, nil, []string{"Dispute failed attempt: accepted"}, nil, ""},
	{"an assistant answers: another day", []move{assisted(1)}, nil, nil, []string{"Change delivery date: a person has to go on"}, []string{"action"}, ""},
	{"an assistant answers: cancel", []move{assisted(2)}, nil, nil, []string{"Cancel order: a person has to go on"}, []string{"action"}, ""},
	{"an assistant answers: a text", []move{hear(provider.ReplyEvent{ID: "in-1", Type: "text", Text: "Hello"}, true)}, nil, nil, nil, nil, ""},
	{"a reaction", []move{hear(provider.ReplyEvent{ID: "in-1", Type: "reaction"}, false)}, nil, []string{standard}, nil, nil, ""},
	{"a question about a product", []move{hear(provider.ReplyEvent{ID: "in-1", Type: "text", Text: "Is it vegan?", Content: json.RawMessage(`{"referred_product":{"catalog_id":"c1","product_retailer_id":"SOAP-3"}}`)}, false)}, nil, []string{standard}, nil, []string{"product_question"}, ""},
	{"a cart", []move{hear(provider.ReplyEvent{ID: "in-1", Type: "order", Content: json.RawMessage(`{"catalog_id":"c1","product_items":[{"product_retailer_id":"SOAP-3","quantity":2,"item_price":149.5,"currency":"INR"}]}`)}, false)}, nil, []string{standard}, nil, []string{"order"}, ""},
	{"somebody whom nobody knows", []move{hear(provider.ReplyEvent{ID: "in-1", From: "919000000077", Type: "text", Text: "Hello"}, false), func(s *talker) {
		s.compare("another phone", []string{standard}, s.answersTo("919000000077"))
	}}, nil, nil, nil, nil, ""},
	{"a tap that is told a day late", []move{wait(25 * time.Hour), func(s *talker) {
		s.Notice(s.Hooks, s.app(), provider.Event{Kind: provider.KindReply, At: s.Clock.Now().Add(-25 * time.Hour).UnixMilli(), Reply: &provider.ReplyEvent{
			ID: "in-1", From: rig.Shopper, Type: "button", Tap: true, Text: "Try again", Postback: s.payload(0),
		}})
		s.goesOn()
	}}, []string{again}, nil, []string{"Request delivery attempt: accepted"}, nil, ""},
}

// answering is a reply to the message about the failed delivery, as providers say which message that is.
func answering(r provider.ReplyEvent) move {
	return func(s *talker) {
		r.ContextIDs = s.Messages()[0].AttemptAt(1).IDs
		hear(r, false)(s)
	}
}

// assisted is a tap on the button of an index of the message about the failed delivery, while an assistant holds the conversation.
func assisted(index int) move {
	return func(s *talker) {
		hear(provider.ReplyEvent{ID: "in-1", Type: "button", Tap: true, Text: "…", Postback: s.payload(index)}, true)(s)
	}
}

// forging is a tap with a payload that was changed.
func forging(change func(string) string) move {
	return func(s *talker) {
		hear(provider.ReplyEvent{
			ID: "in-1", Type: "button", Tap: true, Text: "Try again", Postback: change(s.payload(0)), ContextIDs: s.Messages()[0].AttemptAt(1).IDs,
		}, false)(s)
	}
}

// payload returns what the button of an index of the failed delivery's message sends back.
func (s *talker) payload(index int) string { return s.payloadOf(s.Messages()[0], index) }

// payloadOf returns what the button of an index of a message sends back.
func (s *talker) payloadOf(m message.Message, index int) string {
	keys, err := s.Parts.Keys(s.T.Context())
	s.Must(err)

	return provider.Postback(keys.Reference.Seal(s.Vendor.AppID(), message.Ref{MessageID: m.ID, Attempt: 1}), index)
}

// app is the webhook of the brand's app.
func (s *talker) app() store.Webhook {
	w := store.Webhook{Provider: s.provider, AppID: s.Vendor.AppID(), AccountID: rig.BrandID}
	if s.shared {
		w.AccountID = ""
	}

	return w
}

// TestConversations holds each conversation, at each provider.
func TestConversations(t *testing.T) {
	t.Parallel()

	for _, name := range []string{gupshup.Name, meta.Name, kaleyra.Name} {
		for _, tc := range slices.Concat(choices, exceptions, failures, forms, attempts, unsent, standbys, truths) {
			t.Run(name+"/"+strings.ReplaceAll(tc.name, " ", "_"), func(t *testing.T) {
				t.Parallel()
				tc.check(t, name)
			})
		}
	}
}

func (tc conversationCase) check(t *testing.T, name string) {
	t.Helper()

	s := newTalker(t, rig.Options{Provider: name, Buttons: []string{tryAgain, anotherDay, cancelIt, nobodyCame}})
	s.provider = name

	for _, m := range tc.moves {
		m(s)
	}

	s.compare("took", tc.took, s.resolutions())
	s.compare("told", tc.told, s.answers())
	s.compare("shown", tc.shown, s.ends())
	s.compare("forwarded", tc.forwarded, s.forwarded())

	if !strings.Contains(s.Logs.String(), tc.logged) {
		t.Errorf("the log has no %q", tc.logged)
	}
	if errors := strings.Count(s.Logs.String(), `"level":"ERROR"`); tc.logged == "" && errors > 0 {
		t.Errorf("the log has %d errors: %s", errors, s.Logs)
	}
}

// compare compares what happened with what should have: each begins as it should, and goes on with what stands behind a star.
func (s *talker) compare(what string, want, got []string) {
	s.T.Helper()

	fits := func(got, want string) bool {
		begin, rest, _ := strings.Cut(want, "*")
		return strings.HasPrefix(got, begin) && strings.Contains(got, rest)
	}
	if !slices.EqualFunc(got, want, fits) {
		s.T.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// ends are the ends of actions that the order's activity shows.
func (s *talker) ends() []string {
	return slices.DeleteFunc(s.actions(), func(a string) bool { return !strings.Contains(a, ": ") || strings.HasPrefix(a, "Answered") })
}

// forwarded are the kinds of what was published for a person.
func (s *talker) forwarded() []string {
	var ids, kinds []string
	for _, m := range s.Published(world.CustomerMessages) {
		if id := m.GetAttributes()["id"]; !slices.Contains(ids, id) {
			ids, kinds = append(ids, id), append(kinds, m.GetAttributes()["kind"])
		}
	}

	return kinds
}
