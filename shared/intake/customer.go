package intake

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// sender is what a provider tells of who said something.
type sender struct {
	// digits are the number's; empty where the shopper hides it.
	digits string
	userID string
	// answered is the customer of the message that was answered; empty if it answers none of ours.
	answered string
	// stops is true for what stops messages, if only offers.
	stops bool
	// stop is the ledger's entry of a STOP, which is remembered for those whom no account has met; nil for anything else.
	stop *consent.Entry
	// start is that of a START, which is remembered while nobody knows whose the user id is; nil for anything else.
	start *consent.Entry
	// keyword is true for STOP and START, which also concern those whom no account has met.
	keyword bool
}

// party is who something concerns. No customer is in it twice.
type party struct {
	// own are the customers of the sender's number. Where only a user id came, they are those of the number that the id was last
	// known to stand for and of its other spellings, not of former numbers. The service window is theirs, as is what a START opens.
	own []store.Customer
	// others are the customers whom a STOP concerns beside them: those of all numbers of the user id, former ones too, and of the
	// message that it answers.
	others []store.Customer
	// userID and number are what is known of the sender's user id and number, with what was said now; without an ID if none came.
	userID, number store.UserID
	// users are what is to be stored of user ids and numbers.
	users []store.UserID
	// inherited is what was refused under former numbers of the user id and holds under its number now.
	inherited store.Consequences
	// earlier is the STOP and START that were said under the user id before the sender's number was known.
	earlier []consent.Entry
}

// all are the customers that it concerns.
func (p party) all() []store.Customer { return slices.Concat(p.own, p.others) }

// lineOf returns the line that a callback came through.
func (c Callback) lineOf() outcome.Line { return outcome.Line{AppID: c.AppID, AccountID: c.AccountID} }

// partyOf finds whom something concerns that was said to an app. A STOP concerns the customers of the number, of all numbers of the
// user id, and of the message that it answers. Anything else concerns only those of the number. A START under a user id alone
// concerns the number that the id was last known to stand for and its other spellings, not former numbers; so does all else but a
// STOP. A number is also of the customer whose messages the provider says to deliver to it.
func (i *Intake) partyOf(ctx context.Context, c Callback, s sender) (party, error) {
	key, err := i.phoneKey(ctx, s.digits)
	if err != nil {
		return party{}, err
	}

	var p party
	var own, known []string // the sender's numbers, and those that the user id stands for

	if key != "" {
		if own, err = i.ownNumbers(ctx, c, s, key, &p); err != nil {
			return party{}, err
		}
	}

	if p.own, err = i.behind(ctx, c, own, false); err != nil {
		return party{}, err
	}

	if s.userID != "" && (s.stops || key == "" || !allKnownAs(p.own, c.AppID, s.userID)) {
		if known, err = i.learn(ctx, c, s, own, &p); err != nil {
			return party{}, err
		}
	}

	if key == "" {
		if own, err = i.still(ctx, c, known, p.userID); err != nil {
			return party{}, err
		}

		if p.own, err = i.behind(ctx, c, own, s.unmet(p)); err == nil {
			p.own, own = spelledAlike(p.own, own, p.userID)
		}
	} else if s.unmet(p) {
		p.own, err = i.withUnmet(ctx, c, own, p.own, s.digits)
	}
	if err != nil {
		return party{}, err
	}

	if s.stops {
		p.others, err = i.behindOthers(ctx, c, s, known, own, &p)
	}

	return p, err
}

// ownNumbers returns the keys of the number that something was said from and of those that it stands for, and notes in p what is to be
// stored of the number. What was said before the number passed on to another shopper concerns that number's customer alone.
func (i *Intake) ownNumbers(ctx context.Context, c Callback, s sender, key string, p *party) ([]string, error) {
	number, err := i.store.UserID(ctx, c.AppID, store.NumberID(key))
	if err != nil {
		return nil, err
	}

	p.number = number
	if number.PassedOn.After(c.happenedAt()) {
		return []string{key}, nil
	}

	if s.start != nil && len(number.PhoneKeys) == 0 {
		p.number = number.Started(*s.start)
	}
	if s.stop == nil { // else circle stores it
		p.note(number, p.number)
	}

	return append([]string{key}, number.PhoneKeys...), nil
}

// still returns those of the numbers of a user id, given by their keys, that have not passed on to another shopper.
func (i *Intake) still(ctx context.Context, c Callback, keys []string, user store.UserID) ([]string, error) {
	var still []string
	for _, key := range keys {
		number, err := i.store.UserID(ctx, c.AppID, store.NumberID(key))
		if err != nil {
			return nil, err
		}
		if !number.PassedOn.After(user.Known[key]) {
			still = append(still, key)
		}
	}

	return still, nil
}

// spelledAlike returns, of the customers of a user id's numbers, those of the number that it was last known to stand for and of its
// other spellings, and the keys of these numbers. Of any other number nobody knows whether the shopper still has it.
func spelledAlike(customers []store.Customer, keys []string, user store.UserID) (alike []store.Customer, left []string) {
	last := lastOf(keys, user)

	var number phone.Number
	for _, customer := range customers {
		if store.PhoneKeyOf(customer.ID) == last && customer.Phone != "" {
			number, _ = phone.FromE164(customer.Phone)
		}
	}

	for _, customer := range customers {
		key := store.PhoneKeyOf(customer.ID)
		other, err := phone.FromE164(customer.Phone)
		if key != last && (err != nil || !other.Respells(number)) {
			continue
		}

		alike = append(alike, customer)
		if !slices.Contains(left, key) {
			left = append(left, key)
		}
	}

	return alike, left
}

// lastOf returns the one of a user id's numbers, given by their keys, that it stood for at the latest time that is known.
func lastOf(keys []string, user store.UserID) string {
	var last string
	for _, key := range keys {
		if last == "" || !user.Known[key].Before(user.Known[last]) {
			last = key
		}
	}

	return last
}

// unmet reports whether what is said also concerns those whom no account has met.
func (s sender) unmet(p party) bool { return s.keyword || len(p.earlier) > 0 }

// note has a user id or number stored, if anything of it is new. One that was noted before is replaced.
func (p *party) note(stored, user store.UserID) {
	if !user.Differs(stored) {
		return
	}

	p.users = slices.DeleteFunc(p.users, func(noted store.UserID) bool { return noted.ID == user.ID })
	p.users = append(p.users, user)
}

// withUnmet returns the customers behind the sender's numbers with those who must remember what is said although no account has met
// them. Only the first of the numbers came with its digits.
func (i *Intake) withUnmet(ctx context.Context, c Callback, keys []string, known []store.Customer, digits string) ([]store.Customer, error) {
	var all []store.Customer
	for n, key := range keys {
		var met []store.Customer
		for _, customer := range known {
			if store.PhoneKeyOf(customer.ID) == key {
				met = append(met, customer)
			}
		}

		told := ""
		if n == 0 {
			told = e164(digits)
		}

		found, err := i.outcomes.WithUnmet(ctx, c.lineOf(), met, key, told)
		if err != nil {
			return nil, err
		}

		all = append(all, found...)
	}

	return all, nil
}

// behind finds the customers of numbers, given by their keys, with those who must remember what is said although no account has met
// them if unmet is true.
func (i *Intake) behind(ctx context.Context, c Callback, keys []string, unmet bool) ([]store.Customer, error) {
	var all []store.Customer
	for _, key := range keys {
		found, err := i.outcomes.CustomersOf(ctx, c.lineOf(), key)
		if err != nil {
			return nil, err
		}

		all = append(all, found...)
	}

	if !unmet {
		return all, nil
	}

	return i.withUnmet(ctx, c, keys, all, "")
}

// behindOthers finds the customers whom a stop concerns beside those of its own numbers: of the other numbers that the user id
// stands for, of what has taken the place of its number or user id, and of the message that it answers.
func (i *Intake) behindOthers(ctx context.Context, c Callback, s sender, known, own []string, p *party) ([]store.Customer, error) {
	keys := append(slices.Clone(known), store.PhoneKeyOf(s.answered))
	if s.stop != nil {
		w := circle{intake: i, appID: c.AppID, stop: *s.stop, party: p}
		if p.userID.ID != "" {
			if err := w.visit(ctx, p.userID, time.Time{}); err != nil {
				return nil, err
			}
		}
		if p.number.ID != "" {
			if err := w.visit(ctx, p.number, c.happenedAt()); err != nil {
				return nil, err
			}
		}

		keys = append(keys, w.keys...)
	}

	slices.Sort(keys)

	done := func(key string) bool { return key == "" || slices.Contains(own, key) }
	keys = slices.DeleteFunc(slices.Compact(keys), done)

	return i.behind(ctx, c, keys, s.stop != nil)
}

// learn reads what is stored of the sender's user id, and notes in p what is to be stored of it now: the numbers that it stands for,
// given by their keys, a STOP, and a START of which nobody knows whose it is. It returns the numbers that the id was known to stand
// for. own are the numbers that what is said came from, if one came.
func (i *Intake) learn(ctx context.Context, c Callback, s sender, own []string, p *party) ([]string, error) {
	stored, err := i.store.UserID(ctx, c.AppID, s.userID)
	if err != nil {
		return nil, err
	}

	known := stored.PhoneKeys
	if len(known) == 0 && (len(own) == 0 || s.stops) {
		if known, err = i.keysKnownAs(ctx, c, s.userID, stored); err != nil {
			return nil, err
		}
	}

	stands, at := own, c.happenedAt()
	if len(own) == 0 {
		stands, at = known, time.Time{}
	}

	user := stored
	for n, key := range stands {
		if slices.Contains(stored.PhoneKeys, key) {
			continue
		}

		to := outcome.Number{Key: key}
		if n == 0 {
			to.E164 = e164(s.digits)
		}
		if err := i.outcomes.Inherit(ctx, c.lineOf(), stored, to, &p.inherited); err != nil {
			return nil, err
		}

		user = user.Standing(key, at)
	}
	if len(user.PhoneKeys) > len(stored.PhoneKeys) {
		p.earlier = stored.Waiting()
	}
	if s.stop != nil {
		user = user.Stopped(*s.stop)
	}
	if s.start != nil && len(stands) == 0 {
		user = user.Started(*s.start)
	}

	p.userID = user
	p.note(stored, user)

	return known, nil
}

// allKnownAs reports whether there are customers and of each it is known that the app's user id is theirs.
func allKnownAs(customers []store.Customer, appID, userID string) bool {
	other := func(c store.Customer) bool { return c.Learned[appID] != userID }
	return len(customers) > 0 && !slices.ContainsFunc(customers, other)
}

// keysKnownAs finds the numbers of the customers whom the provider calls by that id, as a reply has told, and of the message
// that went to it, as the send's answer has told.
func (i *Intake) keysKnownAs(ctx context.Context, c Callback, userID string, stored store.UserID) ([]string, error) {
	all, err := i.customersKnownAs(ctx, c.AccountID, userID)
	if err != nil {
		return nil, err
	}

	var keys []string
	for _, customer := range all {
		if customer.PhoneKey != "" {
			keys = append(keys, customer.PhoneKey)
		}
	}

	m, err := i.store.MessageToUser(ctx, c.AppID, userID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	if key := store.PhoneKeyOf(m.CustomerID); key != "" {
		keys = append(keys, key)
	}

	slices.Sort(keys)

	former := func(key string) bool { return slices.Contains(stored.Former, key) }

	return slices.DeleteFunc(slices.Compact(keys), former), nil
}

// customersKnownAs finds the customers of the account, or of all accounts for the platform's app, that carry the user id.
func (i *Intake) customersKnownAs(ctx context.Context, accountID, userID string) ([]store.Customer, error) {
	if accountID == "" {
		return i.store.CustomersByUserInAllAccounts(ctx, userID)
	}

	return i.store.CustomersByUser(ctx, accountID, userID)
}

// consequencesOf returns what it changes of those whom something concerns, before its own entry is recorded. said is the
// reply that it is; nil if it is none.
func (i *Intake) consequencesOf(p party, said *store.Reply) store.Consequences {
	var changes store.Consequences
	for _, customer := range p.own {
		change := changes.Of(customer)
		change.Said = said
		change.RecordAll(p.earlier, i.clock.Now())
	}

	for _, heir := range p.inherited {
		change := changes.Of(heir.Customer)
		for _, entry := range heir.Entries {
			change.Record(entry)
		}

		change.Said = said
		change.RecordAll(p.earlier, i.clock.Now())
	}

	for _, customer := range p.others {
		changes.Of(customer)
	}

	return changes
}

// phoneKey returns the key of a number given as digits; empty for a number that is missing or cannot be one. A shopper may
// hide the number: then no customer is found by it.
func (i *Intake) phoneKey(ctx context.Context, digits string) (string, error) {
	number, err := phone.FromE164("+" + digits)
	if err != nil {
		return "", nil //nolint:nilerr // a hidden number is no error
	}

	keys, err := i.keys.Get(ctx)
	if err != nil {
		return "", err
	}

	return keys.Phone.Key(number), nil
}

// e164 returns a number given as digits in E.164; empty for one that cannot be one.
func e164(digits string) string {
	number, err := phone.FromE164("+" + digits)
	if err != nil {
		return ""
	}

	return number.E164()
}
