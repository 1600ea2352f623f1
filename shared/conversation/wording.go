package conversation

// What shoppers are told. No text names an order: the message that they answered did.
const (
	textAsk = "Thank you. We will ask the courier to try again. Is there anything that helps them find you? " +
		"Reply within 10 minutes with a landmark, a note or another phone number."
	textDispute = "Sorry about that. We will tell the courier that nobody came, and ask them to try again. Is there anything that helps them find you? " +
		"Reply within 10 minutes with a landmark, a note or another phone number."
	textDay     = "On which day shall we deliver? Tap a day, or write another one within %d days, such as %s. Please answer within 2 hours."
	textNoDay   = "We could not read that as a day within the next %d days. Tap a day, or write one, such as %s."
	textConfirm = "Shall we cancel this order? It cannot be undone. Without an answer within 2 hours nothing is cancelled."
	textUnclear = "Please tap one of the buttons: shall we cancel this order?"
	textOffer   = "This is not possible for your order any more. You can choose one of these:"
	textLate    = "Your earlier choice counts: %s. Nothing else was changed."
	textGone    = "Your order has moved on, so that this is no longer possible. Nothing was changed."
	textKept    = "Fine, your order stays as it is."
	textDone    = "Done: %s. We have told the courier."
	textNotDone = "We could not pass on your choice. Please contact the shop."
)

// told are actions as shoppers are told of them.
var told = map[Code]string{
	Reattempt: "another delivery attempt",
	Defer:     "delivery on another day",
	Cancel:    "the order is to be cancelled",
	Dispute:   "nobody came, and another delivery attempt",
}

// inWords returns an action as its shopper is told of it.
func (a Action) inWords() string {
	if day, ok := dayInWords(a.Date); ok {
		return "delivery on " + day
	}

	return told[a.Code]
}
