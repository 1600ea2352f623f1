package intake

import (
	"context"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// maxRecent is how many messages an instance remembers at least, of some 5 KB each: more than it has between two reports of one, unless the shopper takes
// their time.
const maxRecent = 500

// recent are messages as this instance has written them last. Others may have written to them since: what is taken from here may only be written
// to on condition of its update time. It is safe for concurrent use.
type recent struct {
	messages *cache.Recent[string, message.Message]
	// ids are the ids of messages by the apps' ids for them, as [message.Message.ProviderIDs] has those.
	ids *cache.Recent[string, string]

	mu sync.Mutex
	// turns has, by what is reported on, a channel that is closed when the next one's turn comes.
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

// turn waits until no other report about the same is worked on by this instance: of two at once one would be written in vain, and read again. Nothing
// else depends on it: after a while, or once ctx is done, it waits no more. Call done at the end.
func (r *recent) turn(ctx context.Context, about string) (done func()) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()

	for {
		r.mu.Lock()
		other, busy := r.turns[about]
		if !busy {
			mine := make(chan struct{})
			r.turns[about] = mine
			r.mu.Unlock()

			return func() { r.end(about, mine) }
		}
		r.mu.Unlock()

		select {
		case <-other:
		case <-ctx.Done():
			return func() {}
		}
	}
}

func (r *recent) end(about string, mine chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()

	delete(r.turns, about)
	close(mine)
}

// put remembers a message that has an update time.
func (r *recent) put(m message.Message) {
	if m.UpdateTime.IsZero() {
		return
	}

	m.EventData = nil // the largest part of it, which no report reads

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
