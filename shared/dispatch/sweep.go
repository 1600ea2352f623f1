package dispatch

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// sweepLimit is how many of each kind one sweep takes on; the rest is due at the next.
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
	return s, errors.Join(append(failures, err, d.sweepAccounts(ctx, &s), d.sweepMessages(ctx, &s, beat))...)
}

// sendHeartbeat publishes to provider-events what shows, once receive has it, that all before it has passed.
func (d *Dispatcher) sendHeartbeat(ctx context.Context) error {
	data, err := json.Marshal(provider.Event{Kind: provider.KindHeartbeat, At: d.Clock.Now().UnixMilli()})
	if err != nil {
		return err
	}
	return d.Callbacks.Publish(ctx, data, map[string]string{AttributeKind: string(provider.KindHeartbeat)})
}

// Attributes of provider-events: the sort of event, and whose it is.
const (
	AttributeKind     = "kind"
	AttributeProvider = "provider"
	AttributeApp      = "app"
	AttributeAccount  = "account"
)

// KindRaw marks a callback's body that webhook could not read.
const KindRaw = "raw"

func (d *Dispatcher) sweepMessages(ctx context.Context, s *Swept, beat time.Time) error {
	due, err := d.Store.DueMessages(ctx, d.Clock.Now(), sweepLimit)
	if err != nil {
		return err
	}
	var failures []error
	for _, m := range due {
		if err := d.sweepMessage(ctx, s, m, beat); err != nil && !store.IsConflict(err) {
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
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
	return d.Events.Publish(ctx, m.EventData, attrs)
}

// unhold gives a held message back once its app and template are healthy, else looks again later.
func (d *Dispatcher) unhold(ctx context.Context, s *Swept, m message.Message) error {
	a, err := d.accounts.Get(ctx, m.AccountID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	app, installed := a.App(m.AppID)
	if !installed || app.Health.Healthy() && a.Events[m.Event].HeldReason == "" {
		s.Republished++
		return d.republish(ctx, m)
	}
	if d.expired(a, m) {
		s.Republished++ // notify drops it with its reason
		return d.republish(ctx, m)
	}
	s.Postponed++
	m.Due = d.Clock.Now().Add(backoff(m.Tries))
	m.Tries = min(m.Tries+1, d.cfg.MaxTries-1) // a held message ends by its age, not by the number of looks
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
	last, err := d.Store.LastCallback(ctx, m.AppID)
	if err != nil {
		return false, err
	}
	return !last.IsZero() && d.Clock.Now().Sub(last) <= d.cfg.EvidenceWindow, nil
}

// sweepParked looks at the parked statuses that are due, and tells whether it got through with all of them.
func (d *Dispatcher) sweepParked(ctx context.Context, s *Swept) (all bool, err error) {
	due, err := d.Store.DueParked(ctx, d.Clock.Now(), sweepLimit)
	if err != nil {
		return false, err
	}
	var failures []error
	for _, p := range due {
		if err := d.sweepParkedOne(ctx, s, p); err != nil && !store.IsConflict(err) {
			failures = append(failures, err)
		}
	}
	return len(due) < sweepLimit && len(failures) == 0, errors.Join(failures...)
}

// sweepParkedOne joins a parked status to its message: to the one that is known by the id, or to the one in doubt that it
// is evidence for.
func (d *Dispatcher) sweepParkedOne(ctx context.Context, s *Swept, p store.Parked) error {
	m, err := d.Store.MessageByProviderIDs(ctx, p.AppID, p.IDs)
	if err == nil {
		s.Joined++
		return d.join(ctx, p, m, attemptOf(m, p.IDs))
	}
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if p.Owner == "" {
		var attempt int
		if m, attempt, err = d.inDoubt(ctx, p); err != nil {
			return err
		}
		if attempt == 0 {
			s.Postponed++
			return d.Store.PostponeParked(ctx, p, d.lookAgainAt(p))
		}
		if err := d.Store.Adopt(ctx, p, m.ID); err != nil {
			return err
		}
		s.Adopted++
		// Adopting changed the document, so it is removed at the next sweep, when the id is known.
		return d.applyParked(ctx, p, m, attempt)
	}
	// The one who adopted the id died before it was written to the message.
	if m, err = d.Store.Message(ctx, p.Owner); err != nil {
		return err
	}
	return d.applyParked(ctx, p, m, max(d.attemptInDoubt(p, m), 1))
}

// lookAgainAt is when a parked status is looked at again: several times within the grace, later ever more rarely.
func (d *Dispatcher) lookAgainAt(p store.Parked) time.Time {
	now := d.Clock.Now()
	age := now.Sub(time.UnixMilli(p.First()))
	return now.Add(min(max(age/2, d.cfg.Grace/8), time.Hour))
}

// inDoubt is the message and attempt of the parked status's shopper of which nothing is known and in whose time the status
// falls; attempt 0 if there is none.
func (d *Dispatcher) inDoubt(ctx context.Context, p store.Parked) (message.Message, int, error) {
	customer, err := d.Store.Customer(ctx, p.CustomerID)
	if errors.Is(err, store.ErrNotFound) || err == nil && customer.InFlight == "" {
		return message.Message{}, 0, nil
	}
	if err != nil {
		return message.Message{}, 0, err
	}
	m, err := d.Store.Message(ctx, customer.InFlight)
	if errors.Is(err, store.ErrNotFound) {
		return message.Message{}, 0, nil
	}
	if err != nil || m.AppID != p.AppID {
		return message.Message{}, 0, err
	}
	return m, d.attemptInDoubt(p, m), nil
}

// evidenceSlack is how far a provider's clock may be off ours.
const evidenceSlack = 5 * time.Second

// attemptInDoubt is the attempt, its lease over and nothing known of it, in whose lease the parked status's first time
// lies; 0 if there is none.
func (d *Dispatcher) attemptInDoubt(p store.Parked, m message.Message) int {
	first, now := time.UnixMilli(p.First()), d.Clock.Now()
	for n := m.Attempt; n > 0; n-- {
		a := m.Attempts[message.Number(n)]
		claimed := time.UnixMilli(a.ClaimedAt)
		end := claimed.Add(d.cfg.Lease)
		if unheardOf(a) && !now.Before(end) &&
			!first.Before(claimed.Add(-evidenceSlack)) && !first.After(end.Add(evidenceSlack)) {
			return n
		}
	}
	return 0
}

// join applies a parked status to the message it is known to be of, and removes it.
func (d *Dispatcher) join(ctx context.Context, p store.Parked, m message.Message, attempt int) error {
	if err := d.applyParked(ctx, p, m, attempt); err != nil {
		return err
	}
	return d.Store.Unpark(ctx, p)
}

// applyParked applies what is parked, the earliest status first.
func (d *Dispatcher) applyParked(ctx context.Context, p store.Parked, m message.Message, attempt int) error {
	statuses := slices.SortedFunc(maps.Keys(p.At), func(a, b string) int {
		return int(message.RankOf(message.Status(a)) - message.RankOf(message.Status(b)))
	})
	var parts []store.Progress
	for _, status := range statuses {
		part := store.Progress{Status: message.Status(status), At: p.At[status]}
		if part.Status == message.StatusFailed {
			part.Code, part.Class = p.Code, p.Class
		}
		parts = append(parts, part)
	}
	for kind, price := range p.Price {
		parts = append(parts, store.Progress{Pricing: price, PricingKind: kind})
	}
	for _, part := range parts {
		part.MessageID, part.Attempt, part.AppID, part.IDs = m.ID, attempt, p.AppID, p.IDs
		e := effect{class: provider.Class(part.Class), code: part.Code, cause: p.Cause, at: time.UnixMilli(part.At)}
		fresh, err := d.Store.Message(ctx, m.ID)
		if err != nil {
			return err
		}
		if err := d.applyStatus(ctx, fresh, part, e); err != nil {
			return err
		}
	}
	return nil
}

// sweepAccounts tries apps that cannot send and templates that are held, and lets go what works again.
func (d *Dispatcher) sweepAccounts(ctx context.Context, s *Swept) error {
	accounts, err := d.Store.AccountsNeedingAttention(ctx, sweepLimit)
	if err != nil {
		return err
	}
	var failures []error
	for _, a := range accounts {
		if err := d.probe(ctx, s, a); err != nil {
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}

// probe tries what is unhealthy in one account.
func (d *Dispatcher) probe(ctx context.Context, s *Swept, a account.Account) error {
	now := d.Clock.Now()
	working := map[string]bool{} // app id → whether its credentials work
	for id, app := range a.Apps {
		if app.Health.Healthy() || now.Before(app.Health.RetryAt) {
			continue
		}
		works, err := d.credentialsWork(ctx, a.ID, id)
		if err != nil {
			return err
		}
		working[id] = works
	}
	approved := map[string]bool{}
	for _, e := range a.Events {
		if e.HeldReason == "" || now.Sub(e.HeldSince) < firstProbe {
			continue
		}
		if _, asked := approved[e.TemplateID]; asked {
			continue
		}
		t, err := d.fetchTemplate(ctx, a.ID, a.Sender, e.TemplateID)
		approved[e.TemplateID] = err == nil && t.Approved() // an error is the provider's to mend
	}
	if len(working)+len(approved) == 0 {
		return nil
	}
	defer d.accounts.Forget(a.ID)
	return d.Store.ChangeAccount(ctx, a.ID, func(fresh *account.Account) bool {
		return recovered(fresh, working, approved, now, s)
	})
}

// recovered takes over into the account what a probe found out.
func recovered(a *account.Account, working, approved map[string]bool, now time.Time, s *Swept) bool {
	changed := false
	for id, works := range working {
		app, installed := a.Apps[id]
		if !installed || app.Health.Since.After(now) {
			continue
		}
		if works {
			// How often it was checked is kept for the case that it fails again soon.
			app.Health = account.Health{Since: now, Checks: app.Health.Checks}
			s.Recovered++
		} else {
			app.Health.Checks++
			app.Health.RetryAt = now.Add(backoff(app.Health.Checks + 4))
		}
		a.Apps[id] = app
		changed = true
	}
	for templateID, ok := range approved {
		if ok && releaseTemplate(a, templateID, now) {
			s.Recovered++
			changed = true
		}
	}
	return changed
}

// credentialsWork tries an app's credentials. A provider that cannot be asked counts as working once its time has come:
// the next send will tell.
func (d *Dispatcher) credentialsWork(ctx context.Context, accountID, appID string) (bool, error) {
	a, err := d.accounts.Get(ctx, accountID)
	if err != nil {
		return false, err
	}
	d.Secrets.Forget(a.Apps[appID].Secret) // the brand may have mended it
	app, p, err := d.connect(ctx, accountID, appID)
	if errors.Is(err, store.ErrNotFound) || fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	checker, ok := p.(provider.CredentialChecker)
	if !ok {
		return true, nil
	}
	return checker.Check(ctx, d.Client, app).Works(), nil
}
