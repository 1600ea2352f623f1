package console

import (
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
)

// fieldWords are what pages call the fields of their forms and addresses, in messages that say what is wrong with one. A page where a field is
// something else says so itself, see [call.refused].
var fieldWords = map[string]string{
	"account":              "The account",
	"action":               "What was said",
	"age":                  "The age",
	"ageUnit":              "The unit of the age",
	"agree":                "The agreement to the charges",
	"app":                  "The app",
	"appId":                "The app",
	"before":               "The page",
	"by":                   "What the table is by",
	"confirm":              "The box",
	"consentMode":          "Who gets messages",
	"cursor":               "The page",
	"dailyLimitMicros":     "The limit of a day",
	"day":                  "The day",
	"declaration.by":       "Who declared it",
	"declaration.text":     "What was declared",
	"enabled":              "The switch",
	"event":                "The notification",
	"exempt":               "What may be sent in quiet hours",
	"file":                 "The file",
	"from":                 "The beginning",
	"hours.days":           "The days",
	"hours.from":           "The beginning of the hours",
	"hours.to":             "The end of the hours",
	"last":                 "The last day",
	"limited":              "The limit",
	"list":                 "The list",
	"markupBasisPoints":    "The mark-up",
	"mediaAddress":         "The address of the place",
	"mediaFilename":        "The file's name",
	"mediaId":              "The file",
	"mediaLatitude":        "The latitude",
	"mediaLongitude":       "The longitude",
	"mediaName":            "The name of the place",
	"message":              "The message",
	"monthlyLimitMicros":   "The limit of a month",
	"name":                 "The name",
	"noticeHash":           "The SHA-256 of the notice",
	"noticeVersion":        "The notice",
	"number":               "The number",
	"occurredAt":           "The time",
	"on":                   "The days",
	"paymentConfiguration": "The payment configuration",
	"paymentGoods":         "The kind of goods",
	"paymentPart":          "The part that is paid",
	"paymentReference":     "The reference of the payment",
	"paymentSettings":      "The settings of the payment",
	"paymentType":          "The way of payment",
	"person":               "The person",
	"phone":                "The number",
	"portalLink":           "The portal's address",
	"purpose":              "What it is about",
	"q":                    "What you look for",
	"reason":               "The reason",
	"reclassed":            "What becomes of such messages",
	"reference":            "The reference",
	"since":                "The day",
	"slug":                 "The short name",
	"source":               "Where it was said",
	"start":                "The beginning",
	"state":                "The state",
	"stop":                 "The words that stop messages",
	"sure":                 "The box",
	"template":             "The template",
	"text":                 "The text",
	"timeZone":             "The time zone",
	"to":                   "The end",
}

// sentence says what is wrong with a field as a sentence of its own.
func sentence(field, msg string) string {
	if field == "" {
		return sentenceOf("", msg)
	}
	if name := fieldWords[field]; name != "" {
		return sentenceOf(name, msg)
	}

	return sentenceOf("What was sent", msg) // such as by an address that somebody has written
}

// sentenceOf returns a message of an error as a sentence of a field that the page calls by a name.
func sentenceOf(name, msg string) string { return page.Sentence(name, forPeople(msg)) }

// apiWords are those of messages that are written for programs, with what a page says instead.
var apiWords = strings.NewReplacer(
	"try again after Retry-After", "try again in a minute",
	"message.data: is", "what it holds is",
	"providerIds", "ids at the provider",
	"appName", "the app's name",
)

// forPeople returns a message of an error without the words of an API.
func forPeople(msg string) string { return apiWords.Replace(msg) }

// toldOf returns a message of an error as a page that has no form says it.
func toldOf(err error) string { return sentence(fault.Public(err)) }
