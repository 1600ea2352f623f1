package checks

import (
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// Name names a check.
type Name string

// The checks.
const (
	// Event: the account has switched the event on.
	Event Name = "event"
	// Sender: the account has an app to send with.
	Sender Name = "sender"
	// Provider: the app's provider can tell the event.
	Provider Name = "provider"
	// Attempt: the courier has tried to deliver, of a failed delivery.
	Attempt Name = "attempt"
	// NumberKnown: the shopper's number need not be asked for first.
	NumberKnown Name = "number_known"
	// Content: there is something to say, and the provider can say it.
	Content Name = "content"
	// Number: there is a number, and it is one.
	Number Name = "number"
	// Consent: the shopper agreed to be written to.
	Consent Name = "consent"
	// News: the shipment has not moved on.
	News Name = "news"
	// Age: the event is not too old.
	Age Name = "age"
	// QuietHours: the shopper may be written to at this hour.
	QuietHours Name = "quiet_hours"
	// Spending: the account may spend what the message is expected to cost.
	Spending Name = "spending"
	// App: the app can send.
	App Name = "app"
	// Template: the template can be sent.
	Template Name = "template"
	// Place: the app has a place for one more message.
	Place Name = "place"
	// Answers: the provider answers, as the message was to find out.
	Answers Name = "answers"
	// Copy: the copy of the template could be read.
	Copy Name = "copy"
	// Order: the order could be read, as far as the message needs it.
	Order Name = "order"
	// Tries: the message was not brought back too often.
	Tries Name = "tries"
	// Told: the provider was not told the same before.
	Told Name = "told"
	// Turn: no other message to the shopper is on its way.
	Turn Name = "turn"
	// Rate: the app's rate allows one more message.
	Rate Name = "rate"
	// Request: the provider's request could be made.
	Request Name = "request"
)

// check is one line of the table.
type check struct {
	name     Name
	question string
	// judge returns how the check ends, and why if it fails.
	judge func(message.Grounds) (Outcome, message.Reason)
	// value returns what the check saw.
	value func(Facts) string
}

// table has all checks in the order in which they are asked. The order counts: the first that is not passed decides.
var table = [...]check{
	{Event, "Is the event switched on?", refusedAs(message.EventOff), eventValue},
	{Sender, "Does the account have a sender?", refusedAs(message.NoSender), senderValue},
	{Provider, "Can the sender's provider tell this event?", refusedAs(message.UnsupportedByProvider), providerValue},
	{Attempt, "Has the courier tried to deliver?", refusedAs(message.NoAttempt), attemptValue},
	{NumberKnown, "Is the shopper's number known?", judgeNumberKnown, numberKnownValue},
	{Content, "Is there something to say?", judgeContent, contentValue},
	{Number, "Is there a telephone number that can be read?", judgeNumber, numberValue},
	{Consent, "Has the shopper agreed to be written to?", judgeConsent, consentValue},
	{News, "Is it still news?", judgeNews, newsValue},
	{Age, "Is the event young enough?", judgeAge, ageValue},
	{QuietHours, "May the shopper be written to at this hour?", judgeQuietHours, quietHoursValue},
	{Spending, "May the account spend what it costs?", judgeSpending, spendingValue},
	{App, "Can the app send?", judgeApp, appValue},
	{Template, "Can the template be sent?", judgeTemplate, templateValue},
	{Place, "Does the app have a place for one more message?", judgePlace, placeValue},
	{Answers, "Does the provider answer?", judgeAnswers, answersValue},
	{Copy, "Could the template be read?", judgeCopy, copyValue},
	{Order, "Could the order be read, as far as it was needed?", judgeOrder, orderValue},
	{Tries, "May it be tried once more?", judgeTries, triesValue},
	{Told, "Is it new to the provider?", judgeTold, toldValue},
	{Turn, "Is no other message to the shopper on its way?", judgeTurn, turnValue},
	{Rate, "Does the app's rate allow one more?", judgeRate, rateValue},
	{Request, "Can it be written as the provider wants it?", judgeRequest, requestValue},
}

// refusedAs returns the judge of a check that is about one reason of those that [message.Grounds.Refusal] may have.
func refusedAs(reason message.Reason) func(message.Grounds) (Outcome, message.Reason) {
	return func(g message.Grounds) (Outcome, message.Reason) {
		if g.Refusal != reason {
			return Passed, ""
		}

		return Failed, reason
	}
}

// failIf fails a check for the reason, if there is one.
func failIf(reason message.Reason) (Outcome, message.Reason) {
	if reason == "" {
		return Passed, ""
	}

	return Failed, reason
}

// waitIf has a message wait that may be brought back once more. Such a wait counts as a try, so that it ends.
func waitIf(g message.Grounds, waits bool) (Outcome, message.Reason) {
	switch {
	case waits && g.Exhausted:
		return Failed, message.Limit
	case waits:
		return Waits, ""
	default:
		return Passed, ""
	}
}

// waitFreely has a message wait for others, not because of itself: it counts as no try.
func waitFreely(waits bool) (Outcome, message.Reason) {
	if waits {
		return Waits, ""
	}

	return Passed, ""
}

// judgeNumberKnown has a message wait whose number only the order platform knows, or which was not asked yet since the app has no place. In
// quiet hours it is not asked either: the message waits for their end, which is asked about later.
func judgeNumberKnown(g message.Grounds) (Outcome, message.Reason) {
	switch {
	case g.NoNumber != message.NoPhone, g.QuietUntil != 0:
		return Passed, ""
	case g.Turn:
		return Waits, ""
	default:
		return waitIf(g, g.Lacking)
	}
}

func judgeContent(g message.Grounds) (Outcome, message.Reason) { return failIf(g.Unsayable) }

func judgeNumber(g message.Grounds) (Outcome, message.Reason) {
	if g.NoNumber == message.NoPhone && g.QuietUntil != 0 {
		return Passed, "" // it is looked up when they end
	}

	return failIf(g.NoNumber)
}

func judgeConsent(g message.Grounds) (Outcome, message.Reason) { return failIf(g.Unwanted) }

func judgeNews(g message.Grounds) (Outcome, message.Reason) {
	return failFor(g.Overtaken != "", message.Superseded)
}

func judgeAge(g message.Grounds) (Outcome, message.Reason) {
	return failFor(g.Limit > 0 && g.Age > g.Limit, message.Expired)
}

// judgeQuietHours comes after all that ends a message, so that nothing waits in vain that is known to be refused. What the account may
// spend is looked at when they end, since that may be another day.
func judgeQuietHours(g message.Grounds) (Outcome, message.Reason) {
	if g.QuietUntil != 0 {
		return Waits, message.QuietHours
	}

	return Passed, ""
}

func judgeSpending(g message.Grounds) (Outcome, message.Reason) {
	return failFor(g.Overspent, message.SpendingLimit)
}

func judgeApp(g message.Grounds) (Outcome, message.Reason) { return waitIf(g, g.App != "") }

func judgeTemplate(g message.Grounds) (Outcome, message.Reason) { return waitIf(g, g.Template != "") }

func judgePlace(g message.Grounds) (Outcome, message.Reason) { return waitFreely(g.Turn) }

func judgeAnswers(g message.Grounds) (Outcome, message.Reason) { return waitFreely(g.Vain) }

func judgeCopy(g message.Grounds) (Outcome, message.Reason) { return waitIf(g, g.Unread) }

func judgeOrder(g message.Grounds) (Outcome, message.Reason) { return waitIf(g, g.Lacking) }

func judgeTries(g message.Grounds) (Outcome, message.Reason) {
	return failFor(g.Exhausted, message.Limit)
}

func judgeTold(g message.Grounds) (Outcome, message.Reason) {
	return failFor(g.Told, message.AlreadyTold)
}

func judgeTurn(g message.Grounds) (Outcome, message.Reason) { return waitFreely(g.InFlight) }

func judgeRate(g message.Grounds) (Outcome, message.Reason) { return waitFreely(g.NoToken) }

func judgeRequest(g message.Grounds) (Outcome, message.Reason) { return failIf(g.Unbuilt) }

// failFor fails a check for the reason if it fails.
func failFor(fails bool, reason message.Reason) (Outcome, message.Reason) {
	if fails {
		return Failed, reason
	}

	return Passed, ""
}
