package console

import (
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/customers"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
)

// actionWords are what an entry of a ledger says, before what it is about.
var actionWords = map[consent.Action]string{
	consent.Grant:       "Agreed to",
	consent.Withdraw:    "Took back",
	consent.Deny:        "Said no to",
	consent.Expire:      "Ran out:",
	consent.Seen:        "First order seen; was asked nothing about",
	consent.Unreachable: "The number is not on WhatsApp:",
	consent.Reachable:   "The number is on WhatsApp:",
	consent.Block:       "An authority forbids",
	consent.Unblock:     "The authority's order is over:",
}

// purposeWords are what consents are about.
var purposeWords = map[consent.Purpose]string{
	consent.OrderUpdates: "news of orders",
	consent.NDRSupport:   "failed deliveries",
	consent.Marketing:    "offers",
	consent.Everything:   "everything",
}

// sourceWords are where entries come from.
var sourceWords = map[consent.Source]string{
	consent.CustomerPortal:  "the portal's checkbox",
	consent.Checkout:        "the brand's checkout",
	consent.BrandImport:     "the brand's file",
	consent.Keyworded:       "a word on WhatsApp",
	consent.Button:          "a button on WhatsApp",
	consent.UserPreferences: "WhatsApp's own settings",
	consent.Inbound:         "a message on WhatsApp",
	consent.ProviderError:   "the provider",
	consent.NumberChange:    "a change of the number",
	consent.Agent:           "an agent",
	consent.API:             "the API",
	consent.OrderEvent:      "an order",
	consent.ConsentManager:  "a consent manager",
	consent.Authority:       "an authority",
}

// unwantedWords are why nothing may be sent.
var unwantedWords = map[message.Reason]string{
	message.NotOptedIn:  "no: never agreed",
	message.OptedOut:    "no: took it back",
	message.Unreachable: "no: the number is not on WhatsApp",
	message.Blocked:     "no: an authority forbids it",
}

// verdictWords are what an import made of a row.
var verdictWords = map[customers.Verdict]string{
	customers.Created:   "new",
	customers.Granted:   "may be written to now",
	customers.Withdrawn: "may not be written to any more",
	customers.Unchanged: "as it was",
	customers.Kept:      "taken back by the shopper",
	customers.Invalid:   "not taken",
}

// entryWords says an entry of a ledger.
func entryWords(e consent.Entry) string { return actionWords[e.Action] + " " + purposeWords[e.Purpose] }

// wanted says whether messages may be sent.
func wanted(why message.Reason) string {
	if why == "" {
		return "yes"
	}

	return wordOr(unwantedWords, why)
}

// wordOr returns the words for something, or the thing itself.
func wordOr[K ~string](words map[K]string, one K) string {
	if text := words[one]; text != "" {
		return text
	}

	return string(one)
}

// sourceName is where an entry comes from, verdictName what an import made of a row.
func sourceName(s consent.Source) string { return wordOr(sourceWords, s) }

func verdictName(v customers.Verdict) string { return wordOr(verdictWords, v) }

// storedWords are what documents of each collection are to a shopper.
var storedWords = map[string]string{
	"customers":      "who the shopper is: number, name, address",
	"customerIds":    "the providers' ids of the shopper",
	"orders":         "copies of orders",
	"messages":       "messages, of which only that they were sent stays",
	"replies":        "what the shopper wrote",
	"conversations":  "choices after failed deliveries",
	"parked":         "reports that wait for their message",
	"cancelRequests": "cancellations that were asked for",
}

// storedName is what documents of a collection are.
func storedName(collection string) string { return page.Capital(wordOr(storedWords, collection)) }
