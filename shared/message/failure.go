package message

import "time"

// Failure is what went wrong with an attempt to send, as far as it decides what happens next. Answers, callbacks, tables
// of codes and the send log all spell it this way.
type Failure struct {
	// Code is the provider's own code as text, or one of ours where it named none.
	Code  string `json:"code,omitempty" firestore:"code,omitempty"`
	Class Class  `json:"class,omitempty" firestore:"class,omitempty"`
	// Cause tells more than the class; empty where nothing more is known.
	Cause Cause `json:"cause,omitempty" firestore:"cause,omitempty"`
	// RetryAfter is how long to wait before the next try; 0 where nobody asked for a wait. It is never stored: the message's
	// due time holds it.
	RetryAfter time.Duration `json:"retryAfter,omitempty" firestore:"-"`
}

// After returns the failure with another wait.
func (f Failure) After(wait time.Duration) Failure {
	f.RetryAfter = wait
	return f
}

// Coded returns the failure with another code.
func (f Failure) Coded(code string) Failure {
	f.Code = code
	return f
}

// Class says what a failure means for what happens next. Each class has one effect.
type Class string

// The classes of failures.
const (
	// ClassTransient passes by itself: send again later.
	ClassTransient Class = "transient"
	// ClassThrottled means that we send too fast: send again later, more slowly.
	ClassThrottled Class = "throttled"
	// ClassRecipient means that this shopper cannot be reached.
	ClassRecipient Class = "recipient"
	// ClassOptedOut means that the shopper told the provider or WhatsApp to stop.
	ClassOptedOut Class = "opted_out"
	// ClassTemplate means that the template does not fit or is not approved.
	ClassTemplate Class = "template"
	// ClassTemplatePaused means that the template is paused or disabled; it may come back.
	ClassTemplatePaused Class = "template_paused"
	// ClassAccount means credentials, balance or a block: nothing can be sent through this app until it is mended.
	ClassAccount Class = "account"
	// ClassBadRequest means that our request was wrong; sending it again cannot help.
	ClassBadRequest Class = "bad_request"
	// ClassUnknown means that the provider may or may not have taken the message.
	ClassUnknown Class = "unknown"
)

// Cause tells failures of one class apart where they have different effects. The causes of ClassAccount are also the
// reasons why an app is unhealthy.
type Cause string

// The causes of failures.
const (
	// CauseNotOnWhatsApp means that the number has no WhatsApp.
	CauseNotOnWhatsApp Cause = "not_on_whatsapp"
	// CauseCredentials means that the account's key or token is refused.
	CauseCredentials Cause = "credentials"
	// CauseBalance means that the account cannot pay.
	CauseBalance Cause = "balance"
	// CauseBlocked means that the account or its number may not send.
	CauseBlocked Cause = "blocked"
	// CauseNotAnswering means that the provider does not answer for the app: posts time out, or end in answers that are not its
	// own.
	CauseNotAnswering Cause = "not_answering"
	// CauseOtherCategory means that WhatsApp has the template in another category than our copy of it says.
	CauseOtherCategory Cause = "other_category"
	// CauseUnlisted means that the provider named a code that is in none of our tables; an engineer should read about it.
	CauseUnlisted Cause = "unlisted"
)
