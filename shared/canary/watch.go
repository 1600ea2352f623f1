// Package canary notices when a provider sends a body of a form that was not seen before: another field, another type, a field that is missing.
// Documents of providers are late and incomplete; the body itself is the first that tells of a change.
//
// A form is the names and types of an object's fields, at its place in the body, and no value. Known are the forms of the repository's own
// fixtures, which known.txt lists. Any other is kept once in the collection shapes, with a masked body that can stand among the fixtures as it
// is, counted, and told in one line of the log.
//
//	body ─▶ scan ─▶ parts ─▶ all known: nothing more                                          (each body: a few microseconds)
//	                     └▶ else Watch.See: a provider.ShapeEvent ─▶ provider-events ─▶ Book.Keep   (callbacks, in webhook, which writes nothing)
//	                                                             └─▶ Answers.flush──▶ Book.Keep   (answers, at the end of the request)
//
// Who may send callbacks can make up forms without end. So an instance tells of 20 new ones an hour of one provider, and so many are kept of
// all instances; the rest is only counted, under the fingerprint "more-" and the provider's name.
package canary

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// Where bodies come in.
const (
	// Callback is the door of what a provider posts to us.
	Callback = "callback"
	// Answer is the door of what a provider answers.
	Answer = "answer"
)

const (
	// maxNew is how many new forms of one provider an instance tells of in an hour, and how many are kept of all.
	maxNew = 20
	// tellEvery is how often an instance tells how many bodies of a form came that is kept.
	tellEvery = time.Minute
	// maxOthers is how many new parts of one body are told beside the first.
	maxOthers = 20
	// maxText is the most characters of a path or an outline.
	maxText = 4 << 10
)

// more begins the fingerprint of the forms that are only counted.
const more = "more-"

// Body is what a provider sent.
type Body struct {
	Provider string
	// Door is [Callback] or [Answer].
	Door string
	// Kind is what it was: of a callback the kind of its first event, of an answer what was asked for.
	Kind string
	Data []byte
}

// Watch knows the forms that one instance has seen. It is safe for concurrent use.
type Watch struct {
	clock clock.Clock

	mu sync.RWMutex
	// told are the forms that are in no fixture, by the sums of their parts.
	told map[uint64]*tally
	// hour is the one that fresh counts the new forms of, by provider.
	hour    time.Time
	fresh   map[string]int
	pending []*provider.ShapeEvent
}

// tally counts the bodies of a form since it was told of last.
type tally struct {
	event provider.ShapeEvent
	count int64
	at    time.Time
}

// NewWatch returns a watch that knows the fixtures.
func NewWatch(c clock.Clock) *Watch {
	return &Watch{clock: c, told: map[uint64]*tally{}, fresh: map[string]int{}}
}

// part is one that no fixture has.
type part struct {
	sum           uint64
	path, outline string
	depth         int
}

// See looks at a body and returns what has to be told of it; nil if that is nothing, as of nearly all. What could not be told must be given to
// [Watch.Untold].
func (w *Watch) See(b Body) *provider.ShapeEvent {
	news := w.unknown(b)
	if len(news) == 0 {
		return nil
	}

	w.mu.Lock()
	defer w.mu.Unlock()

	now := w.clock.Now()

	first := -1 // the outermost part that was not told of

	for i, p := range news {
		if w.told[p.sum] == nil && (first < 0 || p.depth < news[first].depth) {
			first = i
		}
	}

	if first < 0 {
		return w.told[news[0].sum].add(now)
	}

	if !w.admit(b.Provider, now) {
		return w.beyond(b, now)
	}

	return w.tell(b, news, first, now)
}

// unknown returns the parts of a body that no fixture has.
func (w *Watch) unknown(b Body) []part {
	var (
		news   []part
		prefix = sum(fnvOffset, b.Provider, b.Door)
	)

	data := b.Data

	isJSON := scan(data, func(path, outline []byte, depth int) {
		s := sum(prefix, path, outline)
		if !known()[s] && len(news) < 10*maxOthers {
			news = append(news, part{s, clip(path), clip(outline), depth})
		}
	})
	if isJSON || len(bytes.TrimSpace(data)) == 0 {
		return news
	}

	p := part{outline: notJSON}
	p.sum = sum(prefix, "", p.outline)
	if known()[p.sum] {
		return nil
	}

	return []part{p}
}

// notJSON is the outline of a body that is none.
const notJSON = "no JSON"

// admit reports whether one more new form of a provider may be told of in this hour.
func (w *Watch) admit(name string, now time.Time) bool {
	if hour := now.Truncate(time.Hour); !hour.Equal(w.hour) {
		w.hour = hour
		clear(w.fresh)
	}

	w.fresh[name]++

	return w.fresh[name] <= maxNew
}

// beyond counts a body whose form is one too many.
func (w *Watch) beyond(b Body, now time.Time) *provider.ShapeEvent {
	s := sum(fnvOffset, more, b.Provider)

	t := w.told[s]
	if t == nil {
		t = &tally{event: provider.ShapeEvent{Fingerprint: more + b.Provider, Provider: b.Provider, Door: b.Door, Kind: b.Kind}}
		w.told[s] = t
	}

	return t.add(now)
}

// tell returns what has to be told of a body with a new form.
func (w *Watch) tell(b Body, news []part, first int, now time.Time) *provider.ShapeEvent {
	e := provider.ShapeEvent{
		Fingerprint: fmt.Sprintf("%016x", news[first].sum),
		Provider:    b.Provider,
		Door:        b.Door,
		Kind:        b.Kind,
		Path:        news[first].path,
		Outline:     news[first].outline,
	}
	t := &tally{event: e, at: now}

	e.Count, e.At, e.Fixture = 1, now.UnixMilli(), string(mask(b.Data))

	for i, p := range news {
		if w.told[p.sum] != nil {
			continue
		}

		w.told[p.sum] = t

		if i != first && len(e.Others) < maxOthers {
			e.Others = append(e.Others, p.path+" "+p.outline)
		}
	}

	return &e
}

// add counts a body, and returns what has to be told of those that came since the last time; nil if that was less than a minute ago.
func (t *tally) add(now time.Time) *provider.ShapeEvent {
	t.count++
	if now.Sub(t.at) < tellEvery {
		return nil
	}

	e := t.event
	e.Count, e.At = t.count, now.UnixMilli()
	t.count, t.at = 0, now

	return &e
}

// Untold takes back what could not be told: a form that is new will be told with the next body that has it.
func (w *Watch) Untold(e *provider.ShapeEvent) {
	w.mu.Lock()
	defer w.mu.Unlock()

	for s, t := range w.told {
		switch {
		case t.event.Fingerprint != e.Fingerprint:
		case e.Fixture != "":
			delete(w.told, s)
		default:
			t.count, t.at = t.count+e.Count, time.Time{}
		}
	}
}

func clip(text []byte) string {
	if len(text) > maxText {
		return strings.ToValidUTF8(string(text[:maxText]), "") + "…"
	}

	return string(text)
}

// fnvOffset and fnvPrime are those of FNV-1a with 64 bits.
const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

// sum goes on with a sum by texts, each with an end. It is FNV-1a, which needs no memory; it only has to tell forms apart, since who makes up
// two with one sum hides nothing but a form.
func sum[T string | []byte](h uint64, texts ...T) uint64 {
	for _, text := range texts {
		for i := range len(text) {
			h = (h ^ uint64(text[i])) * fnvPrime
		}

		h *= fnvPrime
	}

	return h
}
