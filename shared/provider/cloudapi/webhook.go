package cloudapi

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// maxUserID is the most characters of a user id: "CC.ENT." and up to 128 more (CONTRACT.md section 2.2).
const maxUserID = 135

// What fields are of, since pages and webhooks disagree on the types of many.
type (
	text   = lenient.Text
	moment = lenient.Time
	truth  = lenient.Truth
)

// Reader reads Meta's callbacks. Its fields say where a provider that hands them on differs from Meta.
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
	// Fields read the values of fields that the provider has beside Meta's; nil is a value that cannot be read.
	Fields map[string]func(at int64, value json.RawMessage) *provider.Event
}

// Value is the news of the field "messages". Its items are kept raw so that one odd item spoils no other.
type Value struct {
	Metadata struct {
		PhoneNumberID text `json:"phone_number_id"`
	} `json:"metadata"`
	// Recipient names the number in the place of Metadata, in messaging_handovers.
	Recipient struct {
		PhoneNumberID text `json:"phone_number_id"`
	} `json:"recipient"`
	Contacts []Contact    `json:"contacts"`
	Statuses lenient.List `json:"statuses"`
	Messages lenient.List `json:"messages"`
	Errors   lenient.List `json:"errors"`
	// Echoes are messages that another sender on the number sent. They change nothing.
	Echoes lenient.List `json:"message_echoes"`
}

// Contact names a shopper.
type Contact struct {
	Phone   text `json:"wa_id"`
	UserID  text `json:"user_id"`
	Profile struct {
		Name text `json:"name"`
	} `json:"profile"`
}

// Person returns the number and the user id of a shopper. A user id may stand in the number's place, where the shopper hides the
// number (CONTRACT.md section 2.2).
func Person(number, userID lenient.Text) (phone, id string) {
	phone, id = Digits(number), string(userID)
	if phone == "" && id == "" && isUserID(string(number)) {
		id = string(number)
	}

	return phone, id
}

// isUserID reports whether a text has the form of WhatsApp's user ids: a country's two letters, a dot, then letters, digits and
// dots.
func isUserID(s string) bool {
	if len(s) < 4 || len(s) > maxUserID || s[2] != '.' {
		return false
	}

	for i := range len(s) {
		letter := s[i] >= 'a' && s[i] <= 'z' || s[i] >= 'A' && s[i] <= 'Z'
		digit := s[i] >= '0' && s[i] <= '9'
		if !letter && (i < 2 || !digit && s[i] != '.') {
			return false
		}
	}

	return true
}

// complete returns the number and the user id of a shopper with what the contacts beside the news know of them, and the contact.
// A contact whose number or user id is another one is somebody else. Of a shopper with neither, a lone contact tells only if
// alone says so.
func complete(contacts []Contact, phone, userID string, alone bool) (number, id string, who Contact) {
	for _, c := range contacts {
		p, u := Person(c.Phone, c.UserID)
		if p != "" && phone != "" && p != phone || u != "" && userID != "" && u != userID {
			continue
		}
		if alone && len(contacts) == 1 || p != "" && p == phone || u != "" && u == userID {
			return cmp.Or(phone, p), cmp.Or(userID, u), c
		}
	}

	return phone, userID, Contact{}
}

// MessageID is how a message is named: by WhatsApp's id, beside which Gupshup has its own in two spellings.
type MessageID struct {
	ID    text `json:"id"`
	GsID  text `json:"gs_id"`
	GsID2 text `json:"gsId"`
}

// Items reads the statuses, messages and errors of a value, in this order; raw is the value as it came and at the time of what
// names none. A value without any of them is of a form that the parser does not know.
func (r Reader) Items(v Value, raw json.RawMessage, at int64) Reading {
	switch {
	case v.hasItems():
	case v.Echoes != nil:
		return Reading{Events: []provider.Event{provider.Ignored()}}
	default:
		return unread(raw, true)
	}

	var all Reading

	statuses := all.each(v.Statuses, func(item json.RawMessage) Reading { return One(r.status(item, v.Contacts), item, false) })
	messages := all.each(v.Messages, func(item json.RawMessage) Reading { return One(r.Message(item, v.Contacts), item, true) })
	errors := all.each(v.Errors, func(item json.RawMessage) Reading { return One(r.accountError(item, at), item, false) })

	if len(statuses)+len(messages)+len(errors) > 0 {
		all.Rest = lenient.Replace(raw, map[string]any{"statuses": statuses, "messages": messages, "errors": errors})
	}

	return all
}

func (v Value) hasItems() bool { return v.Statuses != nil || v.Messages != nil || v.Errors != nil }

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

	e := provider.AccountEvent{Change: "error", Value: means.Code}
	if means.Class == message.ClassAccount {
		e.Blocked, e.RetryAfter = true, means.RetryAfter
	}

	return &provider.Event{Kind: provider.KindAccount, At: at, Account: &e}
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
