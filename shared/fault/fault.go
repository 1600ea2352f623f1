// Package fault is the one vocabulary of errors: a [Kind] says what an error means to the code that has to act on it,
// and a table turns a kind into an HTTP status.
//
// An [Error] carries two texts. Its message is written for callers and is all that leaves the process; the text of the
// error it wraps is for the log. Neither may hold a phone number, secret, name, e-mail, message text or body.
package fault

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"
)

// Kind is the meaning of an error. The zero value is [Internal], so that an unclassified error is our own fault.
type Kind int

// The kinds of errors.
const (
	// Internal is our own fault: a bug or a broken promise of a part of ours.
	Internal Kind = iota
	// Invalid is input that breaks the contract; the same input will never be accepted.
	Invalid
	// Unauthenticated is a missing or wrong credential.
	Unauthenticated
	// Forbidden is a known caller that may not do this.
	Forbidden
	// NotFound is a thing that does not exist, or that the caller may not know to exist.
	NotFound
	// MethodNotAllowed is a known path with another method.
	MethodNotAllowed
	// UnsupportedMediaType is a body of another type or encoding than the route takes.
	UnsupportedMediaType
	// TooLarge is a body over the route's limit.
	TooLarge
	// TooSlow is a request whose body did not arrive in time.
	TooSlow
	// Conflict is a write that lost to another one, or that needs a state which is not there.
	Conflict
	// Stale is a write that is based on a state which another write has replaced since.
	Stale
	// Unconditional is a write that does not say which state it is based on, and has to.
	Unconditional
	// TooMany is a caller that has to slow down.
	TooMany
	// Unavailable is a part of ours (Firestore, Pub/Sub, Secret Manager) or our deadline failing for the moment.
	Unavailable
	// Upstream is a foreign system (provider, order platform) that failed or broke its contract.
	Upstream
	// Loop is a request that came back to where it was sent from.
	Loop
	// Canceled is a caller that went away before the answer.
	Canceled

	kinds = iota
)

type meaning struct {
	name    string
	status  int
	message string
}

// statusClientClosed is the status that proxies log for a caller who went away; nobody receives it.
const statusClientClosed = 499

// meanings is the table from kind to HTTP status. None of the statuses acknowledges a pushed message: after any error
// Pub/Sub delivers again, and a message that never succeeds reaches the dead-letter topic, so that nothing is lost.
var meanings = [kinds]meaning{
	Internal:             {"internal", http.StatusInternalServerError, "internal error"},
	Invalid:              {"invalid", http.StatusBadRequest, "the request is not valid"},
	Unauthenticated:      {"unauthenticated", http.StatusUnauthorized, "missing or wrong credentials"},
	Forbidden:            {"forbidden", http.StatusForbidden, "not allowed"},
	NotFound:             {"not_found", http.StatusNotFound, "not found"},
	MethodNotAllowed:     {"method_not_allowed", http.StatusMethodNotAllowed, "method not allowed"},
	UnsupportedMediaType: {"unsupported_media_type", http.StatusUnsupportedMediaType, "unsupported content type"},
	TooLarge:             {"too_large", http.StatusRequestEntityTooLarge, "the body is too large"},
	TooSlow:              {"too_slow", http.StatusRequestTimeout, "the body did not arrive in time"},
	Conflict:             {"conflict", http.StatusConflict, "in conflict with the present state"},
	Stale:                {"stale", http.StatusPreconditionFailed, "changed since it was read; read it again"},
	Unconditional:        {"unconditional", http.StatusPreconditionRequired, "the version that was read must be named"},
	TooMany:              {"too_many", http.StatusTooManyRequests, "too many requests"},
	Unavailable:          {"unavailable", http.StatusServiceUnavailable, "temporarily unavailable; try again later"},
	Upstream:             {"upstream", http.StatusBadGateway, "the order platform or a provider did not answer as agreed; try again later"},
	Loop:                 {"loop", http.StatusLoopDetected, "the request came back to where it was sent from"},
	Canceled:             {"canceled", statusClientClosed, "the caller went away"},
}

func (k Kind) meaning() meaning {
	if k < 0 || int(k) >= kinds {
		return meanings[Internal]
	}
	return meanings[k]
}

// String is the kind's name in logs, snake_case.
func (k Kind) String() string { return k.meaning().name }

// Status is the HTTP status that answers an error of this kind.
func (k Kind) Status() int { return k.meaning().status }

// Error is an error with a meaning.
type Error struct {
	// Kind is what the error means.
	Kind Kind
	// Op is the operation that failed, as "package.Operation"; for logs only.
	Op string
	// Field is the input's field at fault, a path such as "message.data"; callers see it.
	Field string
	// LogField is what the log has in place of Field, where that holds a word of the caller's; empty otherwise.
	LogField string
	// Msg is the sentence for callers: no ids of others, no secrets, none of the input's values.
	Msg string
	// Code is a word for callers' programs where one kind has several meanings, such as "INVALID_KEY"; empty for most.
	Code string
	// Err is the cause, for the log only.
	Err error
}

// New returns an error of a kind with a sentence that callers may see.
func New(kind Kind, op, msg string) error { return &Error{Kind: kind, Op: op, Msg: msg} }

// Wrap gives err a kind and the operation that failed; nil stays nil. Callers see the kind's general sentence only.
func Wrap(kind Kind, op string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Kind: kind, Op: op, Err: err}
}

// Field returns an Invalid error that names the field at fault and what is wrong with it, never its value.
func Field(name, msg string) error { return &Error{Kind: Invalid, Field: name, Msg: msg} }

// Error is the text for logs: operation, field, message and cause.
func (e *Error) Error() string {
	parts := make([]string, 0, 4)
	for _, s := range []string{e.Op, cmp.Or(e.LogField, e.Field)} {
		if s != "" {
			parts = append(parts, s)
		}
	}

	switch {
	case e.Msg != "":
		parts = append(parts, e.Msg)
	case e.Err == nil:
		parts = append(parts, e.Kind.meaning().message)
	}

	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}

	return strings.Join(parts, ": ")
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf is the meaning of err: that of the outermost [Error] in it, else Unavailable for a deadline and Canceled for
// a cancelled context, else Internal.
func KindOf(err error) Kind {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e.Kind
	case errors.Is(err, context.DeadlineExceeded):
		return Unavailable
	case errors.Is(err, context.Canceled):
		return Canceled
	default:
		return Internal
	}
}

// Is reports whether err is an error (not nil) of the kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }

// Public is what a caller may see of err: the field at fault, if one is, and a sentence. It never holds the text of a
// wrapped error.
func Public(err error) (field, msg string) {
	var e *Error
	if !errors.As(err, &e) {
		return "", KindOf(err).meaning().message
	}
	if e.Msg == "" {
		return e.Field, e.Kind.meaning().message
	}

	return e.Field, e.Msg
}

// CodeOf is the word for callers' programs of the outermost [Error] in err; empty if it has none.
func CodeOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}

	return ""
}
