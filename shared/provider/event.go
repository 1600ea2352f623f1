package provider

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// ErrMalformed says that a webhook's body is not in the provider's format.
var ErrMalformed = errors.New("malformed webhook body")

// ErrNoTemplate says that the app has no template of that id.
var ErrNoTemplate = errors.New("no such template")

// Kind is the sort of a webhook event.
type Kind string

// The kinds of webhook events.
const (
	KindStatus     Kind = "status"
	KindReply      Kind = "reply"
	KindBilling    Kind = "billing"
	KindTemplate   Kind = "template"
	KindAccount    Kind = "account"
	KindPreference Kind = "preference"
	KindUser       Kind = "user"
	// KindCall is a shopper's call, which opens the service window.
	KindCall Kind = "call"
	// KindIdentity is a shopper's new number or new user id.
	KindIdentity Kind = "identity"
	// KindIgnored is an event that changes nothing, such as the result of a payment.
	KindIgnored Kind = "ignored"
	// KindUnknown is what no parser reads; Raw holds it.
	KindUnknown Kind = "unknown"
	// KindHeartbeat is published by sweep; once receive has stored it, every earlier event has been handled.
	KindHeartbeat Kind = "heartbeat"
	// KindConversation is published by sweep for a conversation that is due.
	KindConversation Kind = "conversation"
	// KindShape is published by webhook beside the events of a body whose form is news.
	KindShape Kind = "shape"
)

// MayHoldMessage reports whether a shopper's message, which may be a STOP, can lie in an event of the kind that cannot be read. Of a kind that is
// not known it can.
func (k Kind) MayHoldMessage() bool {
	switch k {
	case KindStatus, KindBilling, KindTemplate, KindAccount, KindIgnored, KindHeartbeat, KindCall, KindShape:
		return false
	default:
		return true
	}
}

// Schema is the form of an [Event] that this build writes, and the newest that it reads. Raise it with every change that an
// older reader would take for something else or could not read, such as a new kind: an older receive then leaves the event
// for a newer one.
const Schema = 4

// Event is one thing that a provider told us, in our words. It travels as JSON from webhook to receive.
type Event struct {
	// Schema is the [Schema] that the event was written in; 0 means 1, which had no number at first.
	Schema int  `json:"schema,omitempty"`
	Kind   Kind `json:"kind"`
	// At is the provider's time of it in epoch milliseconds; 0 when it named none.
	At int64 `json:"at,omitempty"`
	// ReceivedAt is when webhook took it, in epoch milliseconds.
	ReceivedAt int64 `json:"receivedAt,omitempty"`

	Status     *StatusEvent     `json:"status,omitempty"`
	Reply      *ReplyEvent      `json:"reply,omitempty"`
	Template   *TemplateEvent   `json:"template,omitempty"`
	Account    *AccountEvent    `json:"account,omitempty"`
	Preference *PreferenceEvent `json:"preference,omitempty"`
	Call       *CallEvent       `json:"call,omitempty"`
	Identity   *IdentityEvent   `json:"identity,omitempty"`
	// Conversation, of KindConversation, is the id of one that is due.
	Conversation string `json:"conversation,omitempty"`
	// UnreadField, of KindIgnored, names a field that no parser reads.
	UnreadField *UnreadField `json:"unreadField,omitempty"`
	// Shape, of KindShape, is the form that is news.
	Shape *ShapeEvent `json:"shape,omitempty"`
	// Standby says that another sender holds the conversation, such as Meta Business Agent: the event came on the field of that
	// name. STOP, START and taps count as ever. Nothing may be answered: free text of ours would take the conversation away from
	// that sender, and is charged (shared/provider/cloudapi/CONTRACT.md section 6.1).
	Standby bool `json:"standby,omitempty"`
	// Raw, of KindUnknown, is a callback in the provider's form with what no parser reads and nothing else. The provider's
	// parser can be given it again.
	Raw json.RawMessage `json:"raw,omitempty"`
	// Inbound, of KindUnknown, says that a shopper's message may lie in Raw.
	Inbound bool `json:"inbound,omitempty"`
}

// Received returns the event as one that webhook took at a time, in epoch milliseconds.
//
// A reply that is [ReplyEvent.Undated] gets the minute into its id, since the same word may be said again: a second STOP, after a
// START. What a provider posts again within the minute is the same reply still. Of no provider is known when it does that
// (shared/provider/kaleyra/CONTRACT.md section 5.3), so a later one counts as said twice: that is a reply too much, where a longer
// time would be a STOP too few. The event as it is published has the id, so that its redelivery is no other.
func (e Event) Received(at int64) Event {
	e.ReceivedAt = at

	if e.Reply != nil && e.Reply.Undated {
		said := *e.Reply
		said.ID += "-" + strconv.FormatInt(at/time.Minute.Milliseconds(), 10)
		said.Undated = false
		e.Reply = &said
	}

	return e
}

// DecodeEvent reads an event of the topic provider-events. It returns an Unavailable error for one of a newer [Schema], which
// must be delivered again until a newer build reads it, and an Invalid error for what is no event.
func DecodeEvent(data []byte) (Event, error) {
	var e Event

	err := json.Unmarshal(data, &e)
	switch {
	case e.Schema > Schema: // also where a field has another type by now
		return Event{}, fault.New(fault.Unavailable, "provider.DecodeEvent", "the event is newer than this build")
	case err != nil:
		return Event{}, fault.Field("message.data", "is not an event of provider-events")
	}

	return e, nil
}

// StatusEvent is a delivery report or a billing fact of a message.
type StatusEvent struct {
	// IDs are the ids that the event names, the provider's own first: any of them may be the one we stored.
	IDs []string `json:"ids"`
	// Status is empty for an event that only carries a price.
	Status message.Status `json:"status,omitempty"`
	// Recipient is the shopper's number as digits; it may be missing.
	Recipient string `json:"recipient,omitempty"`
	// UserID is what the provider calls the shopper: Meta's recipient_user_id, the user id of Gupshup's message-events
	// (shared/provider/cloudapi/CONTRACT.md section 2.2, shared/provider/gupshup/CONTRACT.md section 6.2). Empty where it names none.
	UserID string `json:"userId,omitempty"`
	// Ref is our reference, from providers that echo one.
	Ref string `json:"ref,omitempty"`
	// Failure is set when the status is failed.
	message.Failure
	// Pricing is Known where the provider said whether it charges; a report of sending may only name model and category.
	Pricing message.Pricing `json:"pricing,omitzero"`
}

// ReplyEvent is a message from a shopper.
type ReplyEvent struct {
	// ID is WhatsApp's id of the inbound message, by which it is known when it comes again.
	ID string `json:"id"`
	// From is the shopper's number as digits; missing for shoppers who hide it, who then have a UserID.
	From   string `json:"from,omitempty"`
	UserID string `json:"userId,omitempty"`
	Name   string `json:"name,omitempty"`
	// Type is the provider's word: text, button, image, location, …
	Type string `json:"type"`
	// Tap is true for a press on a button; Text is then its label and Postback what we gave it.
	Tap      bool   `json:"tap,omitempty"`
	Text     string `json:"text,omitempty"`
	Postback string `json:"postback,omitempty"`
	// ContextIDs are the ids of the message it answers.
	ContextIDs []string `json:"contextIds,omitempty"`
	// Content is the inner payload of anything but text and taps.
	Content json.RawMessage `json:"content,omitempty"`
	// Undated says that the provider named neither an id nor a time, so that ID is made of what was said alone. [Event.Received] ends
	// that.
	Undated bool `json:"-"`
}

// legible reports whether the reply can be acted on: it names its sender or a message that it answers, and says something if
// it is a text, an edited one or a tap. WhatsApp has no empty texts, so what looks like one has a form that the parser does not
// know.
func (r ReplyEvent) legible() bool {
	named := r.From != "" || r.UserID != "" || len(r.ContextIDs) > 0
	spoken := r.Text != "" || r.Postback != "" || !r.Tap && r.Type != "text" && r.Type != "edit"

	return named && spoken
}

// TemplateEvent is a change of a template.
type TemplateEvent struct {
	ID       string `json:"id"`
	Name     string `json:"name,omitempty"`
	Language string `json:"language,omitempty"`
	// Change is status, category, category_alert (the category will change), components (what it says) or quality.
	Change string `json:"change"`
	// Status is the new status in upper case, when Change is status.
	Status string `json:"status,omitempty"`
	// Value is the new category or quality in upper case, when Change is about those.
	Value  string `json:"value,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// AccountEvent is a change of the provider account.
type AccountEvent struct {
	// Change is the provider's word for what changed, Value its new value.
	Change string `json:"change"`
	Value  string `json:"value,omitempty"`
	// Quality is how WhatsApp rates the number now, Limit how many shoppers it may begin to write to in a day, in the provider's words in
	// upper case; each empty of news of something else.
	Quality string `json:"quality,omitempty"`
	Limit   string `json:"limit,omitempty"`
	// Blocked: the account cannot send any more. Restored: it can again.
	Blocked  bool `json:"blocked,omitempty"`
	Restored bool `json:"restored,omitempty"`
	// RetryAfter is how long a blocked account must be left alone; 0 where nothing is known of it.
	RetryAfter time.Duration `json:"retryAfter,omitempty"`
	// Agent: an assistant of the provider's answers shoppers on the number, as a conversation that it held or now holds shows.
	Agent bool `json:"agent,omitempty"`
}

// PreferenceEvent is a shopper's choice in WhatsApp itself or at the provider.
type PreferenceEvent struct {
	From   string `json:"from,omitempty"`
	UserID string `json:"userId,omitempty"`
	// Marketing: the choice is about marketing messages only.
	Marketing bool `json:"marketing,omitempty"`
	Stop      bool `json:"stop"`
}

// CallEvent is a call that a shopper makes to the number.
type CallEvent struct {
	// From is the shopper's number as digits; missing for shoppers who hide it, who then have a UserID.
	From   string `json:"from,omitempty"`
	UserID string `json:"userId,omitempty"`
}

// IdentityEvent says that a shopper has another number or another user id than before. The news names at least one old and one new
// of them; any of the four may be empty, and a number that stayed is both.
type IdentityEvent struct {
	// ID is WhatsApp's id of the message that tells it, by which it is known when it comes again.
	ID string `json:"id"`
	// PreviousPhone and Phone are digits.
	PreviousPhone  string `json:"previousPhone,omitempty"`
	Phone          string `json:"phone,omitempty"`
	PreviousUserID string `json:"previousUserId,omitempty"`
	UserID         string `json:"userId,omitempty"`
	// SameNumber says that only the user id has changed.
	SameNumber bool `json:"sameNumber,omitempty"`
}

// UnreadField is something new that a provider sends, in which no shopper's message can lie. It holds nothing that was sent.
type UnreadField struct {
	// Name is the field or the type, as logging.Word lets it through.
	Name string `json:"name"`
	// Shape is the names and types of what the field holds: see logging.Shape.
	Shape string `json:"shape"`
}

// ShapeEvent is the form of a body that no fixture has: see package canary, which makes it. It holds no value that was sent.
type ShapeEvent struct {
	// Fingerprint names the form at its provider and door.
	Fingerprint string `json:"fingerprint"`
	Provider    string `json:"provider"`
	// Door is "callback" or "answer".
	Door string `json:"door"`
	// Kind is what the body was: the kind of its first event, or what was asked for.
	Kind string `json:"kind"`
	// Path is where in the body the part is that is new, Outline its fields and their types.
	Path    string `json:"path"`
	Outline string `json:"outline"`
	// Others are further parts of the body that are new, as path and outline.
	Others []string `json:"others,omitempty"`
	// Fixture is the body with other values; empty of one that was told of before.
	Fixture string `json:"fixture,omitempty"`
	// Count is how many such bodies it stands for.
	Count int64 `json:"count"`
	// At is when the last of them came, in epoch milliseconds.
	At int64 `json:"at"`
}

// ReplyOf returns the event of a shopper's message, which every provider's is made by. One in a group is ignored, be it a STOP or
// a tap: it was said to all, and concerns nobody. It returns nil for what cannot be acted on.
func ReplyOf(at int64, groupID string, r ReplyEvent) *Event {
	switch {
	case groupID != "":
		return new(Ignored())
	case r.ID == "" || !r.legible():
		return nil // without an id it could not be recognised when it is delivered twice
	default:
		return &Event{Kind: KindReply, At: at, Reply: &r}
	}
}

// Ignored returns the event of what is known and changes nothing.
func Ignored() Event { return Event{Kind: KindIgnored} }

// Unknown returns the event of a callback that no parser reads: it keeps what was sent, which must be JSON. inbound says that
// a shopper's message may lie in it.
func Unknown(raw []byte, inbound bool) Event {
	return Event{Kind: KindUnknown, Raw: bytes.Clone(bytes.TrimSpace(raw)), Inbound: inbound}
}
