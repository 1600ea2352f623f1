package intake

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// receiveIdentity takes the news that a shopper has another number or user id. What was refused goes on holding under the new
// ones. Nothing else goes over: a number may have had another owner, so customers are not merged and no consent is given.
func (i *Intake) receiveIdentity(ctx context.Context, c Callback) (outcome.Report, error) {
	e := c.Event.Identity
	if e == nil {
		return c.report(outcome.Ignored), nil
	}

	for range maxConflicts {
		err := i.move(ctx, c, *e)
		if store.IsConflict(err) || errors.Is(err, store.ErrExists) {
			continue
		}

		return c.report(outcome.Applied), err
	}

	return c.report(""), fault.New(fault.Conflict, "intake.receiveIdentity", "the customer keeps changing")
}

// moving is what news of another number or user id changes.
type moving struct {
	news provider.IdentityEvent
	at   time.Time
	// before and now are the keys of the numbers that the news tells; empty for one that it does not.
	before, now string
	// old and fresh are the user ids, as read; without an ID if the news does not tell it.
	old, fresh store.UserID
	// effects and users are what is to be written.
	effects store.Consequences
	users   []store.UserID
}

// note has a user id stored, if anything of it is new.
func (m *moving) note(stored, user store.UserID) {
	if user.Differs(stored) {
		m.users = append(m.users, user)
	}
}

func (i *Intake) move(ctx context.Context, c Callback, e provider.IdentityEvent) error {
	m := moving{news: e, at: c.happenedAt()}

	var err error
	if m.before, err = i.phoneKey(ctx, e.PreviousPhone); err != nil {
		return err
	}
	if m.now, err = i.phoneKey(ctx, e.Phone); err != nil {
		return err
	}
	if e.PreviousUserID != "" {
		if m.old, err = i.store.UserID(ctx, c.AppID, e.PreviousUserID); err != nil {
			return err
		}
	}
	if e.UserID != "" {
		if m.fresh, err = i.store.UserID(ctx, c.AppID, e.UserID); err != nil {
			return err
		}
	}

	if e.SameNumber || m.now != "" && m.now == m.before {
		err = i.renamed(ctx, c, &m)
	} else {
		err = i.renumbered(ctx, c, &m)
	}
	if err != nil {
		return err
	}

	return i.store.AddConsents(ctx, m.effects.Changing(), m.users...)
}

// renamed takes news of another user id under the same number: it stands for all that the old one stood for.
func (i *Intake) renamed(ctx context.Context, c Callback, m *moving) error {
	if m.fresh.ID == "" {
		return nil
	}

	fresh := m.fresh.Formerly(m.old.Former...)
	for _, key := range m.old.PhoneKeys {
		fresh = fresh.Standing(key, m.old.Known[key])
	}

	number := cmp.Or(m.now, m.before)
	if number != "" {
		fresh = fresh.Standing(number, m.at)
	}

	return i.succeed(ctx, c, m, fresh, store.Heir{ID: fresh.ID, At: m.at})
}

// renumbered takes news of another number. What was refused under each old number goes over to the new one, if that is told, and else
// to the one that the new user id will stand for. The old numbers may have another owner from now on.
func (i *Intake) renumbered(ctx context.Context, c Callback, m *moving) error {
	var heirs []store.Heir
	fresh := m.fresh
	if m.now != "" {
		heirs = append(heirs, store.Heir{PhoneKey: m.now, At: m.at})
		if err := i.occupy(ctx, c, m); err != nil {
			return err
		}
		if fresh.ID != "" {
			fresh = fresh.Standing(m.now, m.at)
		}
	}
	if fresh.ID != "" {
		heirs = append(heirs, store.Heir{ID: fresh.ID, At: m.at})
	}

	left, err := i.leave(ctx, c, m, heirs)
	if err != nil {
		return err
	}

	return i.succeed(ctx, c, m, fresh.Formerly(left...), heirs...)
}

// occupy notes that the new number was another shopper's until now.
func (i *Intake) occupy(ctx context.Context, c Callback, m *moving) error {
	number, err := i.store.UserID(ctx, c.AppID, store.NumberID(m.now))
	if err != nil {
		return err
	}

	m.note(number, number.Vacated(m.at))

	return nil
}

// leave notes of each old number what takes its place, and carries what was refused under it to the new ones. It returns the keys of
// the old numbers: those that the news or the old user id tells, and those for which one of them stands.
func (i *Intake) leave(ctx context.Context, c Callback, m *moving, heirs []store.Heir) ([]string, error) {
	var left []string

	keys := slices.Concat([]string{m.before}, m.old.PhoneKeys, m.old.Former)
	for n := 0; n < len(keys); n++ {
		key := keys[n]
		if key == "" || key == m.now || slices.Contains(left, key) {
			continue
		}

		left = append(left, key)

		number, err := i.store.UserID(ctx, c.AppID, store.NumberID(key))
		if err != nil {
			return nil, err
		}

		keys = append(keys, number.PhoneKeys...)
		m.note(number, number.Vacated(m.at).Passing(heirs...))

		for _, to := range m.numbers() {
			if to.Key == key {
				continue
			}
			if err := i.outcomes.CarryRefusals(ctx, c.lineOf(), key, m.at, to, &m.effects); err != nil {
				return nil, err
			}
		}
	}

	return left, nil
}

// numbers are those that the shopper has now: the one that the news tells, and those that the new user id stands for already.
func (m *moving) numbers() []outcome.Number {
	var now []outcome.Number
	if m.now != "" {
		now = append(now, outcome.Number{Key: m.now, E164: e164(m.news.Phone)})
	}

	for _, key := range m.fresh.PhoneKeys {
		if key != m.now {
			now = append(now, outcome.Number{Key: key})
		}
	}

	return now
}

// succeed has heirs take the old user id's place. What waited under either of the ids goes to the numbers that the new one stands for,
// or to the new number.
func (i *Intake) succeed(ctx context.Context, c Callback, m *moving, fresh store.UserID, heirs ...store.Heir) error {
	if m.old.ID != "" && m.old.ID != m.fresh.ID {
		m.note(m.old, m.old.Passing(heirs...))
	}
	if m.old.Stop != nil {
		fresh = fresh.Stopped(*m.old.Stop)
	}

	waiting := fresh.Waiting()
	if m.fresh.Start != nil && len(m.fresh.PhoneKeys) == 0 {
		waiting = append(waiting, *m.fresh.Start)
	}

	keys := fresh.PhoneKeys
	if fresh.ID == "" && m.now != "" {
		keys = []string{m.now}
	}
	if fresh.ID != "" {
		m.note(m.fresh, fresh)
	}

	for _, key := range fresh.PhoneKeys {
		if slices.Contains(m.fresh.PhoneKeys, key) {
			continue
		}

		to := outcome.Number{Key: key}
		if key == m.now {
			to.E164 = e164(m.news.Phone)
		}
		if err := i.outcomes.Inherit(ctx, c.lineOf(), fresh, to, &m.effects); err != nil {
			return err
		}
	}

	if len(keys) == len(m.fresh.PhoneKeys) && fresh.Stop == m.fresh.Stop {
		return nil // nothing is new
	}

	return i.addUnder(ctx, c, keys, waiting, &m.effects)
}

// addUnder adds what was said under a user id to the customers of each number that the id stands for, given by their keys.
func (i *Intake) addUnder(ctx context.Context, c Callback, phoneKeys []string, said []consent.Entry, to *store.Consequences) error {
	if len(said) == 0 {
		return nil
	}

	customers, err := i.behind(ctx, c, phoneKeys, true)
	if err != nil {
		return err
	}

	for _, customer := range customers {
		to.Of(customer).RecordAll(said, i.clock.Now())
	}

	return nil
}
