package pubsub

import (
	"container/heap"
	"sync"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
)

// state says where an item is.
type state uint8

const (
	held   state = iota // published, not yet durable
	ready               // waits for a worker or a pull
	out                 // in a push, or on its way to the dead-letter topic
	later               // waits for its back-off
	leased              // pulled, waits for its acknowledgement
	gone                // done with
	states
)

// item is one message in one subscription.
type item struct {
	m       *pb.PubsubMessage
	id      uint64
	attempt int32 // deliveries begun
	state   state
	index   int       // in the heap, or -1
	due     time.Time // end of back-off or lease
}

// subscription is one subscription with its undelivered messages.
type subscription struct {
	s    *Server
	name string

	mu      sync.Mutex
	p       *pb.Subscription // replaced, never changed
	cfg     *config          // likewise
	items   map[uint64]*item
	ready   []*item // in order; may hold items that are gone
	head    int
	later   dueHeap
	timer   clock.Timer
	timerAt time.Time
	count   [states]int
	window  int // pushes allowed at once
	workers int
	deleted bool
	wake    chan struct{} // closed when something becomes ready
}

func newSubscription(s *Server, p *pb.Subscription) *subscription {
	u := &subscription{
		s:      s,
		name:   p.GetName(),
		items:  map[uint64]*item{},
		window: s.workers,
	}
	u.configure(p)

	return u
}

// configure takes over p.
func (u *subscription) configure(p *pb.Subscription) {
	cfg := newConfig(p)

	u.mu.Lock()
	defer u.mu.Unlock()

	u.p, u.cfg = p, cfg
	u.pump()
	u.signal()
}

// move changes an item's state and the counts. Call with mu held.
func (u *subscription) move(it *item, to state) {
	u.count[it.state]--
	u.count[to]++
	it.state = to
	if it.index >= 0 {
		heap.Remove(&u.later, it.index)
	}
}

// hold adds one new item. Call with mu held or before Start.
func (u *subscription) hold(it *item) {
	it.state = held
	u.count[held]++
	u.items[it.id] = it
}

// holdAll adds a batch that is not yet durable.
func (u *subscription) holdAll(msgs []*pb.PubsubMessage, first uint64) []item {
	batch := make([]item, len(msgs))

	u.mu.Lock()
	defer u.mu.Unlock()

	for i, m := range msgs {
		batch[i] = item{m: m, id: first + uint64(i), index: -1}
		u.hold(&batch[i])
	}

	return batch
}

// release makes a batch deliverable, or drops it if its record could not be written.
func (u *subscription) release(batch []item, ok bool) {
	u.mu.Lock()
	for i := range batch {
		switch it := &batch[i]; {
		case it.state != held: // the subscription was deleted before the record was written
		case ok:
			u.makeReady(it)
		default:
			u.remove(it)
		}
	}

	u.pump()
	u.mu.Unlock()

	u.s.changed()
}

// makeReady queues an item. Call with mu held or before Start.
func (u *subscription) makeReady(it *item) {
	u.move(it, ready)
	if u.head > 1024 && u.head > len(u.ready)/2 {
		n := copy(u.ready, u.ready[u.head:])
		clear(u.ready[n:])
		u.ready, u.head = u.ready[:n], 0
	}

	u.ready = append(u.ready, it)
	u.signal()
}

// remove ends an item without a record. Call with mu held.
func (u *subscription) remove(it *item) {
	u.move(it, gone)
	delete(u.items, it.id)
	it.m = nil // its batch may live on
}

// finish ends an item for good. Call with mu held.
func (u *subscription) finish(it *item) {
	u.remove(it)
	u.s.journalAck(u.name, it.id)
}

// forget removes the item with that id, if there is one.
func (u *subscription) forget(id uint64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if it := u.items[id]; it != nil {
		u.remove(it)
	}
}

// take returns the next ready item and counts a delivery, or nil. Messages past their retention are dropped.
// Call with mu held.
func (u *subscription) take(now time.Time) *item {
	for u.head < len(u.ready) {
		it := u.ready[u.head]
		u.ready[u.head] = nil
		u.head++
		if u.head == len(u.ready) {
			u.ready, u.head = u.ready[:0], 0
		}

		if it.state != ready {
			continue
		}
		if now.Sub(it.m.GetPublishTime().AsTime()) > u.cfg.retention {
			u.finish(it)
			continue
		}

		it.attempt++

		return it
	}

	return nil
}

// nack notes a delivery in vain: the item waits for its back-off, or, with true, it has had enough attempts and the
// caller must bury it after giving up mu. Call with mu held.
func (u *subscription) nack(it *item) (dead bool) {
	if u.cfg.deadLetter != "" && it.attempt >= u.cfg.maxAttempts {
		u.move(it, out)
		return true
	}

	u.s.journalNack(u.name, it.id, it.attempt)
	wait := u.cfg.backoff(it.attempt, u.s.jitter)
	if wait <= 0 {
		u.makeReady(it)
		return false
	}

	u.postpone(it, later, u.s.clock.Now().Add(wait))

	return false
}

// signal wakes the pulls that wait. Call with mu held.
func (u *subscription) signal() {
	if u.wake != nil {
		close(u.wake)
		u.wake = nil
	}
}

// waitChan is closed at the next signal. Call with mu held.
func (u *subscription) waitChan() <-chan struct{} {
	if u.wake == nil {
		u.wake = make(chan struct{})
	}
	return u.wake
}

// stop ends the timer and wakes the pulls; deletion and Close use it.
func (u *subscription) stop() {
	u.mu.Lock()
	defer u.mu.Unlock()

	u.deleted = true
	u.arm()
	u.signal()
}
