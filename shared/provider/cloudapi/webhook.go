package cloudapi

import (
	"encoding/json"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// What fields are of, since pages and webhooks disagree on the types of many.
type (
	text   = lenient.Text
	number = lenient.Number
	truth  = lenient.Truth
)

// Object marks the Cloud API's envelope; other objects are products of Meta's that are none of ours.
const Object = "whatsapp_business_account"

// Reader reads the news of Meta's field "messages". Its fields say where a provider that hands the news on differs from
// Meta.
type Reader struct {
	// Classify returns what the code of a failure means. It must be set.
	Classify func(code lenient.Text) message.Failure
	// Word returns the status that a word means; nil where the words are Meta's.
	Word func(word string) (message.Status, bool)
	// IDs returns the ids that name a message, the one of its receipt first; nil where there is none but Meta's.
	IDs func(id MessageID) []string
	// Ref is our reference where the provider tells it beside Meta's news. It goes before the one within a status.
	Ref string
	// RefAlone is set where our reference is enough to name a status's message, without any id.
	RefAlone bool
}

// Value is the news of the field "messages". Its items are kept raw so that one odd item spoils no other.
type Value struct {
	Metadata struct {
		PhoneNumberID text `json:"phone_number_id"`
	} `json:"metadata"`
	Contacts []Contact         `json:"contacts"`
	Statuses []json.RawMessage `json:"statuses"`
	Messages []json.RawMessage `json:"messages"`
	Errors   []json.RawMessage `json:"errors"`
}

// Contact names a shopper.
type Contact struct {
	Phone   text `json:"wa_id"`
	UserID  text `json:"user_id"`
	Profile struct {
		Name text `json:"name"`
	} `json:"profile"`
}

// MessageID is how a message is named: by WhatsApp's id, beside which Gupshup has its own in two spellings.
type MessageID struct {
	ID    text `json:"id"`
	GsID  text `json:"gs_id"`
	GsID2 text `json:"gsId"`
}

// Events returns the events of statuses, messages and errors, in this order; at is the time of what names none. An item
// that is of no use or cannot be read becomes an event of KindUnknown.
func (r Reader) Events(v Value, at int64) []provider.Event {
	events := make([]provider.Event, 0, len(v.Statuses)+len(v.Messages)+len(v.Errors))
	for _, raw := range v.Statuses {
		events = append(events, provider.OrUnknown(r.Status(raw), raw))
	}

	for _, raw := range v.Messages {
		events = append(events, provider.OrUnknown(r.Message(raw, v.Contacts), raw))
	}

	for _, raw := range v.Errors {
		events = append(events, provider.OrUnknown(r.accountError(raw, at), raw))
	}

	return events
}

// accountError returns the event of an error of the number or the account as a whole; nil for one without a code. Only
// errors that stop all sending have an effect.
func (r Reader) accountError(raw json.RawMessage, at int64) *provider.Event {
	var f failed
	if lenient.Decode(raw, &f) != nil {
		return nil
	}

	means := r.Classify(f.Code)
	if means.Code == "" {
		return nil
	}

	return &provider.Event{Kind: provider.KindAccount, At: at, Account: &provider.AccountEvent{
		Change: "error", Value: means.Code, Blocked: means.Class == message.ClassAccount,
	}}
}

func (r Reader) word(word text) (message.Status, bool) {
	if r.Word != nil {
		return r.Word(string(word))
	}

	status, ok := Statuses[word]

	return status, ok
}

func (r Reader) ids(id MessageID) []string {
	if r.IDs != nil {
		return r.IDs(id)
	}

	return lenient.Distinct(id.ID)
}

// separators are what stands between the digits of a displayed number.
var separators = strings.NewReplacer(" ", "", "-", "", "(", "", ")", "")

// Digits returns a phone number without its plus and separators; empty for anything that is no number.
func Digits(s lenient.Text) string { return lenient.Digits(separators.Replace(string(s))) }
