package callback

import (
	"errors"
	"net/http"
	"time"
)

// Errors of releasing by hand; compare with errors.Is.
var (
	// ErrNoSuchCallback means that the index is outside of what is pending.
	ErrNoSuchCallback = errors.New("no such pending callback")
	// ErrNoURL means that the callback has nowhere to go, since its app has no subscription.
	ErrNoURL = errors.New("callback has no receiver")
	// ErrRefused means that the receiver answered something else than 2xx.
	ErrRefused = errors.New("receiver refused the callback")
)

// Callback is one post to one receiver.
type Callback struct {
	// System is the provider's name, by which faults know it.
	System string
	// AppID is the provider's identifier of the app.
	AppID string
	// Kind is the event that it reports: enqueued, sent, delivered, read, failed, billing, inbound, template, account, user,
	// preference or other; batch of several.
	Kind string
	// MessageID is the provider's id of the message it is about, empty if it is about none.
	MessageID string
	// Body is the raw body; none of one that waits for a phone.
	Body []byte
	// URL is the receiver; empty for a held callback of an app without subscription.
	URL string
	// Header is sent along.
	Header http.Header
	// Planned is when it is to be posted; zero of one that waits for a phone.
	Planned time.Time

	stage string
	batch *Batch
	// struck says that a fault has had its turn.
	struck  bool
	retry   Retry
	seq     uint64
	attempt int
	reached func(time.Time)
	outbox  *Outbox
}

// Retry is what happens to a callback that the receiver does not take.
type Retry struct {
	// Attempts is how often it is posted at most; less than 1 is 1.
	Attempts int
	// Backoff is the pause before the second attempt; it doubles with each further one.
	Backoff time.Duration
}

// Plan is when and how a callback is to be posted.
type Plan struct {
	// Lag is the time from now to the first attempt.
	Lag time.Duration
	// Hold keeps the callback until it is released by hand, whatever the lag.
	Hold bool
	// Retry applies to callbacks that are not held.
	Retry Retry
	// Released, if set, is called with the time when a held callback is first released.
	Released func(time.Time)
	// Stage names what happens to the message, for [Outbox.Withdraw].
	Stage string
	// Waits says that the event cannot happen yet, since a phone is off: the callback is listed, and never posted.
	Waits bool
	// Batch, if set, has the callback go out together with others. It applies to callbacks that are not held.
	Batch *Batch
}
