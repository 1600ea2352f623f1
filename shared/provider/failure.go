package provider

import (
	"errors"
	"fmt"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// The meanings that an error code can have, for the providers' tables of codes. A row with a wait of its own says After.
var (
	Transient      = message.Failure{Class: message.ClassTransient}
	Throttled      = message.Failure{Class: message.ClassThrottled}
	Undeliverable  = message.Failure{Class: message.ClassRecipient}
	NoWhatsApp     = message.Failure{Class: message.ClassRecipient, Cause: message.CauseNotOnWhatsApp}
	OptedOut       = message.Failure{Class: message.ClassOptedOut}
	BadTemplate    = message.Failure{Class: message.ClassTemplate}
	TemplatePaused = message.Failure{Class: message.ClassTemplatePaused}
	// OtherCategory means that the template is of another category than our copy of it says, and was sent by the route of that one.
	OtherCategory  = message.Failure{Class: message.ClassTransient, Cause: message.CauseOtherCategory}
	BadCredentials = message.Failure{Class: message.ClassAccount, Cause: message.CauseCredentials}
	LowBalance     = message.Failure{Class: message.ClassAccount, Cause: message.CauseBalance}
	Blocked        = message.Failure{Class: message.ClassAccount, Cause: message.CauseBlocked}
	BadRequest     = message.Failure{Class: message.ClassBadRequest}
	// InDoubt means that nobody knows whether the provider took the message.
	InDoubt = message.Failure{Class: message.ClassUnknown}
	// Unlisted classifies a code that is in no table: the message fails; account and shopper are unaffected.
	Unlisted = message.Failure{Class: message.ClassBadRequest, Cause: message.CauseUnlisted}
)

// ErrUnsupported says that a provider has no way to express a message.
var ErrUnsupported = errors.New("the provider has no way to express it")

// SendError is a provider's refusal, or the lack of an answer. Its text names class, code and status only: never what
// was sent, to whom, or with which credential.
type SendError struct {
	// Failure says what the error means. Its code is "http_429" and the like where the provider named none.
	message.Failure
	// HTTPStatus is 0 when there was no answer.
	HTTPStatus int
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

// Unwrap returns the transport's error.
func (e *SendError) Unwrap() error { return e.Err }

// ClassOf is the class of an error of a send; ClassUnknown for errors that are no SendError.
func ClassOf(err error) message.Class {
	if e, ok := errors.AsType[*SendError](err); ok {
		return e.Class
	}

	return message.ClassUnknown
}

// CodeRow is one error code of a provider and what it means.
type CodeRow struct {
	Code  string
	Means message.Failure
	// Source is the page that the row was taken from, with its words for the code, or the reason for what is ours.
	Source string
}

// Code returns a row of a table.
func Code(code string, means message.Failure, source string) CodeRow {
	return CodeRow{Code: code, Means: means, Source: source}
}

// CodeTable finds the meaning of an error code.
type CodeTable map[string]CodeRow

// NewCodeTable joins lists of rows. Where two lists have the same code, the earlier list's row counts: a provider puts its
// own rows before those that it shares with others.
func NewCodeTable(lists ...[]CodeRow) CodeTable {
	t := CodeTable{}
	for _, list := range lists {
		for _, row := range list {
			if _, ok := t[row.Code]; !ok {
				t[row.Code] = row
			}
		}
	}

	return t
}

// Classify returns the failure that a code means and whether the table has the code; [Unlisted] if it has not.
func (t CodeTable) Classify(code string) (message.Failure, bool) {
	if row, ok := t[code]; ok {
		return row.Means.Coded(code), true
	}

	return Unlisted.Coded(code), false
}
