package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// Person names the shopper of an account whose personal data is erased.
type Person struct {
	AccountID string
	// PhoneKeys and EmailKeys are the keyed hashes of the shopper's numbers and addresses; Phones are the numbers in E.164, Emails and
	// Names what orders had, and UserIDs what providers call the shopper, as far as they are known.
	PhoneKeys, EmailKeys, Phones, Emails, Names, UserIDs []string
	// Apps are the ids of the account's own apps, whose documents of the number are the account's too.
	Apps []string
	// Sole says that no other account has a customer of the numbers: then what belongs to no account is the shopper's too, and Apps has the
	// platform's apps that the account sends through.
	Sole bool
	// Until, of a number that the shopper had before, is when it passed on to another shopper: what is of then or later is not this one's. It
	// is the zero time of a number that the shopper has.
	Until time.Time
}

// others reports whether something of a time is another shopper's.
func (p Person) others(at time.Time) bool { return !p.Until.IsZero() && !at.Before(p.Until) }

// customerIDs are the names of the customers' documents.
func (p Person) customerIDs() []string {
	ids := make([]string, len(p.PhoneKeys))
	for n, key := range p.PhoneKeys {
		ids[n] = CustomerID(p.AccountID, key)
	}

	return ids
}

// MessagesOfPerson lists all messages to a shopper, tests among them, and those about the shopper's orders that went to nobody or name the
// shopper's address.
func (s *Store) MessagesOfPerson(ctx context.Context, p Person) ([]message.Message, error) {
	if p.AccountID == "" {
		return nil, noAccount("store.MessagesOfPerson")
	}

	ids := p.customerIDs()
	found := map[string]message.Message{}

	add := func(q firestore.Query) error {
		all, err := s.messages(ctx, q)
		for _, m := range all {
			found[m.ID] = m
		}

		return err
	}

	for field, values := range map[string][]string{"customer": ids, "phone": p.Phones, "userId": p.UserIDs} {
		for _, value := range values {
			if err := add(s.log.Where("account", "==", p.AccountID).Where(field, "==", value)); err != nil {
				return nil, err
			}
		}
	}

	if err := s.addOfOrders(ctx, p, found); err != nil {
		return nil, err
	}

	all := make([]message.Message, 0, len(found))
	for _, m := range found {
		if !p.others(m.CreatedAt) {
			all = append(all, m)
		}
	}

	return all, nil
}

// addOfOrders adds those messages about a shopper's orders that went to nobody, to the shopper, or name the shopper's address.
func (s *Store) addOfOrders(ctx context.Context, p Person, found map[string]message.Message) error {
	orders, err := s.ordersOfPerson(ctx, p, found)
	if err != nil {
		return err
	}

	for _, orderID := range orders {
		all, err := s.MessagesOfOrder(ctx, p.AccountID, orderID)
		if err != nil {
			return err
		}

		for _, m := range all {
			mail := m.Activity.CustomerEmail
			if m.CustomerID == "" || slices.Contains(p.customerIDs(), m.CustomerID) || mail != "" && slices.Contains(p.Emails, mail) {
				found[m.ID] = m
			}
		}
	}

	return nil
}

// ordersOfPerson lists the platform's ids of a shopper's orders: of those whose copies are kept, and of those that messages are about.
func (s *Store) ordersOfPerson(ctx context.Context, p Person, messages map[string]message.Message) ([]string, error) {
	var ids []string

	add := func(id string) {
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}

	for _, q := range s.copiesOfPerson(p) {
		kept, err := ordersOf(ctx, "store.ordersOfPerson", q)
		if err != nil {
			return nil, err
		}

		for _, o := range kept {
			add(o.PlatformID)
		}
	}

	for _, m := range messages {
		add(m.OrderID)
	}

	return ids, nil
}

// copiesOfPerson are the queries of the copies of a shopper's orders.
func (s *Store) copiesOfPerson(p Person) []firestore.Query {
	var all []firestore.Query

	owner := safeID(p.AccountID)

	for _, key := range p.PhoneKeys {
		all = append(all, s.orders.Where("customer", "==", ownedBy(owner, key)))
	}

	for _, key := range p.EmailKeys {
		all = append(all, s.orders.Where("mail", "==", ownedBy(owner, key)))
	}

	return all
}

// eraser takes personal data out of documents, or only counts them.
type eraser struct {
	store  *Store
	person Person
	now    time.Time
	dry    bool
	counts map[string]int
	looked Looked
}

// Looked are the paths of the documents that a look has counted. One that is found in several ways, or under several numbers, would be written
// once, and counts once.
type Looked map[string]bool

// count counts a document that data goes from; false if it is not to be written.
func (e *eraser) count(ref *firestore.DocumentRef) bool {
	if !e.dry || !e.looked[ref.Path] {
		e.counts[ref.Parent.ID]++
	}
	if e.dry {
		e.looked[ref.Path] = true
	}

	return !e.dry
}

// Erase takes a shopper's personal data out of every document of the account that has some, but for the customers' own documents, which know
// what the others are found by; see [Store.EraseCustomers]. It returns from how many documents of each collection data went, or would go if looked
// is not nil. Messages that are still open must have been ended. A document that another writer has changed meanwhile is left: what one pass leaves,
// another one finds.
func (s *Store) Erase(ctx context.Context, p Person, now time.Time, looked Looked) (map[string]int, error) {
	if p.AccountID == "" {
		return nil, noAccount("store.Erase")
	}

	e := &eraser{store: s, person: p, now: now, dry: looked != nil, counts: map[string]int{}, looked: looked}

	messages, err := s.MessagesOfPerson(ctx, p)
	if err != nil {
		return nil, err
	}

	byID := map[string]message.Message{}
	for _, m := range messages {
		byID[m.ID] = m
	}

	// Orders are found by their copies, so these go last.
	orders, err := s.ordersOfPerson(ctx, p, byID)
	if err != nil {
		return nil, err
	}

	for _, step := range []func(context.Context) error{
		func(ctx context.Context) error { return e.messages(ctx, messages) },
		e.replies,
		e.conversations,
		e.reveals,
		e.parked,
		e.atApps,
		func(ctx context.Context) error { return e.cancellations(ctx, orders) },
		func(ctx context.Context) error { return e.orders(ctx, orders) },
	} {
		if err := step(ctx); err != nil {
			return e.counts, err
		}
	}

	return e.counts, nil
}

// update writes to a document as it was read, and counts it.
func (e *eraser) update(ctx context.Context, ref *firestore.DocumentRef, read time.Time, ups []firestore.Update) error {
	if len(ups) == 0 {
		return nil
	}

	if !e.count(ref) {
		return nil
	}

	_, err := ref.Update(ctx, ups, firestore.LastUpdateTime(read))
	if err = failure("store.Erase", err); IsConflict(err) {
		return nil // the next pass looks at it again
	}

	return err
}

// EraseCustomers takes the contact out of the customers' own documents, as the last step, and marks them as erased; the ledger and what it
// says stay. It returns of how many.
func (s *Store) EraseCustomers(ctx context.Context, p Person, now time.Time, dry bool) (int, error) {
	e := &eraser{store: s, person: p, now: now, dry: dry, counts: map[string]int{}, looked: Looked{}}

	for _, id := range p.customerIDs() {
		c, err := s.Customer(ctx, id)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return 0, err
		}

		taken, err := s.isTaken(ctx, p, c)
		if err != nil {
			return 0, err
		}

		if taken {
			err = e.update(ctx, s.customer(id), c.UpdateTime, p.contactIn(c))
		} else {
			err = e.customer(ctx, c, true)
		}
		if err != nil {
			return 0, err
		}
	}

	return e.counts["customers"], nil
}

// contactIn returns the writes that take the shopper's address and name out of the customer of a number that is another's by now.
func (p Person) contactIn(c Customer) []firestore.Update {
	var ups []firestore.Update
	if c.Email != "" && slices.Contains(p.Emails, c.Email) {
		ups = append(ups, firestore.Update{Path: "email", Value: ""})
	}
	if c.Name != "" && slices.Contains(p.Names, c.Name) {
		ups = append(ups, firestore.Update{Path: "name", Value: ""})
	}

	return ups
}

// isTaken reports whether the customer of a number that has passed on is known to be another shopper by now.
func (s *Store) isTaken(ctx context.Context, p Person, c Customer) (bool, error) {
	if p.Until.IsZero() {
		return false, nil
	}
	if !c.LastReplyAt.Before(p.Until) {
		return true, nil
	}

	newest, err := s.SendLog(ctx, LogQuery{AccountID: p.AccountID, Customers: []string{c.ID}, From: p.Until}, 1)

	return len(newest) > 0, err
}
