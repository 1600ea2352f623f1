package dispatch

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

// errNoToken says that the sender's or the shopper's rate is used up for longer than a worker waits.
var errNoToken = errors.New("no token")

// limits are this instance's share of what senders and shoppers can take.
type limits struct {
	clock     clock.Clock
	instances int

	mu      sync.Mutex
	senders map[string]*senderLimit
	pairs   map[string]*rate.Limiter
}

// senderLimit is one sender's bucket, and the smaller one that messages which are not urgent must draw from as well.
type senderLimit struct {
	rate        float64
	all, common *rate.Limiter
}

// token is the right to send one message now.
type token struct {
	clock    clock.Clock
	reserved []*rate.Reservation
}

// giveBack returns a token whose time has not come; nil is no token. One that could be used at once stays spent.
func (t *token) giveBack() {
	if t == nil {
		return
	}

	for _, r := range t.reserved {
		r.CancelAt(t.clock.Now())
	}
}

func newLimits(c clock.Clock, instances int) *limits {
	return &limits{
		clock:     c,
		instances: max(instances, 1),
		senders:   map[string]*senderLimit{},
		pairs:     map[string]*rate.Limiter{},
	}
}

// take waits for a token of the sender and of the pair; errNoToken if that would take too long.
func (l *limits) take(ctx context.Context, s sender, to phone.Number, urgent bool) (*token, error) {
	perSecond := s.installed.Rate
	if perSecond == 0 {
		perSecond = s.provider.Capabilities().Rate
	}

	buckets := l.buckets(s.installed.ID, perSecond/float64(l.instances), to, urgent)
	now := l.clock.Now()
	t := &token{clock: l.clock}

	var wait time.Duration
	for _, b := range buckets {
		r := b.ReserveN(now, 1)
		t.reserved = append(t.reserved, r)
		if !r.OK() {
			t.giveBack()
			return nil, errNoToken
		}

		wait = max(wait, r.DelayFrom(now))
	}
	if wait > maxTokenWait {
		t.giveBack()
		return nil, errNoToken
	}
	if err := clock.Wait(ctx, l.clock, wait); err != nil {
		t.giveBack()
		return nil, err
	}

	return t, nil
}

func (l *limits) buckets(appID string, perSecond float64, to phone.Number, urgent bool) []*rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()

	s := l.senders[appID]
	if s == nil || s.rate != perSecond {
		s = &senderLimit{rate: perSecond, all: bucket(perSecond), common: bucket(perSecond * (1 - urgentShare))}
		l.senders[appID] = s
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
