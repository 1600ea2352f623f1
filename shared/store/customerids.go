package store

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
)

// UserID is what is known of an id that a provider has for a shopper: whose number it stands for, and the last STOP and START
// said under it. They are in one document and every write of it is conditional. Both writes touch it, so if a STOP and a number
// come at once, the later write conflicts and reads the other.
//
// The number by which a provider calls a shopper is such an id too, which [NumberID] makes: it may be spelled otherwise than the
// number that we sent to. Then it stands for that one.
type UserID struct {
	// ID names the document, as userDocument makes it.
	ID    string `firestore:"-"`
	AppID string `firestore:"app"`
	// PhoneKeys are the keys of the numbers that the id stands for, the one learned last at the end. Brazil, Mexico and
	// Argentina spell one number in two ways, so there may be several.
	PhoneKeys []string `firestore:"phoneKeys,omitempty"`
	// Known says of these keys when the id stood for the number; one that is missing was learned at an unknown time.
	Known map[string]time.Time `firestore:"known,omitempty"`
	// Stop is the last STOP said under the id, as an entry that is in no ledger yet; nil if there is none.
	Stop *consent.Entry `firestore:"stop,omitempty"`
	// Start is the last START said under the id while it stood for no number, likewise; nil if there is none.
	Start *consent.Entry `firestore:"start,omitempty"`
	// Former are the keys of numbers that the shopper had before, as news has told. A STOP under the id concerns them too, nothing else
	// does. What was refused under them goes over to a number that the id stands for.
	Former []string `firestore:"former,omitempty"`
	// Heirs are what the provider calls the shopper since a change of number or user id: a STOP goes on to them.
	Heirs []Heir `firestore:"heirs,omitempty"`
	// PassedOn is, of a number, since when it may be another shopper's, as the newest news says; the zero time if none does.
	PassedOn time.Time `firestore:"passedOn,omitempty"`
	// UpdateTime is zero for an id of which nothing is stored.
	UpdateTime time.Time `firestore:"-"`
}

// Heir is a number or a user id that a shopper has in another's place since a time.
type Heir struct {
	// ID is a user id's document; PhoneKey a number's key instead.
	ID       string    `firestore:"id,omitempty"`
	PhoneKey string    `firestore:"phoneKey,omitempty"`
	At       time.Time `firestore:"at"`
}

// Differs reports whether u is to be stored in the place of what was read.
func (u UserID) Differs(stored UserID) bool {
	return len(u.PhoneKeys) != len(stored.PhoneKeys) || len(u.Former) != len(stored.Former) || len(u.Heirs) != len(stored.Heirs) ||
		u.Stop != stored.Stop || u.Start != stored.Start || !u.PassedOn.Equal(stored.PassedOn)
}

// Formerly returns u with the keys of numbers that the shopper had before.
func (u UserID) Formerly(phoneKeys ...string) UserID {
	for _, key := range phoneKeys {
		if !slices.Contains(u.Former, key) {
			u.Former = append(slices.Clone(u.Former), key)
		}
	}

	return u
}

// Passing returns u with what has taken its place. A repetition of the same news changes nothing.
func (u UserID) Passing(heirs ...Heir) UserID {
	for _, heir := range heirs {
		same := func(known Heir) bool {
			return known.ID == heir.ID && known.PhoneKey == heir.PhoneKey && known.At.Equal(heir.At)
		}
		if !slices.ContainsFunc(u.Heirs, same) {
			u.Heirs = append(slices.Clone(u.Heirs), heir)
		}
	}

	return u
}

// Vacated returns the u of a number that may be another shopper's since a time: it stands for no other number any more, and what the
// shopper before said is in the ledgers.
func (u UserID) Vacated(at time.Time) UserID {
	if !at.After(u.PassedOn) {
		return u
	}

	u.PassedOn = at
	u.PhoneKeys = nil
	u.Known = nil
	u.Start = nil
	if u.Stop != nil && !u.Stop.OccurredAt.After(consent.StopsAt(at)) {
		u.Stop = nil
	}

	return u
}

// Stopped returns u with a STOP, if it is the last one. It counts from no later than when it was recorded first, whenever a
// ledger gets it.
func (u UserID) Stopped(e consent.Entry) UserID {
	u.Stop = lastSaid(u.Stop, e)
	return u
}

// Started returns u with a START, if it is the last one; like [UserID.Stopped].
func (u UserID) Started(e consent.Entry) UserID {
	u.Start = lastSaid(u.Start, e)
	return u
}

// lastSaid returns the later of what was said before, if anything was, and e.
func lastSaid(before *consent.Entry, e consent.Entry) *consent.Entry {
	if e.OccurredAt.After(e.RecordedAt) {
		e.OccurredAt = e.RecordedAt
	}
	if before != nil && !e.OccurredAt.After(before.OccurredAt) {
		return before
	}

	return &e
}

// Waiting returns what was said under the id, in the order in which it was said, for the ledgers of a number that it is now
// found to stand for: the STOP, which holds for every number of the shopper's, and the START if this number is the first. A
// START concerns one number only.
func (u UserID) Waiting() []consent.Entry {
	var said []consent.Entry
	if u.Stop != nil {
		said = append(said, *u.Stop)
	}
	if u.Start != nil && len(u.PhoneKeys) == 0 {
		said = append(said, *u.Start)
	}

	slices.SortStableFunc(said, func(a, b consent.Entry) int { return a.OccurredAt.Compare(b.OccurredAt) })

	return said
}

// Standing returns u with the key of a number that it stood for at a time; the zero time where that is unknown.
func (u UserID) Standing(phoneKey string, at time.Time) UserID {
	if slices.Contains(u.PhoneKeys, phoneKey) {
		return u
	}

	u.PhoneKeys = append(slices.Clone(u.PhoneKeys), phoneKey)
	if !at.IsZero() {
		u.Known = maps.Clone(u.Known)
		if u.Known == nil {
			u.Known = map[string]time.Time{}
		}

		u.Known[phoneKey] = at
	}

	return u
}

// NumberID returns the user id that a number stands for at a provider, given by its key.
func NumberID(phoneKey string) string { return "number:" + phoneKey }

// PhoneKeyOf returns the phone key in a customer's id; empty for an empty id.
func PhoneKeyOf(customerID string) string {
	_, key, _ := strings.Cut(customerID, ":")
	return key
}

func (s *Store) userID(id string) *firestore.DocumentRef {
	return s.client.Collection("customerIds").Doc(id)
}

// UserID reads what is known of a user id at an app. Of one of which nothing is stored it returns the document to be made.
func (s *Store) UserID(ctx context.Context, appID, userID string) (UserID, error) {
	return s.UserIDOf(ctx, appID, hashID("user", appID, userID))
}

// UserIDOf is UserID for the one that a document is of, as [UserID.ID] names it.
func (s *Store) UserIDOf(ctx context.Context, appID, id string) (UserID, error) {
	u := UserID{ID: id, AppID: appID}

	snap, err := s.userID(u.ID).Get(ctx)
	if err = failure("store.UserID", err); errors.Is(err, ErrNotFound) {
		return u, nil
	}
	if err != nil {
		return UserID{}, err
	}
	if err = snap.DataTo(&u); err != nil {
		return UserID{}, failure("store.UserID", err)
	}

	u.UpdateTime = snap.UpdateTime

	return u, nil
}

// addUserID adds the write of u, on condition that the document is as read.
func (s *Store) addUserID(b *batch, u UserID) {
	if u.UpdateTime.IsZero() {
		b.Create(s.userID(u.ID), u)
		return
	}

	b.Update(s.userID(u.ID), []firestore.Update{
		{Path: "phoneKeys", Value: u.PhoneKeys},
		{Path: "known", Value: u.Known},
		{Path: "stop", Value: u.Stop},
		{Path: "start", Value: u.Start},
		{Path: "former", Value: u.Former},
		{Path: "heirs", Value: u.Heirs},
		{Path: "passedOn", Value: orDelete(u.PassedOn)},
	}, firestore.LastUpdateTime(u.UpdateTime))
}

// AddConsents writes consequences, and what has become known of user ids, in one write. ErrExists or ErrConflict if another
// writer was faster.
func (s *Store) AddConsents(ctx context.Context, effects []Consequence, users ...UserID) error {
	b := s.batch()
	writes := len(users) > 0

	s.addConsequences(b, effects)

	for _, e := range effects {
		writes = writes || len(e.Entries) > 0
	}
	if !writes {
		return nil
	}

	for _, user := range users {
		s.addUserID(b, user)
	}

	_, err := commit(ctx, "store.AddConsents", b)

	return err
}
