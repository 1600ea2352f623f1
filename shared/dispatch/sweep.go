package dispatch

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// sweepLimit is how many of each kind one sweep reads at a time.
const sweepLimit = 500

// Swept counts what a sweep did.
type Swept struct {
	Republished, Doubted, Resent, GivenUp, Adopted, Joined, Postponed, Recovered int
}

// LogValue lists the counts.
func (s Swept) LogValue() slog.Value {
	return slog.GroupValue(
		slog.Int("republished", s.Republished), slog.Int("doubted", s.Doubted), slog.Int("resent", s.Resent),
		slog.Int("given_up", s.GivenUp), slog.Int("adopted", s.Adopted), slog.Int("joined", s.Joined),
		slog.Int("postponed", s.Postponed), slog.Int("recovered", s.Recovered))
}

// Sweep brings back all that waits and is due. It may run twice at a time and stop at any point: each step is conditional
// on what it read or can be repeated. One item's failure does not keep the others waiting; all failures are reported.
func (d *Dispatcher) Sweep(ctx context.Context) (Swept, error) {
	var s Swept
	// What the heartbeat shows to have passed must be looked at after it was read.
	beat, err := d.Store.Heartbeat(ctx)
	if err != nil {
		return s, err
	}
	failures := []error{d.sendHeartbeat(ctx)}
	all, err := d.sweepParked(ctx, &s)
	if !all {
		beat = time.Time{} // evidence may lie among what is still parked: no doubt ends before that was looked at
	}
	// Accounts come last: their providers may take long to answer, and what waits elsewhere must not wait for that too.
	return s, errors.Join(append(failures, err, d.sweepMessages(ctx, &s, beat), d.sweepAccounts(ctx, &s))...)
}

// sendHeartbeat publishes to provider-events what shows, once receive has it, that all before it has passed.
func (d *Dispatcher) sendHeartbeat(ctx context.Context) error {
	data, err := json.Marshal(provider.Event{Kind: provider.KindHeartbeat, At: d.Clock.Now().UnixMilli()})
	if err != nil {
		return err
	}
	_, err = d.Callbacks.Publish(ctx, queue.Message{Data: data, Attributes: map[string]string{provider.AttributeKind: string(provider.KindHeartbeat)}})
	return err
}

// sweepTime is how long a sweep goes on to take more of one kind; what is still due then is left to the next.
const sweepTime = 20 * time.Second

// sweepAll deals with all that is due, page by page; list gives the page after an item, or the first. It tells whether it got
// through with all of it. One item's failure, or one that cannot be read, does not keep the others waiting.
func sweepAll[T any](d *Dispatcher, list func(last *T) ([]T, error), deal func(T) error) (all bool, err error) {
	began := d.Clock.Now()
	page, err := list(nil)
	failures := []error{err}
	for len(page) > 0 {
		for _, item := range page {
			if failed := deal(item); failed != nil && !store.IsConflict(failed) {
				failures = append(failures, failed)
			}
		}
		if len(page) < sweepLimit && err == nil {
			break
		}
		if d.Clock.Now().Sub(began) > sweepTime {
			return false, errors.Join(failures...)
		}
		page, err = list(&page[len(page)-1])
		failures = append(failures, err)
	}
	err = errors.Join(failures...)
	return err == nil, err
}

func (d *Dispatcher) sweepMessages(ctx context.Context, s *Swept, beat time.Time) error {
	now := d.Clock.Now()
	_, err := sweepAll(d, func(last *message.Message) ([]message.Message, error) {
		if last == nil {
			return d.Store.DueMessages(ctx, now, sweepLimit)
		}
		return d.Store.DueMessagesAfter(ctx, now, *last, sweepLimit)
	}, func(m message.Message) error { return d.sweepMessage(ctx, s, m, beat) })
	return err
}

func (d *Dispatcher) sweepMessage(ctx context.Context, s *Swept, m message.Message, beat time.Time) error {
	switch {
	case m.Recorded():
		m.Due = time.Time{} // a callback recorded it after a refusal had made it wait
		return d.Store.Change(ctx, store.Change{Message: m})
	case m.Phase == message.Claimed:
		s.Doubted++
		return d.doubt(ctx, m)
	case m.Phase == message.InDoubt:
		return d.settle(ctx, s, m, beat)
	case m.Phase == message.Held:
		return d.unhold(ctx, s, m)
	case m.Phase == message.Waiting && len(m.EventData) > 0:
		s.Republished++
		return d.republish(ctx, m)
	default:
		m.Due = time.Time{}
		return d.Store.Change(ctx, store.Change{Message: m})
	}
}

// republish gives a kept event back to order-events; notify decides on it afresh.
func (d *Dispatcher) republish(ctx context.Context, m message.Message) error {
	attrs := maps.Clone(m.EventAttrs)
	if attrs == nil {
		attrs = map[string]string{}
	}
	attrs[AttributeRetry] = m.ID
	_, err := d.Events.Publish(ctx, queue.Message{Data: m.EventData, Attributes: attrs})
	return err
}

// unhold gives a held message back once its app and template are healthy, else looks again later.
func (d *Dispatcher) unhold(ctx context.Context, s *Swept, m message.Message) error {
	a, err := d.accounts.Get(ctx, m.AccountID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	id := m.AppID
	if m.Attempt == 0 {
		id = a.Sender // it is bound to no app yet, and goes through the one that the brand has chosen since
	}
	app, installed := a.App(id)
	if !installed || app.Health.Healthy() && a.Events[m.Event].Health.Healthy() {
		s.Republished++
		return d.republish(ctx, m)
	}
	if d.expired(a, m) {
		s.Republished++ // notify drops it with its reason
		return d.republish(ctx, m)
	}
	s.Postponed++
	m.Due = d.Clock.Now().Add(message.Backoff(m.Tries))
	if message.Backoff(m.Tries) < message.Backoff(m.Tries+1) {
		m.Tries = min(m.Tries+1, d.cfg.MaxTries-1) // a held message ends by its age, not by the number of looks
	}
	return d.Store.Change(ctx, store.Change{Message: m})
}

func (d *Dispatcher) expired(a account.Account, m message.Message) bool {
	limit := a.Age(m.Event)
	return limit > 0 && m.OccurredAt > 0 && d.Clock.Now().Sub(time.Unix(m.OccurredAt, 0)) > limit
}

// beatEvery is how long a doubt waits for a heartbeat before it is looked at again.
const beatEvery = 10 * time.Second

// settle ends a doubt for which no evidence came within the grace: the message is sent once more if evidence could have
// come, and is left in doubt otherwise.
func (d *Dispatcher) settle(ctx context.Context, s *Swept, m message.Message, beat time.Time) error {
	expected, err := d.evidenceExpected(ctx, m)
	if err != nil {
		return err
	}
	switch {
	case !expected || m.Resent || len(m.EventData) == 0:
		s.GivenUp++
		m.Due = time.Time{}
		return d.Store.Change(ctx, store.Change{Message: m})
	case beat.Before(m.LeaseUntil.Add(d.cfg.Grace)):
		// Callbacks of the grace may still be on their way to receive. It makes way for others that are due meanwhile.
		s.Postponed++
		m.Due = d.Clock.Now().Add(beatEvery)
		return d.Store.Change(ctx, store.Change{Message: m})
	}
	s.Resent++
	m.Phase, m.Resent, m.Due = message.Waiting, true, d.Clock.Now()
	if err := d.Store.Change(ctx, store.Change{Message: m}); err != nil {
		return err
	}
	return d.republish(ctx, m)
}

// evidenceExpected tells whether the app would have told us, had the provider taken the message.
func (d *Dispatcher) evidenceExpected(ctx context.Context, m message.Message) (bool, error) {
	p, ok := d.Providers.Get(m.Provider)
	if !ok || !p.Capabilities().Callbacks {
		return false, nil
	}
	last, err := d.Store.LastCallbackTime(ctx, m.AppID)
	if err != nil {
		return false, err
	}
	return !last.IsZero() && d.Clock.Now().Sub(last) <= d.cfg.EvidenceWindow, nil
}
