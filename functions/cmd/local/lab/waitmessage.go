package lab

import (
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/checks"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
)

// waitOf returns what a message waits for; false if nothing more is to be done with it. a is its account, and reports says that its provider
// reports what becomes of messages.
func waitOf(m message.Message, a account.Account, reports bool) (Wait, bool) {
	if m.Recorded() {
		return Wait{}, false
	}

	w := Wait{Until: m.Due}

	switch m.Phase {
	case message.Claimed:
		w.What = "the answer of " + page.ProviderLabel(m.Provider) + ", or a report of the delivery"
		w.Why = "a worker has the message until then; if no answer is recorded by then, such as of one that has died, the message is in doubt"
		w.Until = m.LeaseUntil
	case message.InDoubt:
		w = doubtOf(m, reports)
	case message.Waiting:
		w = nextTryOf(m)
	case message.Held:
		w = holdOf(m, a)
	case message.GivenUp:
		if m.Due.IsZero() {
			return Wait{}, false
		}

		w.What = "a late report of the delivery, or a person who has it sent once more"
		w.Why = "the provider may have taken the message, and nothing has told so far; its event is kept until then"
	default:
		return Wait{}, false
	}

	w.About = page.EventLabel(m.Event)

	return w, true
}

// doubtOf returns what a message in doubt waits for.
func doubtOf(m message.Message, reports bool) Wait {
	const lost = "the provider may have taken the message, and its answer was lost; "

	vendor := page.ProviderLabel(m.Provider)
	w := Wait{What: "a report of the delivery by " + vendor, Until: m.Due}
	if reports {
		w.Why = lost + "a report until then settles it; sweep has it sent once more only if none has come by then and " + vendor + "'s reports do arrive"
	} else {
		w.Why = lost + vendor + " reports nothing, so it is given up then"
	}

	return w
}

// waited are what messages wait for, by the word that explains it; what is not among them waits for its next try.
var waited = map[string]string{
	string(checks.QuietHours):        "the end of the quiet hours",
	string(checks.Turn):              "the other message to the same shopper",
	string(checks.Place):             "a free place at the app",
	string(checks.Rate):              "room in the app's rate",
	string(checks.Order):             "the order from the order platform",
	string(checks.Answers):           "an answer of the provider",
	string(checks.Copy):              "the template's text from the provider",
	string(message.SilenceIgnored):   "its new attempt, which a person asked for",
	string(message.ClassThrottled):   "the next try, as soon as the provider allows it",
	string(message.StatusWaiting):    "its next try",
	string(message.SilenceQuiet):     "its new attempt",
	string(message.SilenceWitnessed): "its new attempt",
}

// nextTryOf returns what a message waits for that is to be decided on again.
func nextTryOf(m message.Message) Wait {
	e := checks.Explain(m, nil)

	if m.Ticket != "" {
		return Wait{
			What:  "a worker for its event, which sweep has published again",
			Why:   plain(e.Sentence),
			Until: m.Due,
		}
	}

	what, known := waited[e.Because]
	if !known {
		what = "its next try"
	}

	return Wait{What: what, Why: plain(e.Sentence), Until: m.Due}
}

// holdOf returns what a message waits for whose app or template cannot be used.
func holdOf(m message.Message, a account.Account) Wait {
	id := m.AppID
	if m.Attempt == 0 {
		id = a.Sender // bound to no app yet
	}

	app, template := a.Apps[id].Health, a.TemplateHealth(m.Event)
	vendor := page.ProviderLabel(a.Apps[id].Provider)
	w := Wait{What: "its app at " + vendor, Why: plain(checks.Explain(m, nil).Sentence), Until: m.Due}

	switch {
	case app.NotAnswering():
		w.What, w.Why = "an answer of "+vendor+", for which one message tries at a time", plain(checks.OfCause(app.Reason).Sentence)
		w.Until = later(m.Due, app.RetryAt)
	case !app.Healthy():
		w.Why = plain(checks.OfCause(app.Reason).Sentence)
	case !template.Healthy():
		w.What, w.Why = "its template at "+vendor, plain(checks.OfCause(template.Reason).Sentence)
	default:
	}

	return w
}

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// plain returns a sentence to go on in a list: without its dot.
func plain(sentence string) string { return strings.TrimSuffix(sentence, ".") }
