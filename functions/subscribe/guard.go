package subscribe

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	// freeTries is how many wrong attempts in a row cost nothing: a shopper may mistype.
	freeTries = 5
	// firstWait is the wait after the last of them. Every further wrong attempt doubles it, up to longestWait.
	firstWait   = 30 * time.Second
	longestWait = time.Hour
	// maxUnknownOrders bounds the orders that do not exist whose attempts an instance remembers.
	maxUnknownOrders = 10_000
	// maxQueue is how many attempts at one order may wait for each other in an instance.
	maxQueue = 64
)

// waitAfter returns how long the next attempt is refused after so many wrong ones in a row.
func waitAfter(wrong int64) time.Duration {
	if wrong < freeTries {
		return 0
	}

	wait := firstWait
	for range wrong - freeTries {
		if wait *= 2; wait >= longestWait {
			return longestWait
		}
	}

	return wait
}

// admit refuses an attempt that comes too early and says when to try again. The answer is the same for every order, also for
// those that do not exist.
func admit(w http.ResponseWriter, g store.Guard, now time.Time) error {
	left := time.UnixMilli(g.LastAt).Add(waitAfter(g.Wrong)).Sub(now)
	if g.Wrong < freeTries || left <= 0 {
		return nil
	}

	w.Header().Set("Retry-After", strconv.FormatInt(int64(math.Ceil(left.Seconds())), 10))
	// Without this a browser does not show the header to the portal's page.
	w.Header().Set("Access-Control-Expose-Headers", "Retry-After")

	return fault.New(fault.TooMany, "subscribe.admit", "too many attempts; try again later")
}

// unknownOrders counts the attempts at orders that do not exist. It counts in the instance only, since those must not cost a
// write, and forgets all counts when there are maxUnknownOrders of them.
type unknownOrders struct {
	mu     sync.Mutex
	guards map[string]store.Guard
}

func (u *unknownOrders) get(orderID string) store.Guard {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.guards[orderID]
}

func (u *unknownOrders) count(orderID string, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()

	if u.guards == nil || len(u.guards) >= maxUnknownOrders {
		u.guards = map[string]store.Guard{}
	}

	u.guards[orderID] = store.Guard{Wrong: u.guards[orderID].Wrong + 1, LastAt: now.UnixMilli()}
}

// turns lets one attempt at an order run at a time in the instance. A burst then cannot guess more often than the count
// allows, and a shopper's second click does not conflict with the first.
type turns struct {
	mu    sync.Mutex
	taken map[string]*turn
}

type turn struct {
	held  chan struct{}
	users int
}

// take waits until no other attempt at the order runs. The caller must call done.
func (t *turns) take(ctx context.Context, orderID string) (done func(), err error) {
	one, err := t.join(orderID)
	if err != nil {
		return nil, err
	}

	select {
	case one.held <- struct{}{}:
		return func() { <-one.held; t.leave(orderID, one) }, nil
	case <-ctx.Done():
		t.leave(orderID, one)
		return nil, fault.Wrap(fault.KindOf(ctx.Err()), "subscribe.take", ctx.Err())
	}
}

func (t *turns) join(orderID string) (*turn, error) {
	t.mu.Lock()
	defer t.mu.Unlock()

	if t.taken == nil {
		t.taken = map[string]*turn{}
	}

	one := t.taken[orderID]
	if one == nil {
		one = &turn{held: make(chan struct{}, 1)}
		t.taken[orderID] = one
	}

	if one.users >= maxQueue {
		return nil, fault.New(fault.TooMany, "subscribe.take", "too many attempts; try again later")
	}
	one.users++

	return one, nil
}

func (t *turns) leave(orderID string, one *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if one.users--; one.users == 0 {
		delete(t.taken, orderID)
	}
}
