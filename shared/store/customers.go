package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
)

// Customer is a shopper of one account.
type Customer struct {
	// ID is "accountId:phoneKey", as CustomerID makes it.
	ID        string `firestore:"-"`
	AccountID string `firestore:"account"`
	PhoneKey  string `firestore:"phoneKey"`
	// Phone is E.164.
	Phone string `firestore:"phone"`
	Email string `firestore:"email"`
	Name  string `firestore:"name"`
	// Consent is the ledger's fold.
	Consent consent.State `firestore:"consent"`
	// LastReplyAt opens the 24 hours in which free text may be sent.
	LastReplyAt time.Time `firestore:"lastReplyAt"`
	// UserID is what the provider calls the shopper, who may hide the number; the one told last.
	UserID string `firestore:"userId"`
	// Learned has, by app, the user id whose [UserID] is known to have this customer's number: what waited under it is in the
	// ledger. What names that id again need not look. Customers of the old form lack it.
	Learned map[string]string `firestore:"learned,omitempty"`
	// InFlight is the message that the newest worker claimed for this shopper through an app without echo. The mark is
	// not taken back: whether it still counts is read off the message.
	InFlight string `firestore:"inFlight"`
	// Passed are earlier such messages of which no evidence had come when the mark passed on; the newest last.
	Passed []string `firestore:"passed,omitempty"`
	// Met, of a customer of an app, are the accounts that have made one of the number since; see [Store.Newcomer].
	Met        []string  `firestore:"met,omitempty"`
	UpdateTime time.Time `firestore:"-"`

	// earlier and atApps are what [Store.Newcomer] has found.
	earlier []consent.Entry
	atApps  []Customer
}

// Unsettled lists the messages to the customer, through apps without echo, that a status of an unknown id may be of.
func (c Customer) Unsettled() []string {
	ids := slices.Clone(c.Passed)
	if c.InFlight != "" && !slices.Contains(ids, c.InFlight) {
		ids = append(ids, c.InFlight)
	}

	return ids
}

// CustomerID names the document of a shopper.
func CustomerID(accountID, phoneKey string) string { return safeID(accountID) + ":" + phoneKey }

// AppCustomerID names the document of a shopper at an app. It belongs to no account and is found under no number; it remembers
// a STOP for the accounts behind the app that meet the shopper later.
func AppCustomerID(appID, phoneKey string) string { return CustomerID("app:"+appID, phoneKey) }

func (s *Store) customer(id string) *firestore.DocumentRef {
	return s.customers.Doc(id)
}

func entryID(sequence int64) string { return fmt.Sprintf("%012d", sequence) }

func (s *Store) entry(customerID string, sequence int64) *firestore.DocumentRef {
	return s.customer(customerID).Collection("consents").Doc(entryID(sequence))
}

// Customer reads a shopper; ErrNotFound if the account knows none of that number.
func (s *Store) Customer(ctx context.Context, id string) (Customer, error) {
	snap, err := s.customer(id).Get(ctx)
	if err != nil {
		return Customer{}, failure("store.Customer", err)
	}
	return customerOf(snap)
}

func customerOf(snap *firestore.DocumentSnapshot) (Customer, error) {
	var c Customer
	if err := snap.DataTo(&c); err != nil {
		return Customer{}, failure("store.Customer", err)
	}

	c.ID, c.UpdateTime = snap.Ref.ID, snap.UpdateTime

	return c, nil
}

// CustomersByPhone returns the shoppers of all accounts with that number.
func (s *Store) CustomersByPhone(ctx context.Context, phoneKey string) ([]Customer, error) {
	return s.customersWhere(ctx, "store.CustomersByPhone", s.customers.Where("phoneKey", "==", phoneKey))
}

// CustomersByUser returns the account's shoppers with the provider's user id. An empty account is an error: it must not
// mean all accounts.
func (s *Store) CustomersByUser(ctx context.Context, accountID, userID string) ([]Customer, error) {
	if accountID == "" {
		return nil, noAccount("store.CustomersByUser")
	}
	return s.customersWhere(ctx, "store.CustomersByUser", s.ofUser(userID).Where("account", "==", accountID))
}

// CustomersByUserInAllAccounts returns every account's shoppers with the provider's user id. It is for callbacks of the
// platform's own app, which several accounts send through.
func (s *Store) CustomersByUserInAllAccounts(ctx context.Context, userID string) ([]Customer, error) {
	return s.customersWhere(ctx, "store.CustomersByUserInAllAccounts", s.ofUser(userID))
}

func (s *Store) ofUser(userID string) firestore.Query {
	return s.customers.Where("userId", "==", userID)
}

func (s *Store) customersWhere(ctx context.Context, op string, q firestore.Query) ([]Customer, error) {
	snaps, err := q.Documents(ctx).GetAll()
	if err != nil {
		return nil, unread(op, err)
	}
	return customersOf(snaps)
}

func customersOf(snaps []*firestore.DocumentSnapshot) ([]Customer, error) {
	customers := make([]Customer, 0, len(snaps))
	for _, snap := range snaps {
		c, err := customerOf(snap)
		if err != nil {
			return nil, err
		}

		customers = append(customers, c)
	}

	return customers, nil
}

// Newcomer returns a customer that is to be made, with the last STOP that its number told one of the account's apps before the
// account knew it: the first entry of the ledger is that. The customer is written together with a note in each app's document of
// the number, which a STOP writes as well. Both writes touch the app's document, so if a STOP and the new customer come at once, the
// later write conflicts and reads the other. It costs a read of each app, in one call.
func (s *Store) Newcomer(ctx context.Context, c Customer, apps []string, now time.Time) (Customer, error) {
	if len(apps) == 0 {
		return c, nil
	}

	refs := make([]*firestore.DocumentRef, len(apps))
	for n, app := range apps {
		refs[n] = s.customer(AppCustomerID(app, c.PhoneKey))
	}

	snaps, err := s.client.GetAll(ctx, refs)
	if err != nil {
		return Customer{}, failure("store.Newcomer", err)
	}

	var stop consent.Mark
	for n, snap := range snaps {
		ofApp := Customer{ID: refs[n].ID}
		if snap.Exists() {
			if ofApp, err = customerOf(snap); err != nil {
				return Customer{}, err
			}
		}
		if said := ofApp.Consent.Updates; said.Action == consent.Withdraw && said.At.After(stop.At) {
			stop = said
		}

		c.atApps = append(c.atApps, ofApp)
	}

	if stop.Action == "" {
		return c, nil
	}

	c.earlier, c.Consent, _ = consent.Record(c.Consent, consent.Entry{
		Action:     consent.Withdraw,
		Source:     consent.Keyworded,
		Purpose:    consent.Everything,
		Actor:      "customer",
		OccurredAt: stop.At,
		RecordedAt: now,
	})

	return c, nil
}

// CreateCustomer makes a shopper together with entries of the ledger, after those that [Store.Newcomer] has found; ErrExists or
// ErrConflict if another writer was faster.
func (s *Store) CreateCustomer(ctx context.Context, c Customer, first ...consent.Entry) error {
	b := s.batch()
	s.addNewcomer(b, c)
	s.addEntries(b, c.ID, first)

	_, err := commit(ctx, "store.CreateCustomer", b)

	return err
}

// addNewcomer adds the writes that make a customer.
func (s *Store) addNewcomer(b *batch, c Customer) {
	b.Create(s.customer(c.ID), c)
	s.addEntries(b, c.ID, c.earlier)

	for _, ofApp := range c.atApps {
		if ofApp.UpdateTime.IsZero() {
			ofApp.Met = []string{c.AccountID}
			b.Create(s.customer(ofApp.ID), ofApp)

			continue
		}

		b.Update(s.customer(ofApp.ID), []firestore.Update{
			{Path: "met", Value: firestore.ArrayUnion(c.AccountID)},
		}, firestore.LastUpdateTime(ofApp.UpdateTime))
	}
}

// ChangeConsent adds ledger entries and their effect on the customer in one write; ErrConflict if the customer changed
// since it was read.
func (s *Store) ChangeConsent(ctx context.Context, c Customer, next consent.State, entries ...consent.Entry) error {
	b := s.batch()
	b.Update(s.customer(c.ID), []firestore.Update{{Path: "consent", Value: next}}, firestore.LastUpdateTime(c.UpdateTime))
	s.addEntries(b, c.ID, entries)
	_, err := commit(ctx, "store.ChangeConsent", b)
	return err
}

func (s *Store) addEntries(b *batch, customerID string, entries []consent.Entry) {
	for _, entry := range entries {
		b.Create(s.entry(customerID, entry.Sequence), entry)
	}
}

// Learn notes that the [UserID] of a user id at an app has the customer's number; ErrNotFound if there is no such customer.
func (s *Store) Learn(ctx context.Context, customerID, appID, userID string) error {
	_, err := s.customer(customerID).Update(ctx, []firestore.Update{learnedAt(appID, userID)})
	return failure("store.Learn", err)
}

// learnedAt is the write of a customer's Learned.
func learnedAt(appID, userID string) firestore.Update {
	return firestore.Update{FieldPath: []string{"learned", appID}, Value: userID}
}

// ConsentEntries reads the newest entries of a shopper's ledger that give a consent for a purpose or take it back, at most limit, beginning at
// a sequence (0: at the newest).
func (s *Store) ConsentEntries(ctx context.Context, customerID string, p consent.Purpose, upTo int64, limit int) ([]consent.Entry, error) {
	const op = "store.ConsentEntries"

	q := s.customer(customerID).Collection("consents").Where("action", "in", consent.Decisive()).Where("purpose", "in", consent.Covering(p))
	if upTo > 0 {
		q = q.Where("sequence", "<=", upTo)
	}

	snaps, err := q.OrderBy("sequence", firestore.Desc).Limit(limit).Documents(ctx).GetAll()
	if err != nil {
		return nil, unread(op, err)
	}

	return entriesOf(op, snaps)
}

// Ledger reads all entries of a shopper, oldest first.
func (s *Store) Ledger(ctx context.Context, customerID string) ([]consent.Entry, error) {
	snaps, err := s.customer(customerID).Collection("consents").OrderBy(firestore.DocumentID, firestore.Asc).Documents(ctx).GetAll()
	if err != nil {
		return nil, unread("store.Ledger", err)
	}

	return entriesOf("store.Ledger", snaps)
}

func entriesOf(op string, snaps []*firestore.DocumentSnapshot) ([]consent.Entry, error) {
	entries := make([]consent.Entry, len(snaps))
	for i, snap := range snaps {
		if err := snap.DataTo(&entries[i]); err != nil {
			return nil, failure(op, err)
		}
	}

	return entries, nil
}
