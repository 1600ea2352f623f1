package pubsub

import (
	"container/heap"
	"time"
)

// postpone puts an item into the heap as later or leased. Call with mu held.
func (u *subscription) postpone(it *item, to state, due time.Time) {
	u.move(it, to)
	it.due = due
	heap.Push(&u.later, it)
	u.arm()
}

// arm sets the timer to the earliest due time. Call with mu held.
func (u *subscription) arm() {
	if len(u.later) == 0 || u.deleted {
		if u.timer != nil {
			u.timer.Stop()
			u.timer = nil
		}
		return
	}

	due := u.later[0].due
	if u.timer != nil {
		if u.timerAt.Equal(due) {
			return
		}

		u.timer.Stop()
	}

	u.timerAt = due
	u.timer = u.s.clock.AfterFunc(due.Sub(u.s.clock.Now()), u.onTimer)
}

// onTimer ends the back-offs and leases that are due.
func (u *subscription) onTimer() {
	now := u.s.clock.Now()
	var dead []*item

	u.mu.Lock()
	if !u.timerAt.After(now) { // else this was an older timer that could not be stopped any more
		u.timer = nil
	}

	for len(u.later) > 0 && !u.later[0].due.After(now) {
		it := u.later[0]
		if it.state == leased {
			if u.nack(it) {
				dead = append(dead, it)
			}
			continue
		}

		u.makeReady(it)
	}

	u.arm()
	u.pump()
	cfg := u.cfg
	u.mu.Unlock()

	u.buryAll(cfg, dead)
	u.s.changed()
}

// dueHeap orders items by due time.
type dueHeap []*item

// Len is part of [heap.Interface].
func (h dueHeap) Len() int { return len(h) }

// Less is part of [heap.Interface]; equal times go in the order of publishing.
func (h dueHeap) Less(a, b int) bool {
	if h[a].due.Equal(h[b].due) {
		return h[a].id < h[b].id
	}
	return h[a].due.Before(h[b].due)
}

// Swap is part of [heap.Interface].
func (h dueHeap) Swap(a, b int) {
	h[a], h[b] = h[b], h[a]
	h[a].index, h[b].index = a, b
}

// Push is part of [heap.Interface].
func (h *dueHeap) Push(x any) {
	it, ok := x.(*item)
	if !ok {
		return
	}

	it.index = len(*h)
	*h = append(*h, it)
}

// Pop is part of [heap.Interface].
func (h *dueHeap) Pop() any {
	last := len(*h) - 1
	it := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	it.index = -1

	return it
}
