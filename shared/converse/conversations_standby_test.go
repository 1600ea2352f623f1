package converse_test

import (
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// toAssistant is a text that the shopper writes while an assistant holds the conversation.
func toAssistant(id, text string) move {
	return hear(provider.ReplyEvent{ID: id, Type: "text", Text: text}, true)
}

// pressed is a tap on a button of our newest answer, while an assistant holds the conversation.
func pressed(button string) move {
	return func(s *talker) {
		r := provider.ReplyEvent{ID: "in-5", Type: "interactive", Tap: true, Text: button}
		for _, m := range s.Messages() {
			if m.Session != nil {
				r.ContextIDs = m.AttemptAt(1).IDs
			}
		}

		hear(r, true)(s)
	}
}

// standbys are conversations that an assistant takes over once the shopper was asked something: an answer counts, and nothing is said to it.
var standbys = []conversationCase{
	{"an assistant takes over: a day", []move{tap(anotherDay), toAssistant("in-1", "19 Feb")}, []string{deferredTo("2024-02-19")}, []string{asksDay}, []string{"Change delivery date: accepted"}, nil, ""},
	{"an assistant takes over: no day", []move{tap(anotherDay), toAssistant("in-1", "soon"), wait(2 * time.Hour)}, nil, []string{asksDay}, []string{"Change delivery date: not done, the question was not answered"}, nil, ""},
	{"an assistant takes over: a note", []move{tap(tryAgain), toAssistant("in-1", "gate 2")}, []string{with(again, "gate 2", "")}, []string{asks}, []string{"Request delivery attempt: accepted"}, nil, ""},
	{"an assistant takes over: no answer", []move{tap(tryAgain), hear(provider.ReplyEvent{ID: "in-1", Type: "image"}, true), wait(11 * time.Minute)}, []string{again}, []string{asks}, []string{"Request delivery attempt: accepted"}, nil, ""},
	{"an assistant takes over: keep it", []move{tap(cancelIt), pressed("No, keep it")}, nil, []string{confirms}, []string{"Cancel order: not done, the shopper keeps the order"}, nil, ""},
	{"an assistant takes over: cancel it", []move{tap(cancelIt), pressed("Yes, cancel it"), toAssistant("in-6", "thanks")}, []string{cancelled}, []string{confirms}, []string{"Cancel order: accepted"}, nil, ""},
	{"an assistant takes over: a tap too late", []move{tap(tryAgain), tap("No, send it"), assisted(2)}, []string{again}, []string{asks, done}, []string{"Request delivery attempt: accepted", "Cancel order: not done, an earlier choice counts"}, nil, ""},
	{"an assistant takes over before the standard text goes out", []move{settings(officeHours("08:30", "11:00")), say("Hello"), toAssistant("in-1", "Hello?"), wait(17 * time.Hour), wait(time.Hour)}, nil, nil, nil, nil, ""},
	{"an assistant takes over before the question goes out", []move{refusingForNow, tap(cancelIt), mended, toAssistant("in-1", "Hello?"), wait(time.Hour)}, nil, nil, []string{"Cancel order" + needsPerson}, []string{"action"}, ""},
	{"an assistant gives back", []move{tap(anotherDay), toAssistant("in-1", "soon"), say("soon"), say("19 Feb")}, []string{deferredTo("2024-02-19")}, []string{asksDay, noDay, done}, []string{"Change delivery date: accepted"}, nil, ""},
}
