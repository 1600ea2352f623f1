package outcome

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// timesEvery is how often an instance writes the times of an app. An app that was quiet for longer is written at once.
const timesEvery = 30 * time.Second

// appTimes gathers the times of apps between two writes. It is safe for concurrent use.
type appTimes struct {
	mu   sync.Mutex
	apps map[string]*pendingTimes
}

// pendingTimes are the times of one app that this instance has learned, and when it last wrote them.
type pendingTimes struct {
	store.AppTimes
	written time.Time
	changed bool
}

// add raises the times of an app. It returns what is to be written now; the zero value if the last write was too recent.
func (t *appTimes) add(appID string, learned store.AppTimes, now time.Time) store.AppTimes {
	t.mu.Lock()
	defer t.mu.Unlock()

	p := t.apps[appID]
	if p == nil {
		p = &pendingTimes{}
		t.apps[appID] = p
	}

	p.raise(learned)

	if !p.changed || now.Sub(p.written) < timesEvery {
		return store.AppTimes{}
	}

	p.written = now
	p.changed = false

	return p.AppTimes
}

// raise takes over the later of each two times.
func (p *pendingTimes) raise(learned store.AppTimes) {
	if learned.Taken.After(p.Taken) {
		p.Taken = learned.Taken
		p.changed = true
	}
	if learned.Witness.After(p.Witness) {
		p.Witness = learned.Witness
		p.changed = true
	}
}

// again has the next call write the times of an app although they were written just now.
func (t *appTimes) again(appID string) {
	t.mu.Lock()
	defer t.mu.Unlock()

	t.apps[appID].written = time.Time{}
	t.apps[appID].changed = true
}

// unwritten removes and returns what no write has told yet, by app.
func (t *appTimes) unwritten(now time.Time) map[string]store.AppTimes {
	t.mu.Lock()
	defer t.mu.Unlock()

	all := map[string]store.AppTimes{}
	for id, p := range t.apps {
		if p.changed {
			all[id] = p.AppTimes
			p.written = now
			p.changed = false
		}
	}

	return all
}

// NoteTaken notes on the app of a message that the provider took an attempt, and that a delivery report of that time was dealt
// with; the zero time means that there was none. Sweep settles doubts by it. Most calls write nothing: wrote reports whether this
// one did.
func (r *Recorder) NoteTaken(ctx context.Context, m message.Message, attempt int, reported time.Time) (wrote bool, err error) {
	learned := store.AppTimes{Witness: reported}
	if claimed := m.AttemptAt(attempt).ClaimedAt; claimed > 0 {
		learned.Taken = time.UnixMilli(claimed)
	}

	write := r.times.add(m.AppID, learned, r.clock.Now())
	if write == (store.AppTimes{}) {
		return false, nil
	}

	if err := r.store.RecordAppTimes(ctx, m.AppID, write); err != nil {
		r.times.again(m.AppID)
		return false, err
	}

	return true, nil
}

// FlushAppTimes writes the times of apps that this instance has learned and not written yet.
func (r *Recorder) FlushAppTimes(ctx context.Context) error {
	var problems []error
	for id, t := range r.times.unwritten(r.clock.Now()) {
		if err := r.store.RecordAppTimes(ctx, id, t); err != nil {
			r.times.again(id)

			problems = append(problems, err)
		}
	}

	return errors.Join(problems...)
}
