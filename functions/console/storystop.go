package console

import (
	"fmt"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/checks"
	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
	"github.com/eshopbox/whatsapp-notifications/shared/story"
)

// stop is one stop of an order's line.
type stop struct {
	// ID is the same each time the step is shown.
	ID string
	// Kind is its colour: ok, warn, bad, late, or empty.
	Kind string
	At   time.Time
	// Day stands for the time where only the day is known.
	Day string
	// What happened, in a few words; Badge is its outcome in one.
	What  string
	Badge string
	// About says which event and shipment it belongs to.
	About string
	// Words say more, and what can be done about it.
	Words checks.Words
	// Late says that the report came when the message was further on already.
	Late bool
	// More are facts in short.
	More []string
	// Checks are those of a decision. Message is the one whose request is shown with it.
	Checks  []checks.Check
	Message *story.Told
}

// stopsOf returns the stops of an order's line, the oldest first.
func stopsOf(w story.Whole) []stop {
	steps := make([]stop, 0, len(w.Entries))
	seen := map[string]int{}

	for _, e := range w.Entries {
		s := stopOf(w, e)
		s.At, s.Day = e.At, e.Day
		s.About = aboutOf(e)

		id := idOf(e)
		seen[id]++
		s.ID = fmt.Sprintf("%s-%d", id, seen[id])

		steps = append(steps, s)
	}

	return steps
}

// idOf names an entry, whatever others there are; two may have one name.
func idOf(e story.Entry) string {
	switch {
	case e.Report != nil:
		return fmt.Sprintf("s-%.12s-%d-%s", e.MessageID, e.Report.Attempt, e.Report.Status)
	case e.Attempt != nil:
		return fmt.Sprintf("s-%.12s-%d", e.MessageID, e.Attempt.Number)
	default:
		return fmt.Sprintf("s-%.12s-%s-%d", e.MessageID, e.Kind, e.At.Unix())
	}
}

// aboutOf says which event and shipment an entry belongs to.
func aboutOf(e story.Entry) string {
	var parts []string
	if e.Event != "" && e.Kind != story.Happened {
		parts = append(parts, page.EventLabel(e.Event))
	}
	if e.Shipment != "" {
		parts = append(parts, "shipment "+e.Shipment)
	}

	return strings.Join(parts, " · ")
}

// stopOf says what an entry is.
func stopOf(w story.Whole, e story.Entry) stop {
	switch e.Kind {
	case story.Happened:
		return stop{What: "The platform told: " + page.EventLabel(e.Event)}
	case story.Decided:
		return decisionStep(w, e)
	case story.Attempted:
		return attemptStep(w, e)
	case story.Reported:
		return reportStep(e)
	case story.GivenUp:
		return stop{Kind: "bad", What: "Given up", Words: checks.Status(message.StatusGivenUp)}
	case story.Replied:
		return replyStep(e.Reply)
	case story.Answered:
		return stop{What: "An answer to the shopper: " + page.Spelled(e.Answer.Purpose), More: []string{"It is free text within the 24 hours after the shopper wrote."}}
	case story.Acted:
		return actionStep(e.Action)
	case story.Revealed:
		return stop{What: "The number was shown to " + e.Reveal.By, More: []string{"Reason: " + e.Reveal.Reason}}
	case story.Charged:
		return chargeStep(w, e)
	default:
		return stop{What: page.Spelled(string(e.Kind))}
	}
}

func decisionStep(w story.Whole, e story.Entry) stop {
	s := stop{Words: e.Decision.Words}

	switch e.Decision.Outcome {
	case checks.Passed:
		s.Kind, s.What = "ok", "Decided to send"
	case checks.Waits:
		s.Kind, s.What = "warn", "Decided to wait"
	default:
		s.Kind, s.What = "bad", "Decided not to send"
	}

	if e.Decision.Settings > 0 {
		s.More = append(s.More, fmt.Sprintf("By version %d of the settings.", e.Decision.Settings))
	}

	for _, a := range w.Answers {
		if a.MessageID == e.MessageID && (e.MessageID != "" || a.Event == e.Event && a.Shipment == e.Shipment) {
			s.Checks = a.Checks
		}
	}

	return s
}

func attemptStep(w story.Whole, e story.Entry) stop {
	s := stop{Words: e.Attempt.Words}

	app := e.Attempt.AppID
	if known, ok := w.Account.App(app); ok {
		app = known.Name
	}

	for i, m := range w.Messages {
		if m.ID == e.MessageID {
			s.What = "Given to " + page.ProviderLabel(m.Provider)
			if m.Attempts == e.Attempt.Number {
				s.Message = &w.Messages[i]
			}
		}
	}

	if e.Attempt.Number > 1 {
		s.What += fmt.Sprintf(", attempt %d", e.Attempt.Number)
	}

	s.More = append(s.More, "Through the app "+app+".")
	if e.Attempt.PossibleDuplicate {
		s.More = append(s.More, "The attempt before may have arrived all the same.")
	}

	switch e.Attempt.Status {
	case message.StatusFailed:
		s.Kind, s.Badge = "bad", "Refused"
	case "":
		s.Kind, s.Badge = "warn", "No answer known yet"
	default:
		s.Kind, s.Badge = "ok", "Taken"
		s.Words = checks.Words{Sentence: "The provider took the message."}
	}

	return s
}

func reportStep(e story.Entry) stop {
	r := e.Report
	s := stop{What: "Reported: " + strings.ToLower(page.StatusWord(r.Status)), Kind: stepKind(r.Status), Words: r.Words, Late: r.Late}

	if r.Late {
		s.Kind, s.Words = "late", checks.Words{Sentence: "It came late and changed nothing: the message was further on already, or was ended."}
	}
	if r.Activity != "" {
		s.More = append(s.More, "Order activity at the platform: "+r.Activity+".")
	}

	return s
}

// stepKind is the colour of a report.
func stepKind(s message.Status) string {
	if kind := page.StatusKind(s); kind == "ok" || kind == "bad" || kind == "warn" {
		return kind
	}

	return ""
}

func replyStep(r *story.Reply) stop {
	s := stop{What: "The shopper wrote"}

	switch {
	case r.Tap && r.Label != "":
		s.What = "The shopper tapped “" + r.Label + "”"
	case r.Keyword != "":
		s.What = "The shopper wrote " + strings.ToUpper(r.Keyword)
	case r.Type != "" && r.Type != "text":
		s.What = "The shopper sent: " + page.Spelled(r.Type)
	}

	if !r.Tap {
		s.More = append(s.More, "What the shopper wrote is not shown here.")
	}

	return s
}

func actionStep(a *story.Action) stop {
	s := stop{What: "Action: " + a.Label(), Words: a.Words, Badge: a.State.Name()}

	switch a.State {
	case conversation.Accepted, conversation.Kept, conversation.Forwarded:
		s.Kind = "ok"
	case conversation.Refused, conversation.Late, conversation.Stuck, conversation.NotOffered, conversation.Overtaken:
		s.Kind = "bad"
	default:
		s.Kind = "warn"
	}

	if a.Date != "" {
		s.More = append(s.More, "For the day "+a.Date+".")
	}

	s.More = append(s.More, "Chosen "+map[story.Mode]string{
		story.OnWhatsApp: "on WhatsApp, by the shopper.",
		story.OnPortal:   "on the customer portal.",
		story.ByBot:      "by the brand's bot.",
	}[a.Mode])

	return s
}

// basisWords say what a charge rests on.
var basisWords = map[billing.Basis]string{
	billing.Told:         "The provider said that it charges this message.",
	billing.Free:         "The provider said that this message is free.",
	billing.Untold:       "The provider has not said yet whether it charges; the estimate stands.",
	billing.ByDelivery:   "The provider never says what it charges; what arrives is taken to be charged.",
	billing.ByAcceptance: "The provider never says what arrives; what it took is taken to be charged.",
}

func chargeStep(w story.Whole, e story.Entry) stop {
	s := stop{What: "Charged", Words: checks.Words{Sentence: basisWords[e.Charge.Basis]}}

	switch {
	case e.Charge.Basis == billing.Free:
		s.What = "Free of charge"
	case e.Charge.Price.Micros != 0:
		s.What = "Charged: " + price(e.Charge.Price)
	}

	if e.Charge.Category != "" {
		s.More = append(s.More, "As "+e.Charge.Category+".")
	}

	for _, m := range w.Messages {
		if m.ID == e.MessageID && m.Ownership == message.Client {
			s.More = append(s.More, "It went through the brand's own account, which its provider charges.")
		}
	}

	return s
}
