package store

import (
	"context"

	"cloud.google.com/go/firestore"
)

// WatchOrder calls changed at once, and again whenever a message of the account about an order is written, or a shopper's answer to one
// arrives, until the context ends; then it returns nil. Calls come one after the other, and several changes may lead to one call. While
// Firestore cannot be reached it waits: what has changed meanwhile is told afterwards. An error means that nothing more will be told.
func (s *Store) WatchOrder(ctx context.Context, accountID, orderID string, changed func()) error {
	const op = "store.WatchOrder"

	if accountID == "" {
		return noAccount(op)
	}

	replies := s.client.Collection("replies").Where("account", "==", accountID).Where("order", "==", orderID)

	return watch(ctx, op, changed, s.ofOrder(accountID, orderID), replies)
}

// WatchNewest is WatchOrder for the newest messages of an account, at most limit.
func (s *Store) WatchNewest(ctx context.Context, accountID string, limit int, changed func()) error {
	const op = "store.WatchNewest"

	if accountID == "" {
		return noAccount(op)
	}

	newest := s.log.Where("account", "==", accountID).OrderBy("createdAt", firestore.Desc).Limit(limit)

	return watch(ctx, op, changed, newest)
}

// watch calls changed once all queries have their first result, and whenever the result of one has changed since. Each query has a goroutine of
// its own, all of which have ended when it returns.
func watch(ctx context.Context, op string, changed func(), queries ...firestore.Query) error {
	parent := ctx

	ctx, cancel := context.WithCancel(parent)
	defer cancel()

	begun, news, ends := make(chan struct{}, len(queries)), make(chan struct{}, 1), make(chan error, len(queries))
	for _, q := range queries {
		go func() { ends <- listen(ctx, q, begun, news) }()
	}

	var failed error

	for waiting, running := len(queries), len(queries); running > 0; {
		var call bool

		select {
		case <-begun:
			waiting--
			call = waiting == 0
		case <-news:
			call = waiting == 0
		case err := <-ends:
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

// listen tells that a query has its first result, and then of news, until its listener ends. It returns why that was.
func listen(ctx context.Context, q firestore.Query, begun, news chan<- struct{}) error {
	it := q.Snapshots(ctx)
	defer it.Stop()

	for told := begun; ; told = news {
		if _, err := it.Next(); err != nil {
			return err
		}

		select {
		case told <- struct{}{}:
		default: // what was told before and not taken yet tells of this as well
		}
	}
}
