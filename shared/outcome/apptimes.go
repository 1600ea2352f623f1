package outcome

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// timesEvery is how often an instance writes the times of an app. An app that was quiet for longer is written at once.
const timesEvery = 30 * time.Second

// appTimes gathers the times of apps between two writes. It is safe for concurrent use.
type appTimes struct {
	mu   sync.Mutex
	apps map[string]*pendingTimes
	// looked is when all apps were last looked through for times that wait to be written.
	looked time.Time
}

// pendingTimes are the times of one app that this instance has learned, and when it last wrote them.
type pendingTimes struct {
	store.AppTimes
	written time.Time
	changed bool
}

// add raises the times of an app. It returns by app what is to be written now: its own, unless the last write was too recent, and
// now and then those of other apps that wait to be written: of some nothing further may be learned.
func (t *appTimes) add(appID string, learned store.AppTimes, now time.Time) map[string]store.AppTimes {
	t.mu.Lock()
	defer t.mu.Unlock()

	p := t.apps[appID]
	if p == nil {
		p = &pendingTimes{}
		t.apps[appID] = p
	}

	p.raise(learned)

	if now.Sub(t.looked) >= timesEvery {
		t.looked = now
		return t.take(now, timesEvery)
	}
	if !p.due(now, timesEvery) {
		return nil
	}

	return map[string]store.AppTimes{appID: p.take(now)}
}

// unwritten removes and returns what no write has told yet, by app.
func (t *appTimes) unwritten(now time.Time) map[string]store.AppTimes {
	t.mu.Lock()
	defer t.mu.Unlock()

	return t.take(now, 0)
}

// take removes and returns, by app, what no write has told whose last write is that long past. Call with mu held.
func (t *appTimes) take(now time.Time, past time.Duration) map[string]store.AppTimes {
	all := map[string]store.AppTimes{}
	for id, p := range t.apps {
		if p.due(now, past) {
			all[id] = p.take(now)
		}
	}

	return all
}

// again has the next call write the times of an app although they were written just now.
func (t *appTimes) again(appID string) {
	t.mu.Lock()
	defer t.mu.Unlock()

	t.apps[appID].written = time.Time{}
	t.apps[appID].changed = true
}

// due reports whether something is unwritten and the last write is that long past.
func (p *pendingTimes) due(now time.Time, past time.Duration) bool {
	return p.changed && now.Sub(p.written) >= past
}

// take returns what is to be written now.
func (p *pendingTimes) take(now time.Time) store.AppTimes {
	p.written = now
	p.changed = false

	return p.AppTimes
}

// raise takes over the later time of each pair.
func (p *pendingTimes) raise(learned store.AppTimes) {
	if learned.Taken.After(p.Taken) {
		p.Taken = learned.Taken
		p.changed = true
	}
	if learned.Witness.After(p.Witness) {
		p.Witness = learned.Witness
		p.changed = true
	}
	if learned.Agent.After(p.Agent) {
		p.Agent = learned.Agent
		p.changed = true
	}
}

// NoteReported notes on the app of a message that the provider took an attempt, and that a delivery report of that time was dealt
// with. An attempt that was claimed since its app counts as not answering shows that the app answers again; that is looked up when
// the note is written, which is at most every 30 seconds an app.
func (r *Recorder) NoteReported(ctx context.Context, m message.Message, attempt int, reported time.Time) error {
	wrote, err := r.noteTaken(ctx, m, attempt, reported)
	if err != nil || !wrote {
		return err
	}

	owner, err := r.store.Account(ctx, m.AccountID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}

	claimed := time.UnixMilli(m.AttemptAt(attempt).ClaimedAt)
	if app, _ := owner.App(m.AppID); !app.Health.NotAnswering() || claimed.Before(app.Health.Since) {
		return nil
	}

	return r.apps.Resume(ctx, settings.Ref{AccountID: m.AccountID, AppID: m.AppID}, claimed)
}

// noteTaken notes on the app of a message that the provider took an attempt, and that a delivery report of that time was dealt
// with; the zero time means that there was none. Sweep settles doubts by it. Most calls write nothing: wrote reports whether this
// one did, and is true with an error too.
func (r *Recorder) noteTaken(ctx context.Context, m message.Message, attempt int, reported time.Time) (wrote bool, err error) {
	learned := store.AppTimes{Witness: reported}
	if claimed := m.AttemptAt(attempt).ClaimedAt; claimed > 0 {
		learned.Taken = time.UnixMilli(claimed)
	}

	write := r.times.add(m.AppID, learned, r.clock.Now())
	_, wrote = write[m.AppID]

	return wrote, r.recordTimes(ctx, write)
}

// NoteAgent notes on an app that an assistant of the provider's, Meta Business Agent, answered shoppers on its number at that time.
// Most calls write nothing: wrote reports whether this one did, and is true with an error too.
func (r *Recorder) NoteAgent(ctx context.Context, appID string, at time.Time) (wrote bool, err error) {
	write := r.times.add(appID, store.AppTimes{Agent: at}, r.clock.Now())
	_, wrote = write[appID]

	return wrote, r.recordTimes(ctx, write)
}

// FlushAppTimes writes the times of apps that this instance has learned and not written yet.
func (r *Recorder) FlushAppTimes(ctx context.Context) error {
	return r.recordTimes(ctx, r.times.unwritten(r.clock.Now()))
}

// recordTimes writes times by app. What fails is written with the next.
func (r *Recorder) recordTimes(ctx context.Context, times map[string]store.AppTimes) error {
	var problems []error
	for id, t := range times {
		if err := r.store.RecordAppTimes(ctx, id, t); err != nil {
			r.times.again(id)

			problems = append(problems, err)
		}
	}

	return errors.Join(problems...)
}
