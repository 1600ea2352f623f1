package store

import (
	"context"
	"errors"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// Parked are the statuses of a provider id whose message is not known yet, or a STOP that answers such a message.
type Parked struct {
	ID    string `firestore:"-"`
	AppID string `firestore:"app"`
	// IDs are all the provider's ids that its callbacks named.
	IDs        []string `firestore:"ids"`
	CustomerID string   `firestore:"customer"`
	// PhoneKey is that of the shopper, who may be a customer of several accounts behind the app. Documents of the old form lack
	// it; then it is the customer's.
	PhoneKey string `firestore:"phoneKey"`
	// UserID is what the provider calls the recipient, the one told last; empty if none of its callbacks said.
	UserID string `firestore:"userId,omitempty"`
	// At holds by status the earliest time in epoch milliseconds.
	At map[string]int64 `firestore:"at"`
	// Witness is in epoch milliseconds. Up to this time the app's callbacks are known to have come: the newest provider time of its
	// statuses, never later than they came. It is 0 for a price, and in documents of the old form.
	Witness int64 `firestore:"witness"`
	// Failure is that of the status "failed"; Wait is its RetryAfter, which a message does not keep.
	message.Failure
	Wait  time.Duration              `firestore:"wait,omitempty"`
	Price map[string]message.Pricing `firestore:"pricing"`
	// Stop is the ledger's entry of a STOP that answers the message; nil for statuses.
	Stop *consent.Entry `firestore:"stop,omitempty"`
	// Owner is the message that adopted the id, which it carries since; empty if none has.
	Owner      string    `firestore:"owner"`
	Due        time.Time `firestore:"due"`
	Bucket     int       `firestore:"bucket"`
	ExpireAt   time.Time `firestore:"expireAt"`
	UpdateTime time.Time `firestore:"-"`
}

// First is the earliest time of any status in epoch milliseconds; 0 when none is known.
func (p Parked) First() int64 {
	var first int64
	for _, at := range p.At {
		if first == 0 || at < first {
			first = at
		}
	}

	return first
}

func (s *Store) parked(id string) *firestore.DocumentRef {
	return s.client.Collection("parked").Doc(id)
}

// Unknown is a status, or a price, of an id whose message is not known.
type Unknown struct {
	message.Progress
	// CustomerID is a customer with the number that the message went to.
	CustomerID string
	// Witness is the provider's time of the status, and never a later one than when it came.
	Witness  time.Time
	Due      time.Time
	ExpireAt time.Time
}

// Park keeps what a callback told of an id whose message is not known; repeating it changes nothing.
func (s *Store) Park(ctx context.Context, u Unknown) error {
	p := u.Progress
	id := hashID("parked", p.AppID, p.IDs[0])
	doc := map[string]any{
		"app":      p.AppID,
		"customer": u.CustomerID,
		"phoneKey": PhoneKeyOf(u.CustomerID),
		"ids":      firestore.ArrayUnion(anys("", p.IDs)...),
		"due":      u.Due,
		"bucket":   Bucket(id),
		"expireAt": u.ExpireAt,
	}

	if p.UserID != "" {
		doc["userId"] = p.UserID
	}
	if p.Status != "" {
		doc["at"] = map[string]any{string(p.Status): firestore.FieldTransformMinimum(p.At)}
		doc["witness"] = firestore.FieldTransformMaximum(u.Witness.UnixMilli())
	}
	if p.Class != "" {
		doc["code"], doc["class"], doc["cause"], doc["wait"] = p.Code, p.Class, p.Cause, p.RetryAfter
	}
	if !p.Pricing.IsZero() {
		doc["pricing"] = map[string]any{p.PricingKind: p.Pricing}
	}

	_, err := s.parked(id).Set(ctx, doc, firestore.MergeAll)

	return failure("store.Park", err)
}

// ParkStop keeps a STOP that answers a message which is not known by its ids yet; name is the reply's. Repeating it changes nothing.
func (s *Store) ParkStop(ctx context.Context, name string, p Parked) error {
	id := hashID("parked stop", p.AppID, name)
	p.Bucket = Bucket(id)

	_, err := s.parked(id).Create(ctx, p)
	if err = failure("store.ParkStop", err); errors.Is(err, ErrExists) {
		return nil
	}

	return err
}

// DueParked lists the parked statuses that are due by now, the longest overdue first, at most limit. One that cannot be read
// is an error, with which all others come.
func (s *Store) DueParked(ctx context.Context, now time.Time, limit int) ([]Parked, error) {
	return readParked(ctx, s.dueParked(now).Limit(limit))
}

// DueParkedAfter goes on where a list of DueParked ended: with what follows its last status as it was read.
func (s *Store) DueParkedAfter(ctx context.Context, now time.Time, last Parked, limit int) ([]Parked, error) {
	return readParked(ctx, s.dueParked(now).StartAfter(last.Due, last.ID).Limit(limit))
}

func (s *Store) dueParked(now time.Time) firestore.Query {
	return s.client.Collection("parked").
		Where("bucket", "in", allBuckets()).Where("due", "<=", now).OrderBy("due", firestore.Asc).OrderBy(firestore.DocumentID, firestore.Asc)
}

func readParked(ctx context.Context, q firestore.Query) ([]Parked, error) {
	snaps, err := q.Documents(ctx).GetAll()
	if err != nil {
		return nil, unread("store.DueParked", err)
	}

	found := make([]Parked, 0, len(snaps))

	var unreadable []error
	for _, snap := range snaps {
		var p Parked
		if err := snap.DataTo(&p); err != nil {
			unreadable = append(unreadable, failure("store.DueParked", err))
			continue
		}

		p.ID, p.UpdateTime, p.RetryAfter = snap.Ref.ID, snap.UpdateTime, p.Wait
		if p.PhoneKey == "" {
			p.PhoneKey = PhoneKeyOf(p.CustomerID)
		}

		found = append(found, p)
	}

	return found, errors.Join(unreadable...)
}

// HasUnownedStatus reports whether a status is parked, of the app and the customer's number and not from before the time, that no
// message owns. At the platform's app it may be parked under the customer of another account.
func (s *Store) HasUnownedStatus(ctx context.Context, appID, customerID string, since time.Time) (bool, error) {
	ofShopper := firestore.OrFilter{Filters: []firestore.EntityFilter{
		firestore.PropertyFilter{Path: "phoneKey", Operator: "==", Value: PhoneKeyOf(customerID)},
		firestore.PropertyFilter{Path: "customer", Operator: "==", Value: customerID}, // for documents of the old form
	}}

	found, err := readParked(ctx, s.client.Collection("parked").Where("app", "==", appID).WhereEntity(ofShopper))
	for _, p := range found {
		if p.Owner == "" && p.First() >= since.UnixMilli() {
			return true, nil
		}
	}

	return false, err
}

// Adopt makes a message the owner of a parked id, and the id one of its attempt, in one write. It returns ErrConflict if either
// changed since it was read, so that no attempt gets two ids and no id two messages.
func (s *Store) Adopt(ctx context.Context, p Parked, m message.Message, attempt int) error {
	ids := message.Progress{
		MessageID: m.ID,
		Attempt:   attempt,
		AppID:     p.AppID,
		IDs:       p.IDs,
	}

	b := s.batch()
	b.Update(s.parked(p.ID), []firestore.Update{{Path: "owner", Value: m.ID}}, firestore.LastUpdateTime(p.UpdateTime))
	b.Update(s.message(m.ID), transforms(ids), firestore.LastUpdateTime(m.UpdateTime))

	_, err := commit(ctx, "store.Adopt", b)

	return err
}

// PostponeParked looks at a parked status that is of no known message again at due; ErrConflict if the document changed since it
// was read.
func (s *Store) PostponeParked(ctx context.Context, p Parked, due time.Time) error {
	ups := []firestore.Update{
		{Path: "due", Value: due},
		{Path: "phoneKey", Value: p.PhoneKey}, // documents of the old form lack it
		{Path: "owner", Value: ""},            // in the old form an adopter could die before it had the id
	}
	_, err := s.parked(p.ID).Update(ctx, ups, firestore.LastUpdateTime(p.UpdateTime))

	return failure("store.PostponeParked", err)
}

// Unpark removes a parked status that has been applied; ErrConflict if another status joined it since it was read.
func (s *Store) Unpark(ctx context.Context, p Parked) error {
	_, err := s.parked(p.ID).Delete(ctx, firestore.LastUpdateTime(p.UpdateTime))
	return failure("store.Unpark", err)
}
