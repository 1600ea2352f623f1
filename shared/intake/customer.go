package intake

import (
	"context"
	"slices"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
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
		var called map[[2]string]bool
		if own, called, err = i.still(ctx, c, known, p.userID); err != nil {
			return party{}, err
		}

		if p.own, err = i.behind(ctx, c, own, s.unmet(p)); err == nil {
			p.own, own = spelledAlike(p.own, own, p.userID, called)
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
