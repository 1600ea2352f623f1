package pages

import (
	"context"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// opening is the order that the pages open on as long as nothing has happened since.
type opening struct {
	mu    sync.Mutex
	order string
	at    time.Time
}

// Open has the pages open on an order, as long as nothing happens to another.
func (p *Pages) Open(orderID string) {
	p.opening.mu.Lock()
	defer p.opening.mu.Unlock()

	p.opening.order, p.opening.at = orderID, p.Clock.Now()
}

// newest returns the order of which the newest message is that was made since the pages were to open on an order, else that order; the first of all if nothing
// has happened at all.
func (p *Pages) newest(ctx context.Context) (string, error) {
	all, err := p.Actor.Orders(ctx)
	if err != nil {
		return "", err
	}
	if len(all) == 0 {
		return "", fault.New(fault.NotFound, "pages.first", "the platform has no order of a brand that has an account")
	}

	p.opening.mu.Lock()
	found, at := p.opening.order, p.opening.at
	p.opening.mu.Unlock()

	for _, o := range all {
		messages, err := p.Store.MessagesOfOrder(ctx, o.AccountID, o.ID)
		if err != nil {
			return "", err
		}
		if n := len(messages); n > 0 && messages[n-1].CreatedAt.After(at) {
			found, at = o.ID, messages[n-1].CreatedAt
		}
	}

	if found == "" {
		found = all[0].ID
	}

	return found, nil
}
