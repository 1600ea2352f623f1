package subscribe

import (
	"context"
	"sync"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// turns lets one change of a customer run at a time in the instance, so that a shopper's second click does not conflict with
// the first. Only requests that fit an order take a turn.
type turns struct {
	mu    sync.Mutex
	taken map[string]*turn
}

type turn struct {
	held  chan struct{}
	users int
}

// take waits until no other change of the customer runs. The caller must call done.
func (t *turns) take(ctx context.Context, customerID string) (done func(), err error) {
	one := t.join(customerID)
	select {
	case one.held <- struct{}{}:
		return func() { <-one.held; t.leave(customerID, one) }, nil
	case <-ctx.Done():
		t.leave(customerID, one)
		return nil, fault.Wrap(fault.KindOf(ctx.Err()), "subscribe.take", ctx.Err())
	}
}

func (t *turns) join(customerID string) *turn {
	t.mu.Lock()
	defer t.mu.Unlock()

	if t.taken == nil {
		t.taken = map[string]*turn{}
	}

	one := t.taken[customerID]
	if one == nil {
		one = &turn{held: make(chan struct{}, 1)}
		t.taken[customerID] = one
	}
	one.users++

	return one
}

func (t *turns) leave(customerID string, one *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if one.users--; one.users == 0 {
		delete(t.taken, customerID)
	}
}
