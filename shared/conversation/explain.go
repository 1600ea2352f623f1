package conversation

import (
	"cmp"
	"strings"
)

// Why says in one word why an action is not done.
type Why string

// Why an action is not done.
const (
	WhyNoOrder    Why = "no_order"         // the platform has no such order
	WhyResolved   Why = "resolved"         // the attempt has an action that was made elsewhere
	WhyMovedOn    Why = "moved_on"         // the order is no longer in failed delivery, or failed once more while it was in doubt
	WhyNotOffered Why = "not_offered"      // the order does not offer it
	WhyCannotAsk  Why = "cannot_ask"       // the shopper could not be asked
	WhyRepeated   Why = "repeated"         // the same was chosen before, and its question stands
	WhyReplaced   Why = "replaced"         // the shopper chose something else
	WhyLate       Why = "late"             // an earlier choice counts
	WhyKept       Why = "kept"             // the shopper did not confirm it
	WhyUnanswered Why = "unanswered"       // the shopper did not answer the question
	WhyDeclined   Why = "platform_refused" // the platform will not take it
	WhyDayOver    Why = "day_over"         // the day that the shopper named had come before the platform took it
	WhyNoAnswer   Why = "no_answer"        // the platform gave no answer for a day
)

// phrase says to a person how far an action is, and what there is to be done. One for why comes before the one for the state.
type phrase struct{ sentence, advice string }

const noAdvice = "Nothing needs to be done."

var stateWords = map[State]phrase{
	Chosen:     {"The shopper has chosen it; the order is about to be asked whether it offers it.", "Wait: it goes on by itself."},
	Asked:      {"The shopper was asked for what is missing.", "Wait: it goes on with the answer, or when the time for one is over."},
	Ready:      {"It is about to be submitted to the order platform, which did not take it yet.", "Wait: it is tried again by itself for a day."},
	Submitting: {"It is being submitted to the order platform.", "Wait: if no answer was recorded, the order is asked after a while."},
	Accepted:   {"The order platform has taken it.", noAdvice},
	Refused:    {"The order platform does not take it.", "Act on the order in the portal."},
	Stuck:      {"The order platform gave no answer for a day.", "See whether the platform is up, and have it submitted once more, in the console or with ops submit."},
	NotOffered: {"The order does not offer it.", noAdvice},
	Overtaken:  {"The order had changed before.", noAdvice},
	Late:       {"Another choice of the shopper counts.", noAdvice},
	Replaced:   {"The shopper chose something else before it was complete.", noAdvice},
	Unanswered: {"The shopper did not name a day, or did not confirm it, in time.", "Reach the shopper another way if the order is to go on."},
	Kept:       {"The shopper decided to keep the order.", "Act on the failed delivery in the portal: nothing else was chosen."},
	Forwarded:  {"A person has to go on with it, because the shopper could not be asked.", "Ask the shopper, and act on the order in the portal."},
}

var whyWords = map[Why]phrase{
	WhyNoOrder:  {"The order platform knows no such order.", "Look for the order in the portal."},
	WhyResolved: {"The failed attempt has an action already.", noAdvice},
	WhyMovedOn:  {"The order was no longer in failed delivery, or the delivery failed once more before anybody knew whether it was taken.", "After a new failed delivery the shopper gets a new message to answer."},
	WhyDayOver:  {"The day that the shopper named had come before the order platform took it.", "Ask the shopper for another day, and act on the order in the portal."},
	WhyRepeated: {"The shopper had chosen the same before, and is asked for what is missing.", noAdvice},
}

// stateNames are what people call the states.
var stateNames = map[State]string{
	Chosen:     "about to be looked up",
	Asked:      "waits for the shopper",
	Ready:      "waits to be submitted",
	Submitting: "being submitted",
	Accepted:   "taken",
	Refused:    "not taken",
	Stuck:      "no answer",
	NotOffered: "not offered",
	Overtaken:  "the order had changed",
	Late:       "another choice counts",
	Replaced:   "another choice followed",
	Unanswered: "not answered in time",
	Kept:       "the order is kept",
	Forwarded:  "for a person",
}

// Name is what people call the state, in a few words.
func (s State) Name() string { return cmp.Or(stateNames[s], strings.ReplaceAll(string(s), "_", " ")) }

// Explain says to a person how far the action is, and what there is to be done.
func (a Action) Explain() (sentence, advice string) {
	w, ok := whyWords[a.Why]
	if !ok {
		w = stateWords[a.State]
	}

	return w.sentence, w.advice
}
