package checks

import (
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// Words say something to a person: what is so, and what they can do about it.
type Words struct{ Sentence, Advice string }

// nothing is the advice where all is well.
const nothing = "Nothing needs to be done."

// reasons say why a message was refused or dropped, or waits for the end of quiet hours; see [wordsOfQuietHours].
var reasons = map[message.Reason]Words{
	message.EventOff: {
		"The event is switched off in the account's notifications.",
		"Switch the event on if shoppers should be told of it. What came before is not sent afterwards.",
	},
	message.NotOptedIn: {
		"The shopper has not agreed to WhatsApp messages from this brand, or the agreement has expired.",
		"Ask the shopper to subscribe on the order's page, or to write START to the brand's number.",
	},
	message.OptedOut: {
		"The shopper has asked for no more messages.",
		"Respect it. The shopper can come back by subscribing on the order's page, or by writing START.",
	},
	message.Blocked: {
		"An authority has ordered that the number is no longer written to.",
		"Reach the shopper another way. The platform's operator lifts the block when the authority does.",
	},
	message.Unreachable: {
		"The provider said that the shopper's number is not on WhatsApp.",
		"Reach the shopper another way. The number is tried again as soon as the shopper writes or subscribes, or 30 days later.",
	},
	message.NoPhone: {
		"Neither the event nor the order has a telephone number of the shopper.",
		"Add the number to the order in the shop.",
	},
	message.InvalidPhone: {
		"The order's telephone number is none that can be dialled.",
		"Correct the number on the order. A number from abroad begins with + and the country's code.",
	},
	message.Superseded: {
		"The shipment had moved on before the message could be sent, so that it would have told something outdated.",
		nothing + " The later event has a message of its own if it is switched on.",
	},
	message.Expired: {
		"The event was older than the account wants it told.",
		"See in the checks and attempts what it waited for. Raise the age limit if late messages are better than none.",
	},
	message.SpendingLimit: {
		"The message would have cost more than was left of the account's limit of the day or the month.",
		"Ask the platform for a higher limit, or for none, if such messages are to be sent. Nothing sends this one later unless its event comes again: tell the shopper another way.",
	},
	message.Limit: {
		"The message was brought back as often as is allowed, and something was in the way each time.",
		"See in the checks what was in the way and mend it. Tell the shopper another way.",
	},
	message.NoSender: {
		"The account has no app to send with.",
		"Install an app and choose it as the sender.",
	},
	message.UnsupportedByProvider: {
		"The sender's provider has no way to tell this event.",
		"Choose another sender or another template for the event, or switch the event off.",
	},
	message.NothingToPay: {
		"The template asks for a payment, and nothing is left to pay of this order.",
		nothing,
	},
	message.AlreadyTold: {
		"The provider was told the same of this shipment or order before.",
		nothing,
	},
	message.NoAttempt: {
		"The courier reported a failed delivery without having tried to deliver, so that the shopper had nothing to choose.",
		"Take it up with the courier. The shopper is told of the next attempt that fails.",
	},
	message.QuietHours: {
		"The message waits until the account's quiet hours end.",
		"Wait: it goes out by itself then, unless it is outdated by that time. An event that shoppers should be told of at night as well can be exempt from the quiet hours.",
	},
	message.Unbuildable: {
		"What the event is filled with does not fit its template.",
		"Open the event in the account's notifications, look at the preview, and correct the values.",
	},
}

// causes say why an app or a template cannot be used, and tell failures of one class apart.
var causes = map[message.Cause]Words{
	message.CauseNotOnWhatsApp: {
		"The provider said that the shopper's number is not on WhatsApp.",
		"Reach the shopper another way.",
	},
	message.CauseCredentials: {
		"The provider refuses the app's key or token.",
		"Set the present key of the app. What is held goes out by itself afterwards.",
	},
	message.CauseBalance: {
		"The app's account at the provider cannot pay.",
		"Add money at the provider. What is held goes out by itself afterwards.",
	},
	message.CauseBlocked: {
		"The provider does not let the app's account or number send.",
		"Look for the reason at the provider, or choose another sender. What is held goes out once it is mended.",
	},
	message.CauseNotAnswering: {
		"The app's provider does not answer.",
		"Wait: what is held goes out by itself once the provider answers. If it takes long, ask the provider.",
	},
	message.CauseOtherCategory: {
		"WhatsApp has the event's template in another category than it was known by here.",
		"Wait: the template is read again, and the message is tried once more by itself.",
	},
	message.CauseUnlisted: {
		"The provider named an error that is not known to us.",
		"Tell the platform's support the code. An alert has gone to the engineers.",
	},
	account.TemplateHeld: {
		"The event's template is paused, rejected, not approved yet, unknown to the provider, or was edited so that it no longer fits what fills it.",
		"Look at the event in the account's notifications: it says why. Mend the template at the provider, map it again, or choose another one. What is held goes out once it can be sent.",
	},
	account.CategoryHeld: {
		"WhatsApp has the event's template in the category marketing, and the event is news of an order.",
		"Choose another template, or have this one moved back by an appeal at WhatsApp. Or let such messages go out as marketing in the account's category changes: they cost more then, and only shoppers who agreed to marketing get them.",
	},
}

// classes say what a failure means.
var classes = map[message.Class]Words{
	message.ClassTransient: {
		"The provider could not take the message for the moment.",
		"Wait: it is tried again by itself.",
	},
	message.ClassThrottled: {
		"The provider wants fewer messages at a time.",
		"Wait: it is tried again by itself, more slowly. If it happens often, ask the provider for a higher rate.",
	},
	message.ClassRecipient: {
		"The provider cannot reach this shopper.",
		"Reach the shopper another way.",
	},
	message.ClassOptedOut: {
		"The shopper told the provider or WhatsApp to stop messages from this brand.",
		"Respect it. The shopper can come back by writing START.",
	},
	message.ClassTemplate: {
		"The template does not fit what was sent, or is not approved.",
		"Check the event's template and values with the preview, and correct them.",
	},
	message.ClassTemplatePaused: {
		"The template is paused or disabled at the provider.",
		"Look at the template at the provider, or choose another one for the event. What is held goes out once it can be sent.",
	},
	message.ClassAccount: {
		"The app may not send for now: its key is refused, its account cannot pay, or it is blocked.",
		"Look at the app's state in the account's apps, and mend what it names.",
	},
	message.ClassBadRequest: {
		"The provider says that the request was wrong. To repeat it would not help.",
		"Check the event's values with the preview. If they look right, tell the platform's support the code.",
	},
	message.ClassUnknown: {
		"The provider gave no answer that says whether it took the message.",
		"Wait: reports of the provider settle it, or it is sent once more when silence proves that it was not taken.",
	},
}

// statuses say how far a message is.
var statuses = map[message.Status]Words{
	message.StatusAccepted:  {"The provider has taken the message; no report of it has come yet.", "Wait for the report. If none comes for an hour, check the app's webhook at the provider. BusinessOnBot reports nothing."},
	message.StatusEnqueued:  {"The provider has the message in its queue.", "Wait for the next report."},
	message.StatusSent:      {"The message was handed to WhatsApp and has not reached the phone yet, which may be off.", "Wait: it arrives when the phone is online again."},
	message.StatusDelivered: {"The message is on the shopper's phone.", nothing},
	message.StatusRead:      {"The shopper has read the message.", nothing},
	message.StatusFailed:    {"The message did not arrive.", "See the attempts for the provider's reason."},
	message.StatusSending:   {"The message is being sent at this moment.", "Look again in a minute."},
	message.StatusRefused:   {"It was decided not to send the message.", "See the first check that failed."},
	message.StatusWaiting:   {"The message waits and is decided on again by itself.", "Wait. The checks and attempts say what it waits for."},
	message.StatusHeld:      {"The app or the template cannot be used for now; the message is held.", "Look at the app's state in the account's apps. What is held goes out once it is mended."},
	message.StatusInDoubt:   {"The provider may have taken the message, but no answer was recorded.", "Wait: a report settles it, or it is sent once more when silence proves that it was not taken."},
	message.StatusGivenUp:   {"The provider may have taken the message, but nothing ever proved it, and it was not sent again.", "Ask the shopper whether it came. Within 7 days the platform's support can send it once more."},
	message.StatusDropped:   {"The message waited until sending it made no sense any more.", "See the first check that failed."},
}

// waiting say what a message waits for at a check.
var waiting = map[Name]Words{
	NumberKnown: {"The shopper's number has to be looked up in the order, which could not be read yet.", "Wait: it is tried again by itself."},
	App:         {"The app cannot send for now.", "Look at the app's state in the account's apps."},
	Template:    {"The template cannot be sent for now.", "Look at the template at the provider."},
	Place:       {"Many messages of this app are on their way; this one waits for its turn.", "Wait: it goes out by itself, in order of urgency."},
	Answers:     {"The app's provider did not answer when the message tried it.", "Wait: it goes out by itself once the provider answers."},
	Copy:        {"The template could not be read at the provider for the moment.", "Wait: it is tried again by itself."},
	Order:       {"The order platform could not be asked for what the message says.", "Wait: it is tried again by itself, and sent with stand-ins shortly before it would be too old."},
	Turn:        {"Another message to this shopper is on its way, and reports of the two could not be told apart.", "Wait: it goes out by itself, a few minutes later."},
	Rate:        {"The app's rate allows no more messages for the moment.", "Wait: it goes out by itself. If it happens often, ask the provider for a higher rate."},
}

// silences say why a message in doubt is sent once more.
var silences = map[message.Silence]Words{
	message.SilenceWitnessed: {"It is sent once more: reports of later messages came, and none of this one.", nothing},
	message.SilenceQuiet:     {"It is sent once more: the provider's reports were seen to come through, and none of this one came.", nothing},
	message.SilenceIgnored:   {"It is sent once more, as a person decided.", nothing},
}

// notes are what else should be known of a message.
var notes = map[string]Words{
	"test":        {"It is a test that a person of the brand sent to a phone of their own.", nothing},
	"answer":      {"It is an answer to what the shopper wrote, within the 24 hours in which that needs no template and no opt-in.", nothing},
	"second_look": {"It was refused before, and decided again by a later event of the same happening.", nothing},
	"retried":     {"The provider reported a failure that passes, so that it was given one new attempt.", nothing},
	"reopened":    {"A person had it sent once more after it was given up.", nothing},
	"resent":      {"An earlier attempt may have arrived, so that the shopper may have got it twice.", "Nothing, unless the shopper asks."},
	"late":        {"A report came after it had been told as not arrived; the report is the newer truth.", nothing},
}

// wanted says that a shopper may be told of orders.
var wanted = Words{
	"The shopper has agreed to be told of orders on WhatsApp.",
	"See in the answers how each message ended. An order of which there is none can be asked for by its number.",
}

// noMarketing says why a shopper who may be told of orders does not get a message that is marketing.
var noMarketing = Words{
	"The message counts as marketing, and the shopper has agreed to news of orders only.",
	"Respect it. News of an order needs the agreement to marketing only while its template is in the category marketing: choose another template if all shoppers are to get it.",
}

// notKept says why nothing is known of the events of an account.
var notKept = Words{
	"The account has no app, so that nothing is kept of its events.",
	"Install an app. Events that come from then on are kept, whether they are sent or not.",
}
