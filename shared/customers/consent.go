package customers

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Said is what a shopper has said of messages elsewhere than here: to an agent, or by a consent manager.
type Said struct {
	// Action is a grant, a withdrawal or a denial.
	Action consent.Action
	// Source is an agent or a consent manager.
	Source consent.Source
	// Purpose is order updates or marketing; a withdrawal or denial may be of everything.
	Purpose consent.Purpose
	// Reference is the agent's ticket, or the consent manager's id of the artefact.
	Reference string
	// NoticeVersion and NoticeHash name the notice that was shown; a grant has them.
	NoticeVersion, NoticeHash string
	// OccurredAt is when it was said; the zero time means now.
	OccurredAt time.Time
}

// Outcome says what came of it.
type Outcome struct {
	Summary Summary
	// Entry is the entry that was added; nil if what was said later holds, or if the same was recorded for the same time before.
	Entry *consent.Entry
}

// Consent adds to a customer's ledger what the shopper has said. Of a number with two spellings a withdrawal or denial holds for both. What it
// leads to is in the summary: a grant of a time before a withdrawal opens nothing.
func (c *Customers) Consent(ctx context.Context, caller access.Caller, accountID, key string, s Said) (Outcome, error) {
	const op = "customers.Consent"

	if err := caller.May(access.Record, accountID); err != nil {
		return Outcome{}, err
	}

	now := c.clock.Now()
	if err := s.check(now); err != nil {
		return Outcome{}, err
	}

	a, err := c.accounts.Known(ctx, op, accountID)
	if err != nil {
		return Outcome{}, err
	}

	of, err := c.customer(ctx, op, a.ID, key)
	if err != nil {
		return Outcome{}, err
	}

	entries := func(known store.Customer) []consent.Entry {
		return []consent.Entry{s.entry(ctx, caller, known.Consent, c.clock.Now())}
	}

	var done changed

	change := func() (err error) {
		done, err = c.change(ctx, ledgerChange{op: op, id: of.ID, entries: entries})
		return err
	}

	if s.closes() {
		err = c.closeBoth(ctx, op, of, entries, change)
	} else {
		err = change()
	}
	if err != nil {
		return Outcome{}, err
	}

	result := Outcome{}
	if n := len(done.added); n > 0 {
		result.Entry = &done.added[n-1]
	}

	of.Consent = done.after
	result.Summary, err = c.summary(ctx, of)

	return result, err
}

// closeBoth adds entries to the ledger of the customer whom the account has under the other spelling of a customer's number, if it has one, and
// has change do the same for the customer who was named.
//
// The other spelling comes first: if this ends in the middle, the customer that is named shows that it is to be repeated. One that does not exist
// yet may be made between the two by what does not see the change, so it is looked for once more; whatever makes one later sees it.
func (c *Customers) closeBoth(ctx context.Context, op string, of store.Customer, entries func(store.Customer) []consent.Entry, change func() error) error {
	other, err := c.otherOf(ctx, of)
	if err != nil {
		return err
	}

	_, met, err := c.closeOther(ctx, ledgerChange{op: op, id: other, entries: entries})
	if err != nil {
		return err
	}

	if err = change(); err != nil || met || other == "" {
		return err
	}

	_, _, err = c.closeOther(ctx, ledgerChange{op: op, id: other, entries: entries})

	return err
}

// closeOther makes the change, if there is such a customer; met is false if there is none, or no id.
func (c *Customers) closeOther(ctx context.Context, l ledgerChange) (done changed, met bool, err error) {
	if l.id == "" {
		return changed{}, false, nil
	}

	done, err = c.change(ctx, l)
	if errors.Is(err, store.ErrNotFound) {
		return changed{}, false, nil
	}

	return done, err == nil, err
}

// otherOf returns the id that the customer of the other spelling of a customer's number has, or would have; empty if there is no other spelling.
func (c *Customers) otherOf(ctx context.Context, of store.Customer) (string, error) {
	n, err := phone.FromE164(of.Phone)
	if err != nil {
		return "", nil //nolint:nilerr // a shopper who was erased has no number
	}

	keyer, err := c.keyer.Get(ctx)
	if err != nil {
		return "", err
	}

	other := keyer.OtherKey(n)
	if other == "" {
		return "", nil
	}

	return store.CustomerID(of.AccountID, other), nil
}

// closes reports whether it takes something back or refuses it.
func (s Said) closes() bool { return s.Action != consent.Grant }

// check returns an error that names the field at fault.
func (s Said) check(now time.Time) error {
	grants := s.Action == consent.Grant

	if !slices.Contains([]consent.Action{consent.Grant, consent.Withdraw, consent.Deny}, s.Action) {
		return fault.Field("action", "must be grant, withdraw or deny")
	}
	if s.Source != consent.Agent && s.Source != consent.ConsentManager {
		return fault.Field("source", "must be agent or consent_manager")
	}
	if s.Purpose != consent.OrderUpdates && s.Purpose != consent.Marketing && (grants || s.Purpose != consent.Everything) {
		return fault.Field("purpose", "must be order_updates or marketing; of a withdrawal or denial it may be all")
	}
	if why := wrongReference(s.Reference); why != "" {
		return fault.Field("reference", why)
	}
	if why := wrongNotice(s.NoticeVersion, s.NoticeHash); why != "" {
		return fault.Field("noticeVersion", why)
	}
	if grants && s.NoticeVersion == "" {
		return fault.Field("noticeVersion", "and noticeHash are missing: a consent rests on the notice that was shown")
	}
	if s.OccurredAt.After(now) {
		return fault.Field("occurredAt", "is in the future")
	}
	if !s.OccurredAt.IsZero() && s.OccurredAt.Before(earliest) {
		return fault.Field("occurredAt", "is before there was WhatsApp")
	}

	return nil
}

// entry returns the ledger's entry for it, after a state.
func (s Said) entry(ctx context.Context, caller access.Caller, state consent.State, now time.Time) consent.Entry {
	e := consent.Entry{
		Action:        s.Action,
		Source:        s.Source,
		Purpose:       s.Purpose,
		SourceRef:     s.Reference,
		NoticeVersion: s.NoticeVersion,
		NoticeHash:    s.NoticeHash,
		Actor:         actorOf(caller),
		RequestID:     logging.TraceOf(ctx).ID,
		OccurredAt:    s.OccurredAt,
		RecordedAt:    now,
	}

	switch {
	case s.OccurredAt.IsZero():
		e.OccurredAt = state.NextMoment(now)
		e.RecordedAt = e.OccurredAt
	case s.closes():
		e.OccurredAt = consent.StopsAt(s.OccurredAt)
	}

	return e
}

// actorOf returns who acts, as the ledger may have it: the caller's id, or the role in its place.
func actorOf(caller access.Caller) string { return NameOf(caller.Subject, string(caller.Role)) }
