package dispatch

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// customersOf are the shoppers behind a number at an app: the account's own one, or for the platform's app, which several
// accounts send through, every account's. Shoppers who hide their number are found by their user id, once a reply has told
// whose it is.
func (d *Dispatcher) customersOf(ctx context.Context, c Callback, digits, userID string) ([]store.Customer, error) {
	key, err := d.phoneKey(ctx, digits)
	if err != nil {
		return nil, err
	}
	if key != "" && c.AccountID != "" {
		var customer store.Customer
		customer, err = d.Store.Customer(ctx, store.CustomerID(c.AccountID, key))
		if errors.Is(err, store.ErrNotFound) {
			return nil, nil
		}
		return []store.Customer{customer}, err
	}
	var all []store.Customer
	switch {
	case key != "":
		all, err = d.Store.CustomersByPhone(ctx, key)
	case userID != "":
		all, err = d.customersByUser(ctx, c, userID)
	}
	if err != nil || c.AccountID != "" {
		return all, err
	}
	return d.senders(ctx, c.AppID, all)
}

// customersByUser are the shoppers whom the provider calls by that id, as a reply has told, or else the answer to a message
// that went to them.
func (d *Dispatcher) customersByUser(ctx context.Context, c Callback, userID string) ([]store.Customer, error) {
	var all []store.Customer
	var err error
	if c.AccountID == "" {
		all, err = d.Store.CustomersByUserInAllAccounts(ctx, userID)
	} else {
		all, err = d.Store.CustomersByUser(ctx, c.AccountID, userID)
	}
	if len(all) > 0 || err != nil {
		return all, err
	}
	m, err := d.Store.MessageToUser(ctx, c.AppID, userID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	customer, err := d.Store.Customer(ctx, m.CustomerID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case c.AccountID == "":
		return d.Store.CustomersByPhone(ctx, customer.PhoneKey) // the same shopper at each brand that sends through the app
	case customer.AccountID != c.AccountID:
		return nil, nil
	}
	return []store.Customer{customer}, nil
}

// senders are those of the shoppers whose account has the app.
func (d *Dispatcher) senders(ctx context.Context, appID string, all []store.Customer) ([]store.Customer, error) {
	var behind []store.Customer
	for _, customer := range all {
		if customer.AccountID == "" {
			continue // what is remembered of a stranger is no brand's
		}
		a, err := d.accounts.Get(ctx, customer.AccountID)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if _, installed := a.App(appID); installed {
			behind = append(behind, customer)
		}
	}
	return behind, nil
}

// phoneKey is the key of a number given as digits; empty for a number that is missing or none.
func (d *Dispatcher) phoneKey(ctx context.Context, digits string) (string, error) {
	number, err := phone.FromE164("+" + digits)
	if err != nil {
		return "", nil //nolint:nilerr // a shopper may hide the number: then there is no customer to be found by it
	}
	keys, err := d.Keys.Get(ctx)
	if err != nil {
		return "", err
	}
	return keys.Phone.Key(number), nil
}

// receiveReply stores a message from a shopper, and heeds STOP and START before anything else would be made of it. The
// reply and all it changes are one write.
func (d *Dispatcher) receiveReply(ctx context.Context, c Callback) (Outcome, error) {
	out := Outcome{AppID: c.AppID, AccountID: c.AccountID}
	r := c.Event.Reply
	if r == nil || r.ID == "" {
		out.Result = ResultIgnored
		return out, nil
	}
	if err := d.noteCallback(ctx, c); err != nil {
		return out, err
	}
	answered, err := d.Store.MessageByProviderIDs(ctx, c.AppID, r.ContextIDs)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return out, err
	}
	keyword := consent.Match(r.Text, consent.Words{})
	if keyword == consent.None && r.Postback != "" {
		keyword = consent.Match(r.Postback, consent.Words{})
	}
	doc := d.replyOf(c, *r, answered, keyword)
	for range maxConflicts {
		effects, err := d.consequences(ctx, c, *r, keyword, answered)
		if err != nil {
			return out, err
		}
		err = d.Store.AddReply(ctx, doc, effects)
		switch {
		case err == nil:
			out.Result, out.MessageID, out.Reason = ResultStored, answered.ID, string(keyword)
			return out, nil
		case errors.Is(err, store.ErrExists):
			if _, err = d.Store.Reply(ctx, doc.ID); err == nil {
				out.Result = ResultDuplicate
				return out, nil
			} else if !errors.Is(err, store.ErrNotFound) {
				return out, err
			}
		case store.IsConflict(err):
		default:
			return out, err
		}
	}
	return out, fault.New(fault.Conflict, "dispatch.receiveReply", "the customer keeps changing")
}

func (d *Dispatcher) replyOf(c Callback, r provider.ReplyEvent, answered message.Message, k consent.Keyword) store.Reply {
	now := d.Clock.Now()
	accountID := c.AccountID
	if accountID == "" {
		accountID = answered.AccountID
	}
	doc := store.Reply{
		ID: store.ReplyID(c.Provider, c.AppID, r.ID), AccountID: accountID, AppID: c.AppID, InboundID: r.ID,
		UserID: r.UserID, MessageID: answered.ID, OrderID: answered.OrderID, CustomerID: answered.CustomerID, Type: r.Type, Tap: r.Tap, Text: r.Text,
		Postback: r.Postback, Content: r.Content, At: time.UnixMilli(timeOfEvent(c)), ReceivedAt: now,
		ExpireAt: now.Add(d.cfg.Retention.Replies),
	}
	if k != consent.None {
		doc.Keyword = string(k)
	}
	return doc
}

// consequences are what a reply changes of the shoppers behind its number. Whoever says STOP without being known is
// remembered as having said so.
func (d *Dispatcher) consequences(ctx context.Context, c Callback, r provider.ReplyEvent, k consent.Keyword, answered message.Message) ([]store.Consequence, error) {
	customers, err := d.customersOf(ctx, c, r.From, r.UserID)
	if err != nil {
		return nil, err
	}
	if len(customers) == 0 && r.From == "" && answered.CustomerID != "" {
		var customer store.Customer
		customer, err = d.Store.Customer(ctx, answered.CustomerID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		if err == nil {
			customers = append(customers, customer)
		}
	}
	if k != consent.None {
		if customers, err = d.withStranger(ctx, c, customers, r.From, r.UserID); err != nil {
			return nil, err
		}
	}
	effects := make([]store.Consequence, 0, len(customers))
	for _, customer := range customers {
		effects = append(effects, d.consequenceOf(c, r, k, customer))
	}
	return effects, nil
}

func (d *Dispatcher) consequenceOf(c Callback, r provider.ReplyEvent, k consent.Keyword, customer store.Customer) store.Consequence {
	entry := consent.Entry{
		Action: consent.Reachable, Source: consent.Inbound, Purpose: consent.OrderUpdates,
		SourceRef: "reply:" + store.ReplyID(c.Provider, c.AppID, r.ID), Actor: "customer", RequestID: r.ID,
		OccurredAt: time.UnixMilli(timeOfEvent(c)), RecordedAt: d.Clock.Now(),
	}
	through := consent.Keyworded
	if r.Tap || r.Postback != "" { // what is chosen from a list has a postback as well
		through = consent.Button
	}
	switch k {
	case consent.Stop:
		entry.Action, entry.Source, entry.Purpose = consent.Withdraw, through, consent.Everything
		entry.OccurredAt = withdrawnAt(c)
	case consent.Start:
		entry.Action, entry.Source = consent.Grant, through
	default:
	}
	recorded, next, changed := consent.Record(customer.Consent, entry)
	return store.Consequence{Customer: customer, Changed: changed, Next: next, Entry: recorded}
}

// withdrawnAt is the time that a withdrawal counts from. Meta and Kaleyra tell whole seconds, cut off: the time of a STOP in
// the second of the opt-in before it would be the earlier one, and the STOP be lost. So it counts from the second's end; the
// ledger lets no time be later than when we learned of it.
func withdrawnAt(c Callback) time.Time {
	at := time.UnixMilli(timeOfEvent(c))
	if at.Nanosecond() == 0 {
		at = at.Add(time.Second - time.Microsecond)
	}
	return at
}

// receivePreference heeds a choice that a shopper made in WhatsApp itself or at the provider.
func (d *Dispatcher) receivePreference(ctx context.Context, c Callback) (Outcome, error) {
	out := Outcome{AppID: c.AppID, AccountID: c.AccountID, Result: ResultIgnored}
	p := c.Event.Preference
	if p == nil {
		return out, nil
	}
	entry := consent.Entry{
		Action: consent.Grant, Source: consent.UserPreferences, Purpose: consent.Everything, SourceRef: "app:" + c.AppID,
		Actor: "customer", OccurredAt: time.UnixMilli(timeOfEvent(c)), RecordedAt: d.Clock.Now(),
	}
	if p.Marketing {
		entry.Purpose = consent.Marketing
	}
	if p.Stop {
		entry.Action, entry.OccurredAt = consent.Withdraw, withdrawnAt(c)
	} else if !p.Marketing {
		return out, nil // an opt-in at the provider is not an opt-in with the brand
	}
	for range maxConflicts {
		again, err := d.applyPreference(ctx, c, *p, entry)
		if err != nil || !again {
			out.Result = ResultApplied
			return out, err
		}
	}
	return out, fault.New(fault.Conflict, "dispatch.receivePreference", "the customer keeps changing")
}

func (d *Dispatcher) applyPreference(ctx context.Context, c Callback, p provider.PreferenceEvent, entry consent.Entry) (again bool, err error) {
	customers, err := d.customersOf(ctx, c, p.From, p.UserID)
	if err != nil {
		return false, err
	}
	if p.Stop && !p.Marketing {
		if customers, err = d.withStranger(ctx, c, customers, p.From, p.UserID); err != nil {
			return false, err
		}
	}
	for _, customer := range customers {
		heeds, err := d.heeds(ctx, c, p, customer)
		if err != nil {
			return false, err
		}
		if !heeds {
			continue
		}
		recorded, next, changed := consent.Record(customer.Consent, entry)
		if !changed {
			continue
		}
		err = d.change(ctx, customer, next, recorded)
		if isRace(err) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
	}
	return false, nil
}

// heeds tells whether a choice may change anything of a shopper: a stop unless it was told before, another choice only as
// far as it takes a stop back.
func (d *Dispatcher) heeds(ctx context.Context, c Callback, p provider.PreferenceEvent, customer store.Customer) (bool, error) {
	if !p.Stop {
		return d.gaveBefore(ctx, customer)
	}
	s := customer.Consent
	return !stoppedBy(c, s.Offers) || !p.Marketing && !stoppedBy(c, s.Updates), nil
}

// stoppedBy tells whether the last word on a matter is this very stop. Learned of within its second it counts from when
// that was, and told again later from another instant of the second: it would be written down twice.
func stoppedBy(c Callback, m consent.Mark) bool {
	return m.Action == consent.Withdraw && !m.At.Before(time.UnixMilli(timeOfEvent(c))) && !m.At.After(withdrawnAt(c))
}

// gaveBefore tells whether the shopper agreed to the brand's offers before stopping them in WhatsApp. Who resumes them there
// takes that stop back, no more: it is no opt-in with a brand that never had one, and does not undo a STOP to the brand.
func (d *Dispatcher) gaveBefore(ctx context.Context, c store.Customer) (bool, error) {
	if c.Consent.Offers.Action != consent.Withdraw {
		return c.Consent.Marketing, nil
	}
	ledger, err := d.Store.Ledger(ctx, c.ID)
	if err != nil {
		return false, err
	}
	return consent.Fold(slices.DeleteFunc(ledger, func(e consent.Entry) bool {
		toldByWhatsApp := e.Source == consent.UserPreferences || e.Source == consent.ProviderError
		return e.Action == consent.Withdraw && e.Purpose == consent.Marketing && toldByWhatsApp
	})).Marketing, nil
}

func (d *Dispatcher) change(ctx context.Context, c store.Customer, next consent.State, entry consent.Entry) error {
	if c.UpdateTime.IsZero() {
		c.Consent = next
		return d.Store.CreateCustomer(ctx, c, entry)
	}
	return d.Store.ChangeConsent(ctx, c, next, entry)
}
