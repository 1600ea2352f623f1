package message

import "time"

// Grounds are what the newest decision on a message saw, as far as no other field of the message tells it. They are kept so that the
// decision can be explained later, and hold no personal data. Package checks judges them: what it says of kept grounds is what was decided.
//
// They are written with the decision and by nothing else. A message that is under way, waits or failed for what happened after the
// decision keeps those of its claim.
type Grounds struct {
	// At is when it was decided, in epoch milliseconds; 0 in a document of the old form. Settings is the version of the account's settings
	// then.
	At       int64 `firestore:"at,omitempty"`
	Settings int64 `firestore:"settings,omitempty"`

	// Refusal is what speaks against sending before anything is known of the shopper: the event is off, there is no sender, or the
	// provider has no way to say it. Unsayable is the same of what the message would say.
	Refusal   Reason `firestore:"refusal,omitempty"`
	Unsayable Reason `firestore:"unsayable,omitempty"`
	// NoNumber is NoPhone or InvalidPhone if there is no number to send to.
	NoNumber Reason `firestore:"noNumber,omitempty"`
	// Consent is the shopper's status, such as ACTIVE; empty if it was not read. Marketing says that the event needs more than that.
	// Unwanted is why the shopper must not be written to.
	Consent   string `firestore:"consent,omitempty"`
	Marketing bool   `firestore:"marketing,omitempty"`
	Unwanted  Reason `firestore:"unwanted,omitempty"`
	// Ledger is the sequence of the newest entry of the shopper's consent ledger that the decision was made by; 0 if none was read.
	Ledger int64 `firestore:"ledger,omitempty"`
	// Overtaken is the status that makes the message pointless, OvertakenAt its time in epoch seconds; 0 if that is not known.
	Overtaken   string `firestore:"overtaken,omitempty"`
	OvertakenAt int64  `firestore:"overtakenAt,omitempty"`
	// Age is how old the event was, 0 of one without a time; Limit is how old it may be, 0 without a limit.
	Age   time.Duration `firestore:"age,omitempty"`
	Limit time.Duration `firestore:"limit,omitempty"`

	// QuietUntil is when the account's quiet hours end that the event came in, in epoch seconds, and Zone the account's time zone then; 0
	// and empty of an event that may be told.
	QuietUntil int64  `firestore:"quietUntil,omitempty"`
	Zone       string `firestore:"zone,omitempty"`

	// Overspent says that the message would have passed a limit of what the account may spend.
	Overspent bool `firestore:"overspent,omitempty"`

	// App and Template are why either cannot be used for now.
	App      Cause `firestore:"appHeld,omitempty"`
	Template Cause `firestore:"templateHeld,omitempty"`
	// Turn says that the app had no place left; Vain that its provider gave no answer when the message tried it; Unread that the template
	// could not be read; Lacking that the order platform could not be asked.
	Turn    bool `firestore:"turn,omitempty"`
	Vain    bool `firestore:"vain,omitempty"`
	Unread  bool `firestore:"unread,omitempty"`
	Lacking bool `firestore:"lacking,omitempty"`
	// Tries is how often the message was brought back before; Exhausted says that it may not be once more.
	Tries     int  `firestore:"tries,omitempty"`
	Exhausted bool `firestore:"exhausted,omitempty"`

	// Told says that the provider was told the same before; InFlight that another message to the shopper was on its way; NoToken that
	// the app's rate had none left.
	Told     bool `firestore:"told,omitempty"`
	InFlight bool `firestore:"inFlight,omitempty"`
	NoToken  bool `firestore:"noToken,omitempty"`
	// Copy is the fingerprint of the copy of the template that a claim was built with; empty where the provider shows no template.
	Copy string `firestore:"copy,omitempty"`
	// Unbuilt is why no request could be made: UnsupportedByProvider, or [Unbuildable].
	Unbuilt Reason `firestore:"unbuilt,omitempty"`
}

// TooOldAt returns when the event is as old as it may be; the zero time if it may be of any age, or its age is not known. From then on it is
// not sent any more.
func (g Grounds) TooOldAt() time.Time {
	if g.Limit == 0 || g.Age == 0 {
		return time.Time{}
	}

	return time.UnixMilli(g.At).Add(g.Limit - g.Age)
}

// Unbuildable is why a message failed whose settings do not fit its template. It is no reason of a refusal.
const Unbuildable Reason = "unbuildable"
