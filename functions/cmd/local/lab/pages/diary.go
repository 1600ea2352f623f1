package pages

import (
	"slices"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
)

// mostDone is how many of the newest things that were done about an order are kept, and as many of those that are about all orders.
const mostDone = 30

// done is one thing that somebody did on the pages.
type done struct {
	At time.Time
	// Words say what came of it at once; Note why it sends nothing, if that is known already.
	Words, Note string
	// Off is where in the console the event is switched on that was told and is off; nil of all else.
	Off *offEvent
	// Phone is the number of the phone on which something may come of it; empty if none is on the page.
	Phone string

	// order is the platform's id of the order that it is about; empty of what is about all of them, such as the time.
	order string
}

// offEvent is an event that a brand has not switched on.
type offEvent struct {
	// AccountID is the brand's, Path that of the console's page on which it is switched on.
	AccountID, Path string
}

// diary has the newest things that were done since the process began, and tells pages that are open of each.
type diary struct {
	mu sync.Mutex
	// newest are those of all orders, the newest first.
	newest  []done
	changed chan struct{}
}

// add notes what was done.
func (d *diary) add(one done) {
	d.mu.Lock()
	defer d.mu.Unlock()

	kept := 0
	d.newest = slices.DeleteFunc(append([]done{one}, d.newest...), func(o done) bool {
		if o.order == one.order {
			kept++
		}

		return o.order == one.order && kept > mostDone
	})
	d.tell()
}

// tell has pages that are open look again. Call with mu held.
func (d *diary) tell() {
	if d.changed != nil {
		close(d.changed)
		d.changed = nil
	}
}

// nudge has pages that are open look again, though nothing was done that is noted.
func (d *diary) nudge() {
	d.mu.Lock()
	defer d.mu.Unlock()

	d.tell()
}

// of returns what was done about an order and about all of them, the newest first.
func (d *diary) of(orderID string) []done {
	d.mu.Lock()
	defer d.mu.Unlock()

	return slices.DeleteFunc(slices.Clone(d.newest), func(o done) bool { return o.order != orderID && o.order != "" })
}

// fresh returns the newest thing that was done about one of some orders or about all, if that was a moment ago: a page that is loaded then says so.
func (d *diary) fresh(now time.Time, orders ...scenario.Order) *done {
	const moment = 3 * time.Second

	d.mu.Lock()
	defer d.mu.Unlock()

	for _, one := range d.newest {
		if now.Sub(one.At) >= moment {
			return nil
		}
		if one.order == "" || slices.ContainsFunc(orders, func(o scenario.Order) bool { return o.ID == one.order }) {
			return &one
		}
	}

	return nil
}

// next returns what is closed when something more was done.
func (d *diary) next() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()

	if d.changed == nil {
		d.changed = make(chan struct{})
	}

	return d.changed
}
