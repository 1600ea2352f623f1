package store

import (
	"context"
	"errors"

	"cloud.google.com/go/firestore"
)

func (e *eraser) cancellations(ctx context.Context, orders []string) error {
	for _, orderID := range orders {
		r, err := e.store.CancelRequest(ctx, OrderID(e.person.AccountID, orderID))
		if errors.Is(err, ErrNotFound) || err == nil && (r.Reason == "" || r.Reason == erasedReason) {
			continue
		}
		if err != nil {
			return err
		}
		if err = e.update(ctx, e.store.cancelRequest(r.ID), r.UpdateTime, []firestore.Update{{Path: "reason", Value: erasedReason}}); err != nil {
			return err
		}
	}

	return nil
}

// orders takes the copies of the shopper's orders away, and what finds them. The times of their statuses stay.
func (e *eraser) orders(ctx context.Context, orders []string) error {
	for _, orderID := range orders {
		o, err := e.store.Order(ctx, OrderID(e.person.AccountID, orderID))
		if errors.Is(err, ErrNotFound) || err == nil && len(o.JSON) == 0 {
			continue
		}
		if err != nil {
			return err
		}

		var ups []firestore.Update
		for _, field := range []string{"json", "jsonAt", "orderId", "customer", "mail", "numbers", "guard"} {
			ups = append(ups, firestore.Update{Path: field, Value: firestore.Delete})
		}

		if err = e.update(ctx, e.store.order(o.ID), o.UpdateTime, ups); err != nil {
			return err
		}
	}

	return nil
}
