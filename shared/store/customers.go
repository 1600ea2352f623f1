package store

import (
	"context"
	"errors"
	"maps"
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
	// Met, of a customer of an app, are the accounts that have made one of the number since; see [Store.Newcomer]. So it is of a customer whose
	// number has another spelling, once the account has made one of that.
	Met []string `firestore:"met,omitempty"`
	// ErasedAt is when the shopper was erased: the customer has no contact, and the ledger and what it says stay. A shopper who subscribes
	// again has none of it any more.
	ErasedAt   time.Time `firestore:"erasedAt,omitzero"`
	UpdateTime time.Time `firestore:"-"`

	// OtherKey is the key of the number's other spelling, of a customer that [Store.Newcomer] is to make; empty if there is none.
	OtherKey string `firestore:"-"`

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

// Authority stands for an app in [AppCustomerID], for what an authority has ordered of a number at all accounts.
const Authority = "authority"

// AppCustomerID names the document of a shopper at an app. It belongs to no account and is found under no number; it remembers
// a STOP for the accounts behind the app that meet the shopper later.
func AppCustomerID(appID, phoneKey string) string { return CustomerID("app:"+appID, phoneKey) }

func (s *Store) customer(id string) *firestore.DocumentRef {
	return s.customers.Doc(id)
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
	c.Consent.Subject = c.ID

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

// Ordered returns what authorities have ordered of a number, as the state of nobody's consent: it matters only where an account does not know the
// number, since its own customers have it in their ledgers.
func (s *Store) Ordered(ctx context.Context, phoneKey string) (consent.State, error) {
	c, err := s.Customer(ctx, AppCustomerID(Authority, phoneKey))
	if errors.Is(err, ErrNotFound) {
		return consent.State{}, nil
	}

	return c.Consent, err
}

// inheritOrders adds the open orders of an authority, as the document of the number at the authority has them.
func (c *Customer) inheritOrders(ordered consent.State, now time.Time) {
	for _, o := range ordered.OpenOrders() {
		c.inherit(o.Last, consent.Entry{
			Action:     consent.Block,
			Source:     consent.Authority,
			Purpose:    consent.Everything,
			SourceRef:  o.Ref,
			Actor:      "authority",
			RecordedAt: now,
		})
	}
}

// inherit adds what was said or ordered of the number before, if it was, to the ledger of a customer that is to be made.
func (c *Customer) inherit(before consent.Mark, e consent.Entry) {
	if before.Action != e.Action {
		return
	}

	e.OccurredAt = before.At

	entries, next, _ := consent.Record(c.Consent, e)
	c.earlier, c.Consent = append(c.earlier, entries...), next
}

// CreateCustomer makes a shopper together with entries of the ledger, after those that [Store.Newcomer] has found; ErrExists or
// ErrConflict if another writer was faster.
func (s *Store) CreateCustomer(ctx context.Context, c Customer, first ...consent.Entry) error {
	b := s.batch()
	s.addNewcomer(b, c)
	s.addNotes(b, Consequence{Customer: c})
	s.addEntries(b, c, first)

	_, err := commit(ctx, "store.CreateCustomer", b)

	return err
}

// addNewcomer adds the writes that make a customer, without those of [Store.addNotes].
func (s *Store) addNewcomer(b *batch, c Customer) {
	b.Create(s.customer(c.ID), c)
	s.addEntries(b, c, c.earlier)
}

// addNotes notes the accounts of customers that are made in what is known of their numbers at apps and at the authority, so that this write
// conflicts with a STOP or a block that comes at once. One write may make customers of several accounts, and change such a document itself:
// each document is written once.
func (s *Store) addNotes(b *batch, effects ...Consequence) {
	met := map[string][]string{}
	known := map[string]Customer{}

	for _, e := range effects {
		for _, ofApp := range e.Customer.atApps {
			known[ofApp.ID] = ofApp
			met[ofApp.ID] = append(met[ofApp.ID], e.Customer.AccountID)
		}
	}

	for _, id := range slices.Sorted(maps.Keys(met)) {
		ofApp := known[id]
		ofApp.Met = met[id]

		switch {
		case slices.ContainsFunc(effects, func(e Consequence) bool { return e.Customer.ID == id && e.writes() }):
		case ofApp.UpdateTime.IsZero():
			b.Create(s.customer(id), ofApp)
		default:
			accounts := make([]any, len(ofApp.Met))
			for i, account := range ofApp.Met {
				accounts[i] = account
			}

			b.Update(s.customer(id), []firestore.Update{{Path: "met", Value: firestore.ArrayUnion(accounts...)}}, firestore.LastUpdateTime(ofApp.UpdateTime))
		}
	}
}

// ChangeConsent adds ledger entries and their effect on the customer in one write; ErrConflict if the customer changed
// since it was read. To a customer who was erased it also gives the contact that c has, if it has one.
func (s *Store) ChangeConsent(ctx context.Context, c Customer, next consent.State, entries ...consent.Entry) error {
	b := s.batch()
	b.Update(s.customer(c.ID), append(returned(c), firestore.Update{Path: "consent", Value: next}), firestore.LastUpdateTime(c.UpdateTime))
	s.addEntries(b, c, entries)
	_, err := commit(ctx, "store.ChangeConsent", b)
	return err
}

// returned returns the writes that give a customer who was erased the contact with which the shopper has come back; none for others.
func returned(c Customer) []firestore.Update {
	if c.ErasedAt.IsZero() || c.Phone == "" {
		return nil
	}

	return []firestore.Update{
		{Path: "phone", Value: c.Phone},
		{Path: "email", Value: c.Email},
		{Path: "name", Value: c.Name},
		{Path: "erasedAt", Value: firestore.Delete},
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
