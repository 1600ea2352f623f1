package intake

import (
	"context"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// maxRecent is how many messages an instance remembers at least, and twice as many at most: of some 4 KB each, so that it is 4 MB of the 512 that
// it has. A message is forgotten after so many others, which at a hundred a second are five to ten seconds.
const maxRecent = 500

// recent are messages as this instance has written or read them last. Others may have written to them since: what is remembered may only be written
// to on condition of its update time, and only if nothing else is done before ([outcome.WritesOnly]). It is safe for concurrent use.
type recent struct {
	messages *cache.Recent[string, message.Message]
	// ids are the ids of messages by the apps' ids for them, as [message.Message.ProviderIDs] has those.
	ids *cache.Recent[string, string]

	mu sync.Mutex
	// turns has, by key, a channel that is closed when the next one's turn comes.
	turns map[string]chan struct{}
}

func newRecent() *recent {
	return &recent{
		messages: cache.NewRecent[string, message.Message](maxRecent),
		ids:      cache.NewRecent[string, string](2 * maxRecent), // the provider's and WhatsApp's
		turns:    map[string]chan struct{}{},
	}
}

// patience is how long a report waits for its turn, in real time, since what it waits for is a call that takes as long: several times what a write
// takes, and no more, so that one call that hangs holds up nothing.
const patience = 250 * time.Millisecond

// turn is a lock of a key: it waits until no other report with that key is worked on by this instance, since of two about one message one would be
// written in vain, and read again. Nothing else depends on it: after a while, or once ctx is done, it waits no more. Call done at the end.
func (r *recent) turn(ctx context.Context, key string) (done func()) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()

	for {
		r.mu.Lock()
		other, busy := r.turns[key]
		if !busy {
			mine := make(chan struct{})
			r.turns[key] = mine
			r.mu.Unlock()

			return func() { r.end(key, mine) }
		}
		r.mu.Unlock()

		select {
		case <-other:
		case <-ctx.Done():
			return func() {}
		}
	}
}

func (r *recent) end(key string, mine chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()

	delete(r.turns, key)
	close(mine)
}

// put remembers a message. One without an update time is read again, and so forgotten.
func (r *recent) put(m message.Message) {
	if m.UpdateTime.IsZero() {
		r.forget(m.ID)
		return
	}

	// The largest part of it. Only a failure reads it, and no failure is applied to what is remembered.
	m.EventData, m.EventAttrs = nil, nil

	r.messages.Put(m.ID, m)

	for _, key := range m.ProviderIDs {
		r.ids.Put(key, m.ID)
	}
}

// get returns the message of that id or, if it is empty, of one of the app's ids for it.
func (r *recent) get(appID, id string, providerIDs []string) (message.Message, bool) {
	for i := 0; id == "" && i < len(providerIDs); i++ {
		id, _ = r.ids.Get(appID + ":" + providerIDs[i])
	}

	return r.messages.Get(id)
}

// forget has the message read again.
func (r *recent) forget(id string) { r.messages.Remove(id) }
