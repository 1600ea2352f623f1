package provider

import (
	"errors"
	"fmt"
	"time"
)

// Class is what an error means for what happens next. Each class has one effect.
type Class string

// The classes of provider errors.
const (
	// ClassTransient passes by itself: send again later.
	ClassTransient Class = "transient"
	// ClassThrottled: too fast: send again later, more slowly.
	ClassThrottled Class = "throttled"
	// ClassRecipient: this shopper cannot be reached.
	ClassRecipient Class = "recipient"
	// ClassOptedOut: the shopper told the provider or WhatsApp to stop.
	ClassOptedOut Class = "opted_out"
	// ClassTemplate: the template does not fit or is not approved.
	ClassTemplate Class = "template"
	// ClassTemplatePaused: the template is paused or disabled; it may come back.
	ClassTemplatePaused Class = "template_paused"
	// ClassAccount: credentials, balance or a block: nothing can be sent through this app until it is mended.
	ClassAccount Class = "account"
	// ClassBadRequest: our request was wrong; sending it again cannot help.
	ClassBadRequest Class = "bad_request"
	// ClassUnknown: nobody knows whether the provider took the message.
	ClassUnknown Class = "unknown"
)

// Effects on a class's surroundings, told apart where one class has several causes.
const (
	// CauseNotOnWhatsApp: the number has no WhatsApp.
	CauseNotOnWhatsApp = "not_on_whatsapp"
	// CauseCredentials, CauseBalance and CauseBlocked tell why an account cannot send.
	CauseCredentials = "credentials"
	CauseBalance     = "balance"
	CauseBlocked     = "blocked"
	// CauseUnlisted: the provider named a code that is in none of our tables; somebody should read about it.
	CauseUnlisted = "unlisted"
)

// ErrUnsupported says that a provider has no way to express a message.
var ErrUnsupported = errors.New("the provider has no way to express it")

// SendError is a provider's refusal, or the lack of an answer. Its text names class, code and status only: never what
// was sent, to whom, or with which credential.
type SendError struct {
	Class Class
	// Code is the provider's code as text; "http_429" and the like where it named none.
	Code string
	// Cause is one of the causes above and tells more of the class; empty where nothing more is known.
	Cause string
	// HTTPStatus is 0 when there was no answer.
	HTTPStatus int
	// RetryAfter is how long the provider asked to wait; 0 when it did not.
	RetryAfter time.Duration
	// Err is the transport's error, if there was one, with nothing secret in it.
	Err error
}

// Error names class, code and status.
func (e *SendError) Error() string {
	text := fmt.Sprintf("provider: %s", e.Class)
	if e.Code != "" {
		text += " code " + e.Code
	}
	if e.HTTPStatus != 0 {
		text += fmt.Sprintf(" (HTTP %d)", e.HTTPStatus)
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap gives the transport's error.
func (e *SendError) Unwrap() error { return e.Err }

// ClassOf is the class of an error of a send; ClassUnknown for errors that are no SendError.
func ClassOf(err error) Class {
	if e, ok := errors.AsType[*SendError](err); ok {
		return e.Class
	}
	return ClassUnknown
}
