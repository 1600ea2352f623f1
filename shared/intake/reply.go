package intake

import (
	"cmp"
	"context"
	"errors"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// storedReply is a reply as it was stored, with all that a later step needs to act on it.
type storedReply struct {
	// Reply names the account and the app it came through.
	Reply store.Reply
	// Answered is the message that the reply answers; its ID is empty if it answers none of ours.
	Answered message.Message
	// Customers are those whom the reply concerns: of each account behind the app at most the sender, and for a STOP also whom
	// else it speaks for.
	Customers []store.Customer
	Keyword   consent.Keyword
	// Repeated is true for a reply that was stored before; nothing was written now.
	Repeated bool
	// bound is what it is bound to, talk what it adds to a conversation.
	bound bound
	talk  talk
}

// receiveReply stores a shopper's message, with STOP and START applied.
func (i *Intake) receiveReply(ctx context.Context, c Callback) (outcome.Report, error) {
	r := c.Event.Reply
	if r == nil || r.ID == "" {
		return c.report(outcome.Ignored), nil
	}

	stored, err := i.storeReply(ctx, c, *r)
	if err != nil {
		return c.report(""), err
	}
	if err := i.followUp(ctx, *r, stored); err != nil {
		return c.report(""), err
	}
	if stored.Repeated {
		return c.report(outcome.Duplicate), nil
	}

	report := c.report(outcome.Stored)
	report.MessageID = stored.Answered.ID
	report.Reason = string(stored.Keyword)

	return report, nil
}

// storeReply writes a reply and all that it changes of the customers behind it, in one write. It returns what it stored.
func (i *Intake) storeReply(ctx context.Context, c Callback, r provider.ReplyEvent) (storedReply, error) {
	stored, err := i.newReply(ctx, c, r)
	if err != nil {
		return storedReply{}, err
	}

	if stored.Keyword == consent.Stop && stored.Answered.ID == "" && len(r.ContextIDs) > 0 {
		if err := i.parkStop(ctx, c, r, stored); err != nil {
			return storedReply{}, err
		}
	}

	as := stored.Reply

	for range maxConflicts {
		concerned, err := i.partyOfReply(ctx, c, r, stored)
		if err != nil {
			return storedReply{}, err
		}

		stored.Customers = concerned.all()

		changes := i.changesBy(c, r, concerned, &stored)
		if stored.talk, err = i.talkOf(ctx, c, r, stored, concerned); err != nil {
			return storedReply{}, err
		}

		stored.Reply = stored.talk.link(as)

		err = i.store.AddReply(ctx, store.ReplyWrite{
			Reply:        stored.Reply,
			Effects:      changes,
			Users:        concerned.users,
			Conversation: stored.talk.conversation,
		})
		switch {
		case err == nil:
			return stored, nil
		case errors.Is(err, store.ErrExists):
			// What existed may also have been one of its customers.
			if known, missing := i.store.Reply(ctx, as.ID); missing == nil {
				stored.Reply, stored.Repeated = known, true
				return stored, nil
			} else if !errors.Is(missing, store.ErrNotFound) {
				return stored, missing
			}
		case store.IsConflict(err):
		default:
			return storedReply{}, err
		}
	}

	return storedReply{}, fault.New(fault.Conflict, "intake.storeReply", "the customer keeps changing")
}

// changesBy returns what a reply changes of those whom it concerns.
func (i *Intake) changesBy(c Callback, r provider.ReplyEvent, concerned party, stored *storedReply) store.Consequences {
	changes := i.consequencesOf(concerned, &stored.Reply)
	for n := range changes {
		if stored.Keyword == consent.Start {
			changes[n].Record(i.entryOf(c, r, consent.None)) // it was written on WhatsApp, as any other message
		}

		changes[n].Record(i.entryOf(c, r, stored.Keyword))
	}

	return changes
}

// newReply returns a reply as it is to be stored, with the message that it answers.
func (i *Intake) newReply(ctx context.Context, c Callback, r provider.ReplyEvent) (storedReply, error) {
	b, err := i.bind(ctx, c, r)
	if err != nil {
		return storedReply{}, err
	}

	stored := storedReply{bound: b}
	if !b.forged {
		stored.Answered = b.message
	}
	if stored.Keyword, err = i.keywordOf(ctx, c, r, stored.Answered); err != nil {
		return storedReply{}, err
	}

	stored.Reply = i.replyOf(c, r, stored)
	stored.Reply.PhoneKey, err = i.phoneKey(ctx, r.From)

	return stored, err
}

// parkStop keeps a STOP that answers a message which nobody knows yet by these ids. Its send may be about to be recorded, or a status
// may be about to name the id beside ours. Sweep looks for the message until RETENTION_PARKED is over; what the STOP
// says of its own number and user id does not wait for that.
func (i *Intake) parkStop(ctx context.Context, c Callback, r provider.ReplyEvent, s storedReply) error {
	now := i.clock.Now()
	stop := i.entryOf(c, r, s.Keyword)

	return i.store.ParkStop(ctx, s.Reply.ID, store.Parked{
		AppID:    c.AppID,
		IDs:      r.ContextIDs,
		At:       map[string]int64{"said": now.UnixMilli()},
		Stop:     &stop,
		Due:      now,
		ExpireAt: now.Add(i.cfg.Retention.Parked),
	})
}

// keywordOf returns the keyword that the reply's text, or else its button's payload, is. A brand's own words count at its own number. Behind the
// platform's number are many brands: there they count in answer to the brand's own message, and one that stops also from the number of any customer
// of the brand's. As any STOP there it stops all brands.
func (i *Intake) keywordOf(ctx context.Context, c Callback, r provider.ReplyEvent, answered message.Message) (consent.Keyword, error) {
	k := consent.Match(r.Text, consent.Words{})
	if k == consent.None && r.Postback != "" {
		k = consent.Match(r.Postback, consent.Words{})
	}

	if k != consent.None || !consent.Short(r.Text) {
		return k, nil
	}

	if of := cmp.Or(c.AccountID, answered.AccountID); of != "" {
		return i.ownKeyword(ctx, of, r.Text)
	}

	key, err := i.phoneKey(ctx, r.From)
	if err != nil || key == "" {
		return k, err
	}

	known, err := i.outcomes.CustomersOf(ctx, c.lineOf(), key)
	if err != nil {
		return k, err
	}

	for _, customer := range known {
		if customer.AccountID == "" {
			continue
		}

		if k, err = i.ownKeyword(ctx, customer.AccountID, r.Text); k == consent.Stop || err != nil {
			return k, err
		}
	}

	return consent.None, nil
}

// ownKeyword returns what a text is among the words of an account.
func (i *Intake) ownKeyword(ctx context.Context, accountID, text string) (consent.Keyword, error) {
	a, err := i.accounts.Get(ctx, accountID)
	if errors.Is(err, store.ErrNotFound) {
		return consent.None, nil
	}

	return consent.Match(text, a.Keywords), err
}

// hasReply reports whether a reply is stored.
func (i *Intake) hasReply(ctx context.Context, id string) (bool, error) {
	_, err := i.store.Reply(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}

	return err == nil, err
}

func (i *Intake) replyOf(c Callback, r provider.ReplyEvent, s storedReply) store.Reply {
	accountID := c.AccountID
	if accountID == "" {
		accountID = s.Answered.AccountID
	}

	now := i.clock.Now()

	received := c.receivedAt()
	if received.IsZero() {
		received = now
	}

	reply := store.Reply{
		ID:         store.ReplyID(c.Provider, c.AppID, r.ID),
		AccountID:  accountID,
		AppID:      c.AppID,
		InboundID:  r.ID,
		UserID:     r.UserID,
		MessageID:  s.Answered.ID,
		OrderID:    s.Answered.OrderID,
		CustomerID: s.Answered.CustomerID,
		Type:       r.Type,
		Tap:        r.Tap,
		Text:       r.Text,
		Postback:   r.Postback,
		Content:    r.Content,
		Standby:    c.Event.Standby,
		At:         c.happenedAt(),
		ReceivedAt: received,
		ExpireAt:   now.Add(i.cfg.Retention.Replies),
	}
	if s.Keyword != consent.None {
		reply.Keyword = string(s.Keyword)
	}

	return reply
}

// partyOfReply finds whom a reply concerns.
func (i *Intake) partyOfReply(ctx context.Context, c Callback, r provider.ReplyEvent, s storedReply) (party, error) {
	by := sender{
		digits:   r.From,
		userID:   r.UserID,
		answered: s.Answered.CustomerID,
		keyword:  s.Keyword != consent.None,
	}

	said := i.entryOf(c, r, s.Keyword)
	switch s.Keyword {
	case consent.Stop:
		by.stops, by.stop = true, &said
	case consent.Start:
		by.start = &said
	default:
	}

	return i.partyOf(ctx, c, by)
}

// entryOf returns the ledger entry of a reply: a keyword's, or that the shopper can be reached.
func (i *Intake) entryOf(c Callback, r provider.ReplyEvent, k consent.Keyword) consent.Entry {
	entry := consent.Entry{
		Action:     consent.Reachable,
		Source:     consent.Inbound,
		Purpose:    consent.OrderUpdates,
		SourceRef:  "reply:" + store.ReplyID(c.Provider, c.AppID, r.ID),
		Actor:      "customer",
		OccurredAt: c.happenedAt(),
		RecordedAt: i.clock.Now(),
	}

	through := consent.Keyworded
	if r.Tap || r.Postback != "" { // a choice from a list has a postback as well
		through = consent.Button
	}

	switch k {
	case consent.Stop:
		entry.Action = consent.Withdraw
		entry.Source = through
		entry.Purpose = consent.Everything
		entry.OccurredAt = consent.StopsAt(c.happenedAt())
	case consent.Start:
		entry.Action = consent.Grant
		entry.Source = through
	default:
	}

	return entry
}
