package tenant

import (
	"cmp"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/callback"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/ident"
)

// defaultShuffle is how late shuffled callbacks are posted if the behaviour does not say.
const defaultShuffle = 10 * time.Second

// Lag is how long after the event before it each event happens. Callbacks are posted when their event happens.
type Lag struct {
	// Enqueued, Sent, Delivered and Read follow acceptance and each other in this order. Only Gupshup reports enqueued.
	Enqueued, Sent, Delivered, Read time.Duration
	// Failed follows acceptance, or enqueued where there is one.
	Failed time.Duration
	// Billing follows delivered, at Gupshup.
	Billing time.Duration
	// Inbound follows the shopper's reply.
	Inbound time.Duration
}

// Behaviour is how an app's messages proceed and how its callbacks are posted. The zero value sends no callbacks. Each
// provider's own behaviour embeds it and adds how that provider words its callbacks.
type Behaviour struct {
	// Callbacks are sent at all.
	Callbacks bool
	// Hold keeps callbacks until they are released by hand; a message's state then moves when its callback is released.
	Hold bool
	// Lag is the time between the events.
	Lag Lag
	// AutoRead lets the shopper read every delivered message.
	AutoRead bool
	// Duplicate is how many extra copies of each callback are posted, each DuplicateLag after the one before.
	Duplicate    int
	DuplicateLag time.Duration
	// Shuffle posts callbacks about a message at random times between acceptance and ShuffleWithin, 10 s by default.
	Shuffle       bool
	ShuffleWithin time.Duration
	// RatePerSecond refuses sends above this rate; 0 is no limit.
	RatePerSecond int
	// Retry is how often callbacks are repeated that the receiver does not take.
	Retry callback.Retry
}

// Posting is how one callback is posted.
type Posting struct {
	// Lags are the times from now to each copy.
	Lags []time.Duration
	// Released, if set, is called when a held callback is first released by hand.
	Released func(now time.Time)
	// Stage is the message's, and Waits says that the phone has to be on first.
	Stage string
	Waits bool
	// Batch, if set, has it go out together with others.
	Batch *callback.Batch
}

// AtOnce posts a callback and its copies now.
func (b *Behaviour) AtOnce() Posting {
	return Posting{Lags: make([]time.Duration, 1+max(b.Duplicate, 0))}
}

// Inbound posts the callback about a shopper's message.
func (b *Behaviour) Inbound(random *ident.Generator) Posting {
	copies := callback.Copies{Duplicate: b.Duplicate, Lag: b.DuplicateLag}
	return Posting{Lags: copies.Lags(b.Lag.Inbound, random)}
}

// lags are the times of a status callback's copies, whose own is the first.
func (b *Behaviour) lags(own time.Duration, random *ident.Generator) []time.Duration {
	copies := callback.Copies{Duplicate: b.Duplicate, Lag: b.DuplicateLag}
	if b.Shuffle {
		copies.Within = cmp.Or(max(b.ShuffleWithin, 0), defaultShuffle)
	}
	return copies.Lags(own, random)
}
