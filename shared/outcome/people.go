package outcome

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Line is an app and the account that it belongs to. AccountID is empty for the platform's app, which several accounts send
// through.
type Line struct{ AppID, AccountID string }

// lineOf returns the line that a message went through.
func lineOf(m message.Message, appID string) Line {
	if m.Ownership == message.Platform {
		return Line{AppID: appID}
	}

	return Line{AppID: appID, AccountID: m.AccountID}
}

// CustomersOf finds the customers of a number behind a line: the account's own one, or for the platform's app every account's
// that has the app.
func (r *Recorder) CustomersOf(ctx context.Context, l Line, phoneKey string) ([]store.Customer, error) {
	if l.AccountID != "" {
		customer, found, err := r.customer(ctx, store.CustomerID(l.AccountID, phoneKey))
		if !found {
			return nil, err
		}

		return []store.Customer{customer}, nil
	}

	all, err := r.store.CustomersByPhone(ctx, phoneKey)
	if err != nil {
		return nil, err
	}

	var behind []store.Customer
	for _, customer := range all {
		if customer.AccountID == "" {
			continue // it is kept for the app itself, for accounts to come
		}

		installed, err := r.apps.Installed(ctx, settings.Ref{AccountID: customer.AccountID, AppID: l.AppID})
		if err != nil {
			return nil, err
		}
		if installed {
			behind = append(behind, customer)
		}
	}

	return behind, nil
}

// WithUnmet adds the customer who must remember a STOP from a number that an account has not met. Otherwise a brand whose
// checkout collects opt-ins would start that shopper ACTIVE. At a brand's own app it is a customer of the brand, and none is
// added if the brand knows the number. At the platform's app it is a customer of the app, which [store.AppCustomerID] names;
// so it is at a brand's own app if only the number's key is known, and e164 is empty. A new customer has no update time.
//
// known were found before the app's document is read. An account may have made a customer of the number in between, which that document then
// tells, and a write of it would not conflict any more: so they are looked for again.
func (r *Recorder) WithUnmet(ctx context.Context, l Line, known []store.Customer, phoneKey, e164 string) ([]store.Customer, error) {
	if l.AccountID != "" && len(known) > 0 {
		return known, nil
	}
	if l.AccountID != "" && e164 != "" {
		return r.newcomer(ctx, store.Customer{
			ID:        store.CustomerID(l.AccountID, phoneKey),
			AccountID: l.AccountID,
			PhoneKey:  phoneKey,
			Phone:     e164,
		})
	}

	id := store.AppCustomerID(l.AppID, phoneKey)
	ofApp, found, err := r.customer(ctx, id)
	if err != nil {
		return nil, err
	}
	if !found {
		return append(slices.Clone(known), store.Customer{ID: id}), nil
	}

	if slices.ContainsFunc(ofApp.Met, func(accountID string) bool { return !isOf(known, accountID) }) {
		if known, err = r.CustomersOf(ctx, l, phoneKey); err != nil {
			return nil, err
		}
		if l.AccountID != "" && len(known) > 0 {
			return known, nil
		}
	}

	return append(slices.Clone(known), ofApp), nil
}

// isOf reports whether an account has one of the customers.
func isOf(customers []store.Customer, accountID string) bool {
	return slices.ContainsFunc(customers, func(c store.Customer) bool { return c.AccountID == accountID })
}

// newcomer returns a customer of a brand that is to be made, with what the number said to the brand's apps before.
func (r *Recorder) newcomer(ctx context.Context, c store.Customer) ([]store.Customer, error) {
	apps, err := r.apps.Of(ctx, c.AccountID)
	if err != nil {
		return nil, err
	}

	c, err = r.store.Newcomer(ctx, c, apps, r.clock.Now())
	if err != nil {
		return nil, err
	}

	return []store.Customer{c}, nil
}

// customer reads a customer; found is false if there is none.
func (r *Recorder) customer(ctx context.Context, id string) (c store.Customer, found bool, err error) {
	c, err = r.store.Customer(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return store.Customer{}, false, nil
	}

	return c, err == nil, err
}

// learned stores whose user id and other number the callback or the send's answer names, and returns p with both noted. What the
// message already has as learned is not stored again.
func (r *Recorder) learned(ctx context.Context, m message.Message, p message.Progress) (message.Progress, error) {
	if !teaches(m, p) {
		return p, nil
	}

	if key := unlinked(m, p); key != "" {
		p.LinkedKey = key
		if err := r.link(ctx, m, p.Attempt, p.AppID, key); err != nil {
			return p, err
		}
	}

	id := unlearned(m, p)
	if id == "" {
		return p, nil
	}

	p.LearnedID = id

	return p, r.learn(ctx, lineOf(m, p.AppID), id, store.PhoneKeyOf(m.CustomerID), r.clock.Now())
}

// teaches reports whether a callback or an answer names a number or a user id of the message's shopper that the message does not have as learned.
func teaches(m message.Message, p message.Progress) bool {
	return m.CustomerID != "" && p.Status != "" && (unlinked(m, p) != "" || unlearned(m, p) != "")
}

// unlinked returns the key of the recipient's other number that p names and m does not have as linked; empty if there is none.
func unlinked(m message.Message, p message.Progress) string {
	if key := p.RecipientKey; key != m.LinkedKey && isOther(m, key) {
		return key
	}

	return ""
}

// unlearned returns the recipient's user id that p or m names and m does not have as learned; empty if there is none.
func unlearned(m message.Message, p message.Progress) string {
	if id := cmp.Or(p.UserID, m.UserID); id != m.LearnedID {
		return id
	}

	return ""
}

// isOther reports whether a recipient's number, given by its key, is another one than the message was sent to.
func isOther(m message.Message, key string) bool {
	return key != "" && m.CustomerID != "" && key != store.PhoneKeyOf(m.CustomerID)
}

// link stores that a number by which the provider calls the recipient, given by its key, stands for the number that an attempt was
// made to. Brazil, Mexico and Argentina spell one number in two ways. It costs what learn costs.
func (r *Recorder) link(ctx context.Context, m message.Message, attempt int, appID, key string) error {
	return r.learn(ctx, lineOf(m, appID), store.NumberID(key), store.PhoneKeyOf(m.CustomerID), time.UnixMilli(m.AttemptAt(attempt).ClaimedAt))
}

// LinkRecipient stores that the number by which the provider's answer calls the recipient, given by its key, stands for the one that
// the newest attempt was made to. It makes no call if the two are the same.
func (r *Recorder) LinkRecipient(ctx context.Context, m message.Message, key string) error {
	if !isOther(m, key) {
		return nil
	}

	return r.link(ctx, m, m.Attempt, m.AppID, key)
}

// LearnRecipient stores whose the user id is that the provider's answer named, with all that was said under the id before. For
// a customer of whom that is known already it makes no call. Otherwise it costs what learn costs, and one write on the customer,
// so that the next message makes none.
func (r *Recorder) LearnRecipient(ctx context.Context, m message.Message) error {
	if m.UserID == "" || m.UserID == m.LearnedID || m.CustomerID == "" {
		return nil
	}

	if err := r.learn(ctx, lineOf(m, m.AppID), m.UserID, store.PhoneKeyOf(m.CustomerID), r.clock.Now()); err != nil {
		return err
	}

	err := r.store.Learn(ctx, m.CustomerID, m.AppID, m.UserID)
	if errors.Is(err, store.ErrNotFound) {
		return nil // the customer has been erased
	}

	return err
}

// learn stores the number that a user id stood for at a time, together with what its shopper said under the id before it was known.
// It costs one read, and one write unless the number is stored already.
func (r *Recorder) learn(ctx context.Context, l Line, userID, phoneKey string, at time.Time) error {
	for range maxConflicts {
		user, err := r.store.UserID(ctx, l.AppID, userID)
		if err != nil || slices.Contains(user.PhoneKeys, phoneKey) || user.PassedOn.After(at) {
			return err
		}

		effects, err := r.saidBefore(ctx, l, user.Waiting(), phoneKey)
		if err != nil {
			return err
		}
		if err = r.Inherit(ctx, l, user, Number{Key: phoneKey}, &effects); err != nil {
			return err
		}

		user = user.Standing(phoneKey, at)
		err = r.store.AddConsents(ctx, effects.Changing(), user)
		if !store.IsConflict(err) && !errors.Is(err, store.ErrExists) {
			return err
		}
	}

	return fault.New(fault.Conflict, "outcome.learn", "the user id keeps changing")
}

// StopAnswered adds a STOP that answered a message, before it was known which, to the ledgers of those whom the message went to.
func (r *Recorder) StopAnswered(ctx context.Context, m message.Message, stop consent.Entry) error {
	key := store.PhoneKeyOf(m.CustomerID)
	if key == "" {
		return nil
	}

	for range maxConflicts {
		effects, err := r.saidBefore(ctx, lineOf(m, m.AppID), []consent.Entry{stop}, key)
		if err != nil {
			return err
		}

		err = r.store.AddConsents(ctx, effects)
		if !store.IsConflict(err) && !errors.Is(err, store.ErrExists) {
			return err
		}
	}

	return fault.New(fault.Conflict, "outcome.StopAnswered", "the customer keeps changing")
}

// saidBefore returns what a STOP or START that waited until it was known whose it is changes of those behind a number.
func (r *Recorder) saidBefore(ctx context.Context, l Line, waiting []consent.Entry, phoneKey string) (store.Consequences, error) {
	if len(waiting) == 0 {
		return nil, nil
	}

	known, err := r.CustomersOf(ctx, l, phoneKey)
	if err != nil {
		return nil, err
	}

	customers, err := r.WithUnmet(ctx, l, known, phoneKey, "")
	if err != nil {
		return nil, err
	}

	var effects store.Consequences
	for _, customer := range customers {
		effects.Of(customer).RecordAll(waiting, r.clock.Now())
	}

	return effects, nil
}

// deliver writes a report that the shopper has the message, the first one of it, and takes back what a failure of the same message
// said of the shopper's number, whatever the times. It is written on condition of the message as read: a failure that is
// written meanwhile is found when it is read again.
func (r *Recorder) deliver(ctx context.Context, m message.Message, p message.Progress) (time.Time, error) {
	effects, err := r.reached(ctx, m, p)
	if err != nil {
		return time.Time{}, err
	}

	return r.store.RecordWith(ctx, p, m.UpdateTime, effects...)
}

// reached returns what the delivery of a message that had failed changes of its customer.
func (r *Recorder) reached(ctx context.Context, m message.Message, p message.Progress) ([]store.Consequence, error) {
	if !hasFailed(m) || m.CustomerID == "" {
		return nil, nil
	}

	customer, found, err := r.customer(ctx, m.CustomerID)
	if !found {
		return nil, err
	}

	entry := consent.Entry{
		Action:     consent.Reachable,
		Source:     consent.ProviderError,
		Purpose:    consent.Everything,
		SourceRef:  "message:" + m.ID,
		Actor:      "provider",
		RequestID:  m.ID + "." + string(p.Status),
		OccurredAt: time.UnixMilli(p.At),
		RecordedAt: r.clock.Now(),
	}

	effect := store.ConsequenceFor(customer)
	effect.Record(entry)

	return []store.Consequence{effect}, nil
}

// hasFailed reports whether any attempt of a message was reported as failed, for whatever reason: of several reports only the
// newest one's reason is kept.
func hasFailed(m message.Message) bool {
	for _, a := range m.Attempts {
		if a.At[string(message.StatusFailed)] != 0 {
			return true
		}
	}

	return false
}
