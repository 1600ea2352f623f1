// Package throttle bounds what one instance asks of providers, so that one app costs no other: how many messages a second an
// app sends and a shopper gets ([Rates]), how many of an app and of a provider are under way at once ([Places]), and whether
// an app's provider answers at all ([Circuits]). [Callers] does the same for those who call us.
package throttle

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
)

const (
	// maxTokenWait is how long a worker waits for a token before the message waits instead.
	maxTokenWait = 10 * time.Second
	// urgentShare of a sender's rate is kept for urgent messages, so that a bulk of others cannot hold them up.
	urgentShare = 0.2
	// pairEvery and pairBurst are WhatsApp's own limit for one sender and one shopper.
	pairEvery = 6 * time.Second
	pairBurst = 45
	// maxPairs bounds the memory of the pair limits; beyond it they start afresh, with the provider's own limit behind.
	maxPairs = 20_000
)

// ErrNoToken says that the sender's or the shopper's rate is used up for longer than a worker waits.
var ErrNoToken = errors.New("no token")

// Rates are this instance's share of what apps and shoppers can take. They are safe for concurrent use.
type Rates struct {
	clock clock.Clock

	mu    sync.Mutex
	apps  map[string]*appRate
	pairs map[string]*rate.Limiter
}

// appRate is one app's bucket, and the smaller one that messages which are not urgent must draw from as well.
type appRate struct {
	rate        float64
	all, common *rate.Limiter
}

// Token is the right to send one message now.
type Token struct {
	clock    clock.Clock
	reserved []*rate.Reservation
}

// GiveBack returns a token whose time has not come; nil is no token. One that could be used at once stays spent.
func (t *Token) GiveBack() {
	if t == nil {
		return
	}

	for _, r := range t.reserved {
		r.CancelAt(t.clock.Now())
	}
}

// NewRates returns the rates of an instance.
func NewRates(c clock.Clock) *Rates {
	return &Rates{
		clock: c,
		apps:  map[string]*appRate{},
		pairs: map[string]*rate.Limiter{},
	}
}

// Take waits for a token of an app that sends perSecond messages through this instance, and of the pair of app and shopper;
// ErrNoToken if that would take too long.
func (l *Rates) Take(ctx context.Context, appID string, perSecond float64, to phone.Number, urgent bool) (*Token, error) {
	buckets := l.buckets(appID, perSecond, to, urgent)
	now := l.clock.Now()
	t := &Token{clock: l.clock}

	var wait time.Duration
	for _, b := range buckets {
		r := b.ReserveN(now, 1)
		t.reserved = append(t.reserved, r)
		if !r.OK() {
			t.GiveBack()
			return nil, ErrNoToken
		}

		wait = max(wait, r.DelayFrom(now))
	}
	if wait > maxTokenWait {
		t.GiveBack()
		return nil, ErrNoToken
	}
	if err := clock.Wait(ctx, l.clock, wait); err != nil {
		t.GiveBack()
		return nil, err
	}

	return t, nil
}

func (l *Rates) buckets(appID string, perSecond float64, to phone.Number, urgent bool) []*rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()

	s := l.apps[appID]
	if s == nil || s.rate != perSecond {
		s = &appRate{rate: perSecond, all: bucket(perSecond), common: bucket(perSecond * (1 - urgentShare))}
		l.apps[appID] = s
	}

	key := appID + " " + to.E164()
	pair := l.pairs[key]
	if pair == nil {
		if len(l.pairs) >= maxPairs {
			clear(l.pairs)
		}

		pair = rate.NewLimiter(rate.Every(pairEvery), pairBurst)
		l.pairs[key] = pair
	}
	if urgent {
		return []*rate.Limiter{s.all, pair}
	}

	return []*rate.Limiter{s.all, s.common, pair}
}

// bucket holds one second's worth of tokens, at least one.
func bucket(perSecond float64) *rate.Limiter {
	return rate.NewLimiter(rate.Limit(perSecond), max(int(perSecond), 1))
}
