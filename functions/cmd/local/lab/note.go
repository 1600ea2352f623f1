package lab

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	// secondLook is how old an event may be that is decided again after its message was not sent, where the account sets no limit.
	secondLook = 24 * time.Hour

	// lookUp is how long a note may take to read an account.
	lookUp = 5 * time.Second
)

// note says in words why an event sends nothing, as notify will decide; it is empty for an event that is decided on now.
func (l *Lab) note(ctx context.Context, e order.Event) (string, error) {
	if _, known := order.Lookup(e.Kind()); !known {
		return noSuchEvent(e), nil
	}
	if e.Subject == "" {
		return "the event names no shipment, return or cart", nil
	}

	// Without a cache: what was switched on a moment ago is on.
	accounts := settings.NewAccounts(l.Store, settings.Options{Clock: l.Clock, Timeout: lookUp})

	brand, err := accounts.OfEvent(ctx, e)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return l.noAccount(ctx, e)
	case err != nil:
		return "", err
	case len(brand.Apps) == 0:
		return fmt.Sprintf("account %s has no app", brand.ID), nil
	case !brand.Event(e.Kind().String()).Enabled:
		return switchedOff(brand, e), nil
	}

	return l.toldBefore(ctx, brand.ID, e)
}

// noSuchEvent says of an event that the catalogue has none such.
func noSuchEvent(e order.Event) string {
	if e.Resource == "" || e.SubType == "" {
		return "the event names no resource or no eventSubType"
	}
	if kind := e.Kind().String(); isWord(kind) {
		return "no such event: " + kind
	}

	return "no such event"
}

// switchedOff says of an event that it is off, and where its trace is.
func switchedOff(brand account.Account, e order.Event) string {
	kind := e.Kind().String()
	note := fmt.Sprintf("account %s has not switched on %s", brand.ID, kind)

	if brand.Choices[brand.Sender][kind].Enabled && !brand.Agreed(brand.Sender, kind, "") {
		note = fmt.Sprintf("account %s has switched on %s and not agreed to the charge, or not since its mark-up rose", brand.ID, kind)
	}

	if e.OrderID != "" {
		note += "; /local/order?orderId=" + e.OrderID + " shows that it came"
	}

	return note
}

// noAccount says of an event that belongs to no account why not.
func (l *Lab) noAccount(ctx context.Context, e order.Event) (string, error) {
	switch {
	case e.AccountConflict:
		return "the event names two accounts, or an account id that is none", nil
	case e.AccountID == "" && e.AccountSlug == "":
		return "the event names no account", nil
	case e.AccountID == "":
		return "no account has the slug " + e.AccountSlug, nil
	}

	brand, err := l.Store.Account(ctx, e.AccountID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return "no account has the id " + e.AccountID, nil
	case err != nil:
		return "", err
	default:
		return fmt.Sprintf("account %s has the slug %s, not %s", brand.ID, brand.Slug, e.AccountSlug), nil
	}
}

// toldBefore says of an event that was sent or passed over before when that was, and how to get a message; it is empty for others.
func (l *Lab) toldBefore(ctx context.Context, accountID string, e order.Event) (string, error) {
	keys, err := l.Keys(ctx)
	if err != nil {
		return "", err
	}

	m, err := l.Store.FirstMessage(ctx, []string{keys.Occurrence.Occurrence(accountID, e), keys.Occurrence.Former(accountID, e)})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return "", nil
	case err != nil:
		return "", err
	case m.PassedOver() && l.Clock.Now().Sub(e.OccurredAt) > secondLook:
		const words = "decided before, at %s: not sent, %s; it is too old to be decided again: change `%s` to now, or %s"
		return fmt.Sprintf(words, local(m.CreatedAt), m.Reason, e.OccurredField, afresh(l.State)), nil
	case !m.Recorded():
		return "", nil
	}

	return fmt.Sprintf("sent before, at %s; change `%s`, or %s", local(sentAt(m)), e.Another(), afresh(l.State)), nil
}

// local returns a time as people in India read it, with its zone.
func local(t time.Time) string { return t.In(config.IST).Format(time.RFC3339) }

// sentAt returns when a message was first accepted, or else when it was decided on.
func sentAt(m message.Message) time.Time {
	at := m.CreatedAt
	for n := m.Attempt; n > 0; n-- {
		if ms, accepted := m.AttemptAt(n).At[string(message.StatusAccepted)]; accepted {
			at = time.UnixMilli(ms)
		}
	}

	return at
}
