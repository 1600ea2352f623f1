package store

import (
	"context"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/logging"
)

// WatchOrder calls changed at once, and again whenever something of an account's order is written, until the context ends; then it returns nil: a
// message, a shopper's answer, what goes on with the shopper of a message, what the platform told, a cancellation, or the note that a number was
// shown. Calls come one after the other, and several changes may lead to one call. While Firestore cannot be reached it waits: what has changed
// meanwhile is told afterwards. An error means that nothing more will be told.
func (s *Store) WatchOrder(ctx context.Context, accountID, orderID string, changed func()) error {
	const op = "store.WatchOrder"

	if accountID == "" {
		return noAccount(op)
	}

	of := func(collection string) source {
		return source{query: s.client.Collection(collection).Where("account", "==", accountID).Where("order", "==", orderID)}
	}
	messages := source{query: s.ofOrder(accountID, orderID), leads: s.conversationOf}

	return watch(ctx, op, changed, messages, s.storedOrder(accountID, orderID), of("replies"), of("reveals"), of("cancelRequests"))
}

// conversationOf leads from a message to what goes on with its shopper.
func (s *Store) conversationOf(m *firestore.DocumentSnapshot) (string, firestore.Query) {
	id, _ := m.Data()["customer"].(string)
	if id == "" {
		return "", firestore.Query{}
	}

	return id, s.client.Collection("conversations").Where(firestore.DocumentID, "==", s.conversation(id))
}

// storedOrder is what is stored of an order. As in OrderByUntrustedID, one whose id might be a telephone number is not asked for by its name.
func (s *Store) storedOrder(accountID, orderID string) source {
	if logging.Word(orderID) != orderID {
		return source{query: s.orders.Where("orderId", "==", safeID(orderID)).Limit(accountsOfOrder)}
	}

	return source{query: s.orders.Where(firestore.DocumentID, "==", s.order(OrderID(accountID, orderID)))}
}

// WatchNewest is WatchOrder for the newest messages of an account, at most limit.
func (s *Store) WatchNewest(ctx context.Context, accountID string, limit int, changed func()) error {
	const op = "store.WatchNewest"

	if accountID == "" {
		return noAccount(op)
	}

	newest := s.log.Where("account", "==", accountID).OrderBy("createdAt", firestore.Desc).Limit(limit)

	return watch(ctx, op, changed, source{query: newest})
}

// source is a query that is listened to.
type source struct {
	query firestore.Query
	// leads names what else is to be listened to, since a document of the result says so, and returns its query; empty if there is nothing. It is
	// nil of a query that leads nowhere.
	leads func(*firestore.DocumentSnapshot) (string, firestore.Query)
}

// watching is what the listeners of one watch tell.
type watching struct {
	// begun tells that one has its first result, news that there is another; found is what else is to be listened to, ends why one ended.
	begun, news chan struct{}
	found       chan source
	ends        chan error
}

// watch calls changed once all sources have their first result, and whenever the result of one has changed since. Each source has a goroutine of
// its own, all of which have ended when it returns.
func watch(ctx context.Context, op string, changed func(), sources ...source) error {
	parent := ctx

	ctx, cancel := context.WithCancel(parent)
	defer cancel()

	w := watching{begun: make(chan struct{}), news: make(chan struct{}, 1), found: make(chan source), ends: make(chan error)}
	waiting, running := 0, 0

	begin := func(s source) {
		waiting, running = waiting+1, running+1

		go func() { w.ends <- w.listen(ctx, s) }()
	}

	for _, s := range sources {
		begin(s)
	}

	var failed error

	for running > 0 {
		var call bool

		select {
		case s := <-w.found:
			begin(s)
		case <-w.begun:
			waiting--
			call = waiting == 0
		case <-w.news:
			call = waiting == 0
		case err := <-w.ends:
			running--

			if failed == nil && parent.Err() == nil {
				failed = unread(op, err)
			}

			cancel()
		}

		if call && ctx.Err() == nil {
			changed()
		}
	}

	return failed
}

// listen tells that a source has its first result, and then of news, until its listener ends. It returns why that was.
func (w watching) listen(ctx context.Context, s source) error {
	it := s.query.Snapshots(ctx)
	defer it.Stop()

	known := map[string]bool{"": true}

	for first := true; ; first = false {
		result, err := it.Next()
		if err != nil {
			return err
		}

		for _, c := range result.Changes {
			if s.leads == nil {
				break
			}

			name, query := s.leads(c.Doc)
			if known[name] {
				continue
			}

			known[name] = true
			if !send(ctx, w.found, source{query: query}) {
				return ctx.Err()
			}
		}

		if first {
			send(ctx, w.begun, struct{}{})
			continue
		}

		select {
		case w.news <- struct{}{}:
		default: // what was told before and not taken yet tells of this as well
		}
	}
}

// send sends a value unless the context ends before.
func send[T any](ctx context.Context, to chan<- T, value T) bool {
	select {
	case to <- value:
		return true
	case <-ctx.Done():
		return false
	}
}
