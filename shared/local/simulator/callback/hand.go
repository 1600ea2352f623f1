package callback

import (
	"container/heap"
	"context"
	"slices"
)

// Pending lists the held callbacks in the order of their planned times.
func (o *Outbox) Pending() []Callback {
	o.mu.Lock()
	defer o.mu.Unlock()

	out := make([]Callback, len(o.held))
	for i, cb := range o.held {
		out[i] = *cb
	}

	return out
}

// Post posts a copy of the callback to url (its own if empty) now, as often as it is called, and returns the receiver's
// status, 0 if there was none. The callback stays pending. The error wraps [ErrRefused] for a status outside 2xx.
func (c Callback) Post(ctx context.Context, url string) (int, error) {
	if c.outbox == nil {
		return 0, ErrNoURL
	}
	if url == "" {
		url = c.URL
	}

	return c.outbox.post(ctx, &c, url)
}

// Release posts the held callback at index i of [Outbox.Pending] and waits for the receiver's answer. Only if that is
// 2xx does the callback leave the list.
func (o *Outbox) Release(ctx context.Context, i int) error {
	o.mu.Lock()
	if i < 0 || i >= len(o.held) {
		o.mu.Unlock()
		return ErrNoSuchCallback
	}

	cb := o.held[i]
	o.mu.Unlock()

	return o.release(ctx, cb)
}

// ReleaseAll releases what is held now, one after the other in the order of the planned times; it stops at the first
// that fails.
func (o *Outbox) ReleaseAll(ctx context.Context) error {
	o.mu.Lock()
	all := slices.Clone(o.held)
	o.mu.Unlock()

	for _, cb := range all {
		if err := o.release(ctx, cb); err != nil {
			return err
		}
	}

	return nil
}

// Drop forgets the held callback at index i, as a provider does that loses it.
func (o *Outbox) Drop(i int) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if i < 0 || i >= len(o.held) {
		return ErrNoSuchCallback
	}

	o.held = slices.Delete(o.held, i, i+1)

	return nil
}

func (o *Outbox) release(ctx context.Context, cb *Callback) error {
	if cb.URL == "" {
		return ErrNoURL
	}

	// The event has happened by the time the receiver gets the callback.
	if cb.reached != nil {
		cb.reached(o.cfg.Clock.Now())
	}

	if _, err := o.post(ctx, cb, cb.URL); err != nil {
		return err
	}

	o.mu.Lock()
	defer o.mu.Unlock()

	o.held = slices.DeleteFunc(o.held, func(other *Callback) bool { return other == cb })

	return nil
}

// Planned lists the callbacks that wait for their time, soonest first, and then those that wait for a phone that is off, whose
// time is not known. Those that are held for a release by hand are in [Outbox.Pending].
func (o *Outbox) Planned() []Callback {
	o.mu.Lock()
	defer o.mu.Unlock()

	waiting := slices.SortedFunc(slices.Values(o.waiting), before)

	out := make([]Callback, 0, len(waiting)+len(o.parked))
	for _, cb := range slices.Concat(waiting, o.parked) {
		out = append(out, *cb)
	}

	return out
}

// Withdraw forgets the callbacks about one stage of a message that are not due yet.
func (o *Outbox) Withdraw(messageID, stage string) {
	o.mu.Lock()
	defer o.mu.Unlock()

	about := func(cb *Callback) bool { return cb.MessageID == messageID && cb.stage == stage }

	o.waiting = slices.DeleteFunc(o.waiting, about)
	heap.Init(&o.waiting)

	o.held = slices.DeleteFunc(o.held, about)
	o.parked = slices.DeleteFunc(o.parked, about)
}

// Waiting counts the callbacks that wait for their time, first attempts and later ones.
func (o *Outbox) Waiting() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.waiting)
}

// Settle returns nil once every callback that is due by the clock was posted and answered, or the context's error if
// that ends first. Callbacks that wait for a later time or are held do not count.
func (o *Outbox) Settle(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() {
		o.mu.Lock()
		defer o.mu.Unlock()

		o.idle.Broadcast()
	})()

	for {
		o.pump()
		o.mu.Lock()
		for o.busy > 0 && ctx.Err() == nil {
			o.idle.Wait()
		}

		due := len(o.waiting) > 0 && !o.waiting[0].Planned.After(o.cfg.Clock.Now())
		o.mu.Unlock()
		if err := ctx.Err(); err != nil || !due {
			return err
		}
	}
}
