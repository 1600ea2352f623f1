// Package message has the send log's entry and its rules. There is one [Message] for each occurrence of an event; it is
// decision, claim, lock, outcome and billing record in one.
//
// The status is never written as one field that writers would race for. Each attempt has a rank that only rises (Maximum),
// times of which the earliest stays (Minimum), and ids that only gather (union). [Message.Status] folds them. [Phase] is only
// the lock: it says which worker may act on the message next.
package message

import (
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// Phase says which worker may act on a message next. Every change of it is conditional on the document's update time, so
// that of two workers one wins.
type Phase string

// The phases of a message.
const (
	// Claimed: a worker owns the message until its lease ends.
	Claimed Phase = "claimed"
	// Refused: the decision was not to send; Reason says why. A later event of the same key decides again.
	Refused Phase = "refused"
	// Waiting: to be sent again when due.
	Waiting Phase = "waiting"
	// Held: the sender or its template is unhealthy; sweep visits the message when it is due.
	Held Phase = "held"
	// InDoubt: the provider may or may not have taken the last attempt; settled by evidence.
	InDoubt Phase = "in_doubt"
	// GivenUp: it was in doubt and nothing settled it. A delivery report still does, and a person may reopen it while its event is
	// kept.
	GivenUp Phase = "given_up"
	// Failed: the provider refused the newest attempt for good, at once or by a delivery report; or its request could not
	// be built, and nothing was posted.
	Failed Phase = "failed"
	// Dropped: it waited until sending no longer made sense; Reason says why. If no attempt was made, a later event of the
	// same key decides again.
	Dropped Phase = "dropped"
)

// Reason says why a message was refused or dropped, or that it waits for the end of quiet hours.
type Reason string

// The reasons of refusals and drops, and [QuietHours].
const (
	EventOff     Reason = "event_off"
	NotOptedIn   Reason = "not_opted_in" // never agreed, or the opt-in expired
	OptedOut     Reason = "opted_out"
	Unreachable  Reason = "unreachable"
	Blocked      Reason = "blocked" // by an authority
	NoPhone      Reason = "no_phone"
	InvalidPhone Reason = "invalid_phone"
	Superseded   Reason = "superseded"
	Expired      Reason = "expired"
	Limit        Reason = "limit"
	// SpendingLimit: the account has spent as much of the day or the month as it may.
	SpendingLimit         Reason = "spending_limit"
	NoSender              Reason = "no_sender"
	UnsupportedByProvider Reason = "unsupported_by_provider"
	// NothingToPay: the event's template asks for a payment, and the order is paid.
	NothingToPay Reason = "nothing_to_pay"
	// AlreadyTold: the provider was told the same of this shipment by another event, or of the whole order for another shipment.
	AlreadyTold Reason = "already_told"
	// NoAttempt: the courier has not tried to deliver, so that there is nothing for the shopper to choose.
	NoAttempt Reason = "no_attempt"
	// QuietHours: the message waits until the account's quiet hours end. No message is refused or dropped for that.
	QuietHours Reason = "quiet_hours"
)

// Silence says why the lack of a callback proves that a message in doubt was not taken, so that it was sent once more.
type Silence string

// The grounds of a new attempt after one in doubt.
const (
	// SilenceWitnessed: the app's callbacks for later messages had come.
	SilenceWitnessed Silence = "witness"
	// SilenceQuiet: the app owed no callback, and our own heartbeat had come through the webhook.
	SilenceQuiet Silence = "heartbeat"
	// SilenceIgnored: a person decided to send it once more.
	SilenceIgnored Silence = "person"
)

// Ownership says whose provider account sent a message, and so which party is charged for it.
type Ownership string

// The two owners of an app.
const (
	// Client is the brand's own provider account.
	Client Ownership = "client"
	// Platform is the platform's provider account, whose messages are charged to the brand.
	Platform Ownership = "platform"
)

// ReopenableFor is how long the event of a message that was given up is kept, so that a person can reopen it. It is due at the end of that.
const ReopenableFor = 7 * 24 * time.Hour

// Message is one outbound WhatsApp message: decision, claim, attempts and price.
type Message struct {
	ID        string `firestore:"-"`
	AccountID string `firestore:"account"`
	OrderID   string `firestore:"order"`
	// Event is the pair of resource and canonical subtype, such as "shipment/failed_delivery".
	Event string `firestore:"event"`
	// Subject identifies the shipment or return within the order.
	Subject string `firestore:"subject"`
	// OccurredAt is the status time in epoch seconds; 0 when the event carried none that could be read.
	OccurredAt int64 `firestore:"occurredAt"`

	// Test marks a message that a brand sent to a number of its own, to see it on a phone. It is about no order, nobody is charged for it,
	// and the order platform is told nothing of it.
	Test bool `firestore:"test,omitempty"`

	// IsErased says that the shopper was erased: it has no personal data, and of the provider's ids it has hashes.
	IsErased bool `firestore:"erased,omitempty"`

	// Session is what it says, of a message within the service window; nil of one by a template.
	Session *Session `firestore:"session,omitempty"`

	AppID      string    `firestore:"app,omitempty"`
	Provider   string    `firestore:"provider,omitempty"`
	Ownership  Ownership `firestore:"ownership,omitempty"`
	TemplateID string    `firestore:"template,omitempty"`
	// Filling is what the template was filled with, so that the message can still go through its own app when the
	// account's settings have moved on to another.
	Filling template.Filling `firestore:"filling,omitzero"`
	// SettingsVersion is the version of the account's settings that app, template and filling are from; 0 before the first claim, and in
	// a document of the old form.
	SettingsVersion int64 `firestore:"settingsVersion,omitempty"`

	// Phone is the recipient in E.164; CustomerID names the customer's document.
	Phone      string `firestore:"phone,omitempty"`
	CustomerID string `firestore:"customer,omitempty"`
	// UserID is the provider's id of the recipient, which still finds the customer after the number is hidden.
	UserID string `firestore:"userId,omitempty"`
	// LearnedID is the user id that is already stored in customerIds as this recipient's. Callbacks that name it again write
	// nothing there.
	LearnedID string `firestore:"learnedId,omitempty"`
	// LinkedKey is the key of the number that the provider calls the recipient by, where that is another one than Phone's and it is
	// known wherever it is looked up that the two are one shopper's.
	LinkedKey string `firestore:"linkedKey,omitempty"`
	// Activity is what the order's activity shows with each outcome.
	Activity Activity `firestore:"activity"`

	Phase  Phase  `firestore:"phase"`
	Reason Reason `firestore:"reason,omitempty"`
	// Grounds are what the newest decision saw.
	Grounds Grounds `firestore:"grounds,omitzero"`
	// Attempt is the number of the newest attempt, from 1; 0 while none was made.
	Attempt int `firestore:"attempt"`
	// Nonce is the random mark of the worker that made the newest decision, a claim or not. A worker whose write failed with
	// an error, and that reads its own nonce back, knows that the write succeeded.
	Nonce      string    `firestore:"nonce,omitempty"`
	LeaseUntil time.Time `firestore:"lease,omitzero"`
	// Due is when sweep visits the message next; zero means never. Bucket (0 to 15) spreads that index.
	Due    time.Time `firestore:"due,omitzero"`
	Bucket int       `firestore:"bucket"`
	// Tries counts how often sweep has published the event again, for the back-off.
	Tries int `firestore:"tries,omitempty"`
	// Ticket marks the newest event that sweep published again for the message. Only an event that carries it is decided on
	// before the message is due, and every decision takes it away: so one copy lives at a time.
	Ticket string `firestore:"ticket,omitempty"`
	// Doubts counts the attempts that ended in doubt since the message was made, or reopened.
	Doubts int `firestore:"doubts,omitempty"`
	// Resent marks a message whose next or newest attempt may be a copy of one in doubt; Silence is what that rests on.
	Resent  bool    `firestore:"resent,omitempty"`
	Silence Silence `firestore:"silence,omitempty"`
	// ReopenedAt is when a person last reopened the message after it was given up; its age counts from then.
	ReopenedAt time.Time `firestore:"reopened,omitzero"`
	// SecondLook marks a message that was passed over and then decided on again, by a later event of its key. Where its
	// account sets no age limit it is sent within a day of that event or not at all.
	SecondLook bool `firestore:"secondLook,omitempty"`
	// Retried marks a message that a failed callback has given its one new attempt.
	Retried bool `firestore:"retried,omitempty"`
	// EventData and EventAttrs are the event as first published, kept so that it can be sent again. They are dropped once no
	// attempt can follow: when the shopper has the message, when it ends without being sent, or when it is accepted by a
	// provider that reports nothing.
	EventData  []byte            `firestore:"eventData,omitempty"`
	EventAttrs map[string]string `firestore:"eventAttrs,omitempty"`

	// Attempts by number in decimal ("1", "2"), as Firestore keys are strings.
	Attempts map[string]Attempt `firestore:"attempts,omitempty"`
	// ProviderIDs are the lookup keys "appId:providerId" of every id known for any attempt.
	ProviderIDs []string `firestore:"ids,omitempty"`
	// Pricing is what the provider said about the price, by attempt and kind of callback ("1.sent", "2.billing"), so that no
	// fact overwrites another.
	Pricing map[string]Pricing `firestore:"pricing,omitempty"`
	// Estimate is what the newest claim expected the message to cost.
	Estimate Estimate `firestore:"estimate,omitzero"`

	// Day is the day in the account's zone on which the message was made, such as "2026-11-29"; usage counts it there, whatever zone the
	// account moves to. It is empty of a test, and of a message that no account is known of.
	Day       string    `firestore:"day,omitempty"`
	CreatedAt time.Time `firestore:"createdAt"`
	ExpireAt  time.Time `firestore:"expireAt"`
	// ChangedAt is when anything of it was written last, by the store's clock.
	ChangedAt time.Time `firestore:"changed,serverTimestamp"`
	// UpdateTime is the document's, for conditional writes; zero on a message not read from the store.
	UpdateTime time.Time `firestore:"-"`
}

// Estimate is what a message was expected to cost the account when it was claimed.
type Estimate struct {
	// Category is that of the approved template, such as "utility", or "service" of a message without one.
	Category string `firestore:"category,omitempty"`
	// Micros is the price with the account's mark-up in millionths of the currency's unit; 0 of what is not charged to the account.
	Micros int64 `firestore:"micros"`
	// Currency is what WhatsApp charges the app in.
	Currency string `firestore:"currency,omitempty"`
	// Day is that of the claim, in the account's zone. Limits of spending go by it: a message may have been made long before it is sent.
	Day string `firestore:"day,omitempty"`
	// Card is the version of the rate card; empty where there was no price.
	Card              string `firestore:"card,omitempty"`
	MarkupBasisPoints int    `firestore:"markup,omitempty"`
}

// Attempt is one try to send. Rank, At and IDs are raised by commutative writes and never taken back. Of several failures the
// newest one written stays. The other fields are written once, with the claim.
type Attempt struct {
	Rank Rank `firestore:"rank"`
	// At holds, by status name, the provider's earliest time of it in epoch milliseconds.
	At map[string]int64 `firestore:"at,omitempty"`
	// IDs are the provider's ids of this attempt; there may be several WhatsApp ids in addition to the provider's own.
	IDs []string `firestore:"ids,omitempty"`
	// Failure is the newest error's code and class; its cause is not kept.
	Failure
	// ClaimedAt is when the attempt was claimed, in epoch milliseconds.
	ClaimedAt int64 `firestore:"claimedAt,omitempty"`
	// PossibleDuplicate marks a new attempt after an attempt in doubt; Silence is what it rests on.
	PossibleDuplicate bool    `firestore:"possibleDuplicate,omitempty"`
	Silence           Silence `firestore:"silence,omitempty"`
}

// Activity is what the platform's order activity shows of a message; it names the order in the platform's own words.
type Activity struct {
	OrderNumber       string `firestore:"orderNumber,omitempty"`
	VendorOrderNumber string `firestore:"vendorOrderNumber,omitempty"`
	ShipmentID        string `firestore:"shipmentId,omitempty"`
	TrackingID        string `firestore:"trackingId,omitempty"`
	ChannelID         string `firestore:"channelId,omitempty"`
	AccountSlug       string `firestore:"accountSlug,omitempty"`
	CustomerName      string `firestore:"customerName,omitempty"`
	CustomerPhone     string `firestore:"customerPhone,omitempty"`
	CustomerEmail     string `firestore:"customerEmail,omitempty"`
	From              string `firestore:"from,omitempty"`
}

// Pricing is what a provider's callbacks said about the price of a message. Providers name no amount.
type Pricing struct {
	// Known is true once a provider spoke of the price.
	Known    bool   `firestore:"known,omitempty" json:"known,omitempty"`
	Billable bool   `firestore:"billable,omitempty" json:"billable,omitempty"`
	Model    string `firestore:"model,omitempty" json:"model,omitempty"`
	Category string `firestore:"category,omitempty" json:"category,omitempty"`
	Type     string `firestore:"type,omitempty" json:"type,omitempty"`
	// Source says who deducts, as far as the provider tells.
	Source string `firestore:"source,omitempty" json:"source,omitempty"`
	// At is the fact's time in epoch milliseconds.
	At int64 `firestore:"at,omitempty" json:"at,omitempty"`
}

// IsZero reports whether nothing is known of the price.
func (p Pricing) IsZero() bool { return p == Pricing{} }

// AttemptAt returns the attempt of a number, counted from 1; the zero Attempt if there is none.
func (m Message) AttemptAt(n int) Attempt { return m.Attempts[Number(n)] }

// WithAttempt returns the message with an attempt put in the place of that number. m itself is not changed.
func (m Message) WithAttempt(n int, a Attempt) Message {
	m.Attempts = cloned(m.Attempts)
	m.Attempts[Number(n)] = a

	return m
}

// Newest returns the newest attempt; the zero Attempt if none was made.
func (m Message) Newest() Attempt { return m.AttemptAt(m.Attempt) }

// MaxRank returns the highest rank of any attempt.
func (m Message) MaxRank() Rank {
	var best Rank
	for _, a := range m.Attempts {
		best = max(best, a.Rank)
	}
	return best
}

// Recorded reports whether the message needs no worker: a provider is known to have taken an attempt that has not failed,
// or the newest attempt failed and was given no other.
func (m Message) Recorded() bool {
	for _, a := range m.Attempts {
		if a.Rank != RankFailed && (a.Rank >= RankAccepted || len(a.IDs) > 0) {
			return true
		}
	}

	newest := m.Newest()

	return newest.Rank == RankFailed && m.Phase != Waiting && m.Phase != Held
}

// PassedOver reports whether the decision was not to send, before any attempt: a later event of the same key decides again.
func (m Message) PassedOver() bool {
	return m.Attempt == 0 && (m.Phase == Refused || m.Phase == Dropped)
}

// Born returns the time that the message's age counts from: when a person reopened it, else when its event happened, else
// when it was made.
func (m Message) Born() time.Time {
	switch {
	case !m.ReopenedAt.IsZero():
		return m.ReopenedAt
	case m.OccurredAt > 0:
		return time.Unix(m.OccurredAt, 0)
	default:
		return m.CreatedAt
	}
}

// Open reports whether a worker or sweep still waits for the answer to the newest attempt. A message in doubt that nobody will
// look at again is not open.
func (m Message) Open() bool {
	if m.Recorded() {
		return false
	}
	return m.Phase == Claimed || m.Phase == InDoubt && !m.Due.IsZero()
}
