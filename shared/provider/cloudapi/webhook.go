package cloudapi

import (
	"cmp"
	"encoding/json"

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
	// Full returns the digits of a whole number from those that the provider writes; nil where it always writes whole numbers.
	Full func(digits string) string
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
	// Preferences and Calls have fields of their own, but may stand beside the others.
	Preferences lenient.List `json:"user_preferences"`
	Calls       lenient.List `json:"calls"`
	// Echoes are messages that another sender on the number sent. They change nothing.
	Echoes lenient.List `json:"message_echoes"`
	// whose says whose news is wanted of what stands within, under "standby".
	whose Scope
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
func (r Reader) Person(number, userID lenient.Text) (phone, id string) {
	phone, id = lenient.Digits(number), string(userID)
	if phone == "" && id == "" && isUserID(string(number)) {
		id = string(number)
	}
	if phone != "" && r.Full != nil {
		phone = r.Full(phone)
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
func (r Reader) complete(contacts []Contact, phone, userID string, alone bool) (number, id string, who Contact) {
	for _, c := range contacts {
		p, u := r.Person(c.Phone, c.UserID)
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

// Read reads a value by itself, as it comes without Meta's envelope. One that names another number than the scope's is left out.
func (r Reader) Read(whose Scope, raw json.RawMessage, at int64) Reading {
	var v Value
	if lenient.Decode(raw, &v) != nil {
		return unread(raw, true)
	}
	if other(whose.PhoneNumberID, v.Metadata.PhoneNumberID) {
		return Reading{foreign: true}
	}

	return r.Items(v, raw, at)
}

// Items reads the statuses, messages, errors, preferences and calls of a value, in this order, whichever of them it has; raw is the
// value as it came and at the time of what names none. One that cannot be read is kept as it came and costs no other: a stop beside
// it must be heeded. A value without any of them is of a form that the parser does not know.
func (r Reader) Items(v Value, raw json.RawMessage, at int64) Reading {
	switch {
	case v.hasItems():
	case v.Echoes != nil:
		return Reading{Events: []provider.Event{provider.Ignored()}}
	default:
		return unread(raw, true)
	}

	var all Reading

	rests, left := map[string]any{}, 0
	each := func(name string, list lenient.List, inbound bool, read func(json.RawMessage) *provider.Event) {
		rest := all.each(list, func(item json.RawMessage) Reading { return One(read(item), item, inbound) })
		rests[name] = rest
		left += len(rest)
	}

	each("statuses", v.Statuses, false, func(item json.RawMessage) *provider.Event { return r.status(item, v.Contacts) })
	each("messages", v.Messages, true, func(item json.RawMessage) *provider.Event { return r.Message(item, v.Contacts) })
	each("errors", v.Errors, false, func(item json.RawMessage) *provider.Event { return r.accountError(item, at) })
	each("user_preferences", v.Preferences, true, func(item json.RawMessage) *provider.Event { return r.preference(at, item, v.Contacts) })
	each("calls", v.Calls, false, func(item json.RawMessage) *provider.Event { return r.call(at, item, v.Contacts) })

	if left > 0 {
		all.Rest = lenient.Replace(raw, rests)
	}

	return all
}

func (v Value) hasItems() bool {
	return v.Statuses != nil || v.Messages != nil || v.Errors != nil || v.Preferences != nil || v.Calls != nil
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
