package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/api/iterator"

	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// Closing says how far the days of an account have been closed.
type Closing struct {
	// ClosedTo is the first day that is open. Of the days before, those without a document had no message.
	ClosedTo billing.Day `firestore:"closedTo"`
	// LookedAt is up to when changes of closed days have been looked for.
	LookedAt time.Time `firestore:"lookedAt"`
	// UpdateTime is the document's; zero if there is none.
	UpdateTime time.Time `firestore:"-"`
}

// ClosedDay is the usage of a day that is closed.
type ClosedDay struct {
	Day      billing.Day   `firestore:"day"`
	ClosedAt time.Time     `firestore:"closedAt"`
	Usage    billing.Usage `firestore:"usage"`
	// Off is on how many orders each event came on the day while it was off, by the event's kind. It is counted when the day is first closed.
	Off map[string]int64 `firestore:"off,omitempty"`
	// Closings counts how often it was closed: more than once if something was heard of its messages later.
	Closings int64 `firestore:"closings"`
	// UpdateTime is the document's; zero if there is none.
	UpdateTime time.Time `firestore:"-"`
}

func (s *Store) closing(accountID string) *firestore.DocumentRef {
	return s.client.Collection("usage").Doc(accountID)
}

func (s *Store) closedDays(accountID string) *firestore.CollectionRef {
	return s.closing(accountID).Collection("days")
}

// Closing reads how far the days of an account are closed; the zero Closing if none is.
func (s *Store) Closing(ctx context.Context, accountID string) (Closing, error) {
	const op = "store.Closing"

	snap, err := s.closing(accountID).Get(ctx)
	if err = failure(op, err); errors.Is(err, ErrNotFound) {
		return Closing{}, nil
	}
	if err != nil {
		return Closing{}, err
	}

	var l Closing
	if err := snap.DataTo(&l); err != nil {
		return Closing{}, failure(op, err)
	}

	l.UpdateTime = snap.UpdateTime

	return l, nil
}

// PutClosing writes how far the days of an account are closed; ErrConflict if somebody else did since it was read, and ErrExists if it was not
// there then.
func (s *Store) PutClosing(ctx context.Context, accountID string, l Closing) error {
	const op = "store.PutClosing"

	if l.UpdateTime.IsZero() {
		_, err := s.closing(accountID).Create(ctx, l)
		return failure(op, err)
	}

	_, err := s.closing(accountID).Update(ctx, []firestore.Update{
		{Path: "closedTo", Value: l.ClosedTo}, {Path: "lookedAt", Value: l.LookedAt},
	}, firestore.LastUpdateTime(l.UpdateTime))

	return failure(op, err)
}

// ClosedDays returns the closed days of an account from one to another, which does not count, in their order. There is none of a day
// without messages.
func (s *Store) ClosedDays(ctx context.Context, accountID string, from, to billing.Day) ([]ClosedDay, error) {
	const op = "store.ClosedDays"

	days := s.closedDays(accountID)
	q := days.OrderBy(firestore.DocumentID, firestore.Asc).StartAt(string(from)).EndBefore(string(to))

	snaps, err := q.Documents(ctx).GetAll()
	if err != nil {
		return nil, unread(op, err)
	}

	found := make([]ClosedDay, len(snaps))
	for i, snap := range snaps {
		if err := snap.DataTo(&found[i]); err != nil {
			return nil, failure(op, fmt.Errorf("day %s: %w", snap.Ref.ID, err))
		}

		found[i].UpdateTime = snap.UpdateTime
	}

	return found, nil
}

// ClosedUntil returns those of an account's days from one to another, which does not count, that are closed, as ClosedDays does; and the first
// of them that is open, which is to if none is.
func (s *Store) ClosedUntil(ctx context.Context, accountID string, from, to billing.Day) (days []ClosedDay, open billing.Day, err error) {
	c, err := s.Closing(ctx, accountID)
	if err != nil {
		return nil, "", err
	}

	open = min(max(c.ClosedTo, from), to)
	if open == from {
		return nil, open, nil
	}

	days, err = s.ClosedDays(ctx, accountID, from, open)

	return days, open, err
}

// PutClosedDay stores the usage of a day in the place of what was read; ErrConflict if somebody else has done so since, and ErrExists if
// there was none. Otherwise who has counted first, and writes last, would put older figures in the place of newer ones.
func (s *Store) PutClosedDay(ctx context.Context, accountID string, d ClosedDay) error {
	const op = "store.PutClosedDay"

	doc := s.closedDays(accountID).Doc(string(d.Day))
	if d.UpdateTime.IsZero() {
		_, err := doc.Create(ctx, d)
		return failure(op, err)
	}

	_, err := doc.Update(ctx, []firestore.Update{
		{Path: "closedAt", Value: d.ClosedAt}, {Path: "usage", Value: d.Usage}, {Path: "closings", Value: d.Closings},
	}, firestore.LastUpdateTime(d.UpdateTime))

	return failure(op, err)
}

// priced are the fields of a message that usage goes by.
var priced = []string{
	"account", "day", "event", "app", "provider", "ownership", "template", "phone", "phase", "reason", "attempt", "attempts", "pricing", "estimate", "due",
}

// EachOfDays calls do with each message that an account's days have, from one day to another, which does not count, as far as usage goes by
// it. A message that cannot be read is an error: a sum without it would be wrong.
func (s *Store) EachOfDays(ctx context.Context, accountID string, from, to billing.Day, do func(message.Message)) error {
	const op = "store.EachOfDays"

	if accountID == "" {
		return noAccount(op)
	}

	q := s.log.Where("account", "==", accountID).Where("day", ">=", string(from)).Where("day", "<", string(to)).Select(priced...)

	found := q.Documents(ctx)
	defer found.Stop()

	for {
		snap, err := found.Next()
		if errors.Is(err, iterator.Done) {
			return nil
		}
		if err != nil {
			return unread(op, err)
		}

		m, err := messageOf(snap)
		if err != nil {
			return fmt.Errorf("message %s: %w", snap.Ref.ID, err)
		}

		do(m)
	}
}

// FirstDay returns the first day of an account that has a message; empty if none has.
func (s *Store) FirstDay(ctx context.Context, accountID string) (billing.Day, error) {
	const op = "store.FirstDay"

	q := s.log.Where("account", "==", accountID).Where("day", ">", "").OrderBy("day", firestore.Asc).Limit(1)

	snaps, err := q.Select("day").Documents(ctx).GetAll()
	if err != nil || len(snaps) == 0 {
		return "", unread(op, err)
	}

	day, _ := snaps[0].Data()["day"].(string)

	return billing.Day(day), nil
}

// ChangedDays lists the days before a day of which an account has a message that was changed since.
func (s *Store) ChangedDays(ctx context.Context, accountID string, before billing.Day, since time.Time) (map[billing.Day]bool, error) {
	q := s.log.Where("account", "==", accountID).Where("changed", ">=", since)

	snaps, err := q.Select("day").Documents(ctx).GetAll()
	if err != nil {
		return nil, unread("store.ChangedDays", err)
	}

	days := map[billing.Day]bool{}

	for _, snap := range snaps {
		if day, _ := snap.Data()["day"].(string); day != "" && billing.Day(day) < before {
			days[billing.Day(day)] = true
		}
	}

	return days, nil
}

// CountService counts the messages without a template that an app has sent since a time, of whichever account.
func (s *Store) CountService(ctx context.Context, appID string, since time.Time) (int64, error) {
	q := s.log.Where("app", "==", appID).Where("estimate.category", "==", string(billing.Service)).Where("createdAt", ">=", since)

	return count(ctx, "store.CountService", q)
}

// ForeignCharge is a charge that a provider told of a message that is none of ours.
type ForeignCharge struct {
	// AccountID is whose app it is, which may have been taken out when somebody asks.
	AccountID string
	AppID     string
	// IDs are the provider's of the message.
	IDs      []string
	Price    message.Pricing
	At       time.Time
	ExpireAt time.Time
}

// NoteForeignCharge keeps a charge for a message that is none of ours, once however often it is told.
func (s *Store) NoteForeignCharge(ctx context.Context, c ForeignCharge) error {
	_, err := s.client.Collection("foreignCharges").Doc(hashID(c.AppID, c.IDs[0])).Set(ctx, map[string]any{
		"account": c.AccountID, "app": c.AppID, "price": c.Price, "at": c.At, "expireAt": c.ExpireAt,
	})

	return failure("store.NoteForeignCharge", err)
}

// CountForeignCharges counts the charges for messages that are none of ours, through an account's own apps from one time to another.
func (s *Store) CountForeignCharges(ctx context.Context, accountID string, from, until time.Time) (int64, error) {
	q := s.client.Collection("foreignCharges").Where("account", "==", accountID).Where("at", ">=", from).Where("at", "<", until)

	return count(ctx, "store.CountForeignCharges", q)
}

// count counts the documents that a query finds, with one read a thousand.
func count(ctx context.Context, op string, q firestore.Query) (int64, error) {
	return aggregate(ctx, op, q.NewAggregationQuery().WithCount(aggregated))
}

// aggregated is what queries call the one number that they ask for.
const aggregated = "n"

// aggregate returns the number that a query calls so.
func aggregate(ctx context.Context, op string, q *firestore.AggregationQuery) (int64, error) {
	found, err := q.Get(ctx)
	if err != nil {
		return 0, unread(op, err)
	}

	n, ok := found[aggregated].(*firestorepb.Value)
	if !ok {
		return 0, fmt.Errorf("%s: the store answered no number", op)
	}

	return n.GetIntegerValue(), nil
}

// maySpend are the phases of messages that are charged, or may be.
var maySpend = []message.Phase{message.Claimed, message.InDoubt, message.GivenUp}

// SumEstimates adds up what an account's messages are expected to cost in a currency that were claimed from one day to another, which does not
// count: those that were sent or may have been. What was made before and had to wait counts on the day of its newest claim. It costs one read a
// thousand messages.
func (s *Store) SumEstimates(ctx context.Context, accountID, currency string, from, to billing.Day) (int64, error) {
	q := s.log.Where("account", "==", accountID).Where("estimate.currency", "==", currency).Where("phase", "in", maySpend).
		Where("estimate.day", ">=", string(from)).Where("estimate.day", "<", string(to))

	return aggregate(ctx, "store.SumEstimates", q.NewAggregationQuery().WithSum("estimate.micros", aggregated))
}
