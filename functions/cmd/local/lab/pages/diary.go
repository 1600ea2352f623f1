package pages

import (
	"slices"
	"sync"
	"time"
)

// mostDone is how many of the newest things that were done are shown.
const mostDone = 6

// done is one thing that somebody did on the pages.
type done struct {
	At time.Time
	// Words say what came of it at once; Note why it sends nothing, if that is known already.
	Words, Note string
}

// diary has the newest things that were done since the process began, and tells pages that are open of each.
type diary struct {
	mu      sync.Mutex
	newest  []done
	changed chan struct{}
}

// add notes what was done.
func (d *diary) add(one done) {
	d.mu.Lock()
	defer d.mu.Unlock()

	d.newest = append([]done{one}, d.newest[:min(len(d.newest), mostDone-1)]...)
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

// all returns what was done, the newest first.
func (d *diary) all() []done {
	d.mu.Lock()
	defer d.mu.Unlock()

	return slices.Clone(d.newest)
}

// fresh reports whether the newest was done a moment ago, so that a page that is loaded says so.
func (d *diary) fresh(now time.Time) bool {
	const moment = 3 * time.Second

	d.mu.Lock()
	defer d.mu.Unlock()

	return len(d.newest) > 0 && now.Sub(d.newest[0].At) < moment
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
