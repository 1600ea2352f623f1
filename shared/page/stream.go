package page

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
)

const (
	// streamGap is the least time between two states: a burst of callbacks is shown in one.
	streamGap = 250 * time.Millisecond
	// streamBeat is how often a quiet stream gives a sign of life, so that nothing in between takes it for dead.
	streamBeat = 15 * time.Second
	// streamsEach is how many streams one person has of an instance at a time. Tabs that are hidden have none.
	streamsEach = 6
)

// StreamConfig configures streams.
type StreamConfig struct {
	// Most is how many streams there are at a time.
	Most int
	// For is how long a stream lasts before the browser has to ask again, Refresh how often it looks for what no watch tells of.
	For, Refresh time.Duration
	// Ending is closed when the process begins to end; nil if nobody tells.
	Ending <-chan struct{}
	Logger *slog.Logger
}

// Streams are the places for streams of one instance. Each stream holds one of the requests that the instance serves at a time, so that there
// should be fewer places than those: pages are served however many tabs are open. They are safe for concurrent use.
type Streams struct {
	cfg StreamConfig

	mu    sync.Mutex
	taken int
	// each counts the streams of each person who has one.
	each map[string]int
}

// NewStreams returns places for streams.
func NewStreams(cfg StreamConfig) *Streams { return &Streams{cfg: cfg, each: map[string]int{}} }

// take takes a place for a person; false if there is none. The function gives it back.
func (s *Streams) take(who string) (func(), bool) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.taken >= s.cfg.Most || s.each[who] >= streamsEach {
		return nil, false
	}

	s.taken++
	s.each[who]++

	return func() { s.leave(who) }, true
}

// leave gives back a place of a person.
func (s *Streams) leave(who string) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.taken--
	if s.each[who]--; s.each[who] == 0 {
		delete(s.each, who)
	}
}

// Region is a region of a page that shows the present state.
type Region struct {
	// Watch calls changed at once and whenever the state may have changed, until the context ends. The rest is looked at now and then.
	Watch func(ctx context.Context, changed func()) error
	// Render returns the whole region. Equal states must give equal regions.
	Render func(ctx context.Context) ([]byte, error)
}

// StateOf names the state that a region shows.
func StateOf(region []byte) string {
	sum := sha256.Sum256(region)
	return hex.EncodeToString(sum[:12])
}

// Serve sends somebody a region whenever its state has changed, and the name of the state as the event's id. What the browser has already it is not
// sent again: it names that in Last-Event-ID, or at first, in seen, as the page had it. So nothing is lost between two streams, and nothing is kept
// for that. A stream ends after some minutes, and the browser takes it up again: so it finds out whether its session is still good. An error
// comes before anything is sent.
func (s *Streams) Serve(w http.ResponseWriter, r *http.Request, who string, of Region) error {
	leave, ok := s.take(who)
	if !ok {
		return fault.New(fault.TooMany, "page.stream", "too many pages are watched at the moment; this one will be told of changes once another is closed")
	}
	defer leave()

	ctx, cancel := httpx.Extend(w, r, s.cfg.For)
	defer cancel()

	changed, ended := make(chan struct{}, 1), make(chan error, 1)
	go func() {
		ended <- of.Watch(ctx, func() {
			select {
			case changed <- struct{}{}:
			default: // it is looked at anyway
			}
		})
	}()

	one := sending{Streams: s, w: w, control: http.NewResponseController(w), seen: r.Header.Get("Last-Event-ID")}
	if one.seen == "" {
		one.seen = r.URL.Query().Get("seen")
	}

	// Nothing more is read of the request. A deadline of reading that ended with the stream would have the connection's next request cancelled.
	_ = one.control.SetReadDeadline(time.Time{})

	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	w.Header().Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)

	err := one.text("retry: 1000\n\n")
	if err == nil {
		err = one.loop(ctx, of, changed, ended)
	}

	cancel()
	<-ended

	if err != nil && r.Context().Err() == nil {
		s.cfg.Logger.WarnContext(ctx, "a stream of a page ended", slog.String("error", err.Error()))
	}

	return nil
}

// sending is a stream that has begun.
type sending struct {
	*Streams

	w       http.ResponseWriter
	control *http.ResponseController
	// seen is the state that the browser has.
	seen string
}

// loop sends states until the context, the process or the watch ends. It leaves in ended why the watch did.
func (s *sending) loop(ctx context.Context, of Region, changed <-chan struct{}, ended chan error) error {
	beat, again := time.NewTicker(streamBeat), time.NewTicker(s.cfg.Refresh)
	defer beat.Stop()
	defer again.Stop()

	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.cfg.Ending:
			return nil
		case err := <-ended:
			ended <- nil
			return err
		case <-beat.C:
			if err := s.text(": here\n\n"); err != nil {
				return err
			}
		case <-again.C: // for what the watch does not tell of, such as how long something waits
			if err := s.state(ctx, of); err != nil {
				return err
			}
		case <-changed:
			if err := s.state(ctx, of); err != nil {
				return err
			}

			select {
			case <-ctx.Done():
			case <-s.cfg.Ending:
			case <-time.After(streamGap):
			}
		}
	}
}

// state sends the present state, unless the browser has it.
func (s *sending) state(ctx context.Context, of Region) error {
	region, err := of.Render(ctx)
	if err != nil {
		return err
	}

	id := StateOf(region)
	if id == s.seen {
		return nil
	}

	s.seen = id

	return s.text(fmt.Sprintf("id: %s\ndata: %s\n\n", id, strings.ReplaceAll(string(region), "\n", "\ndata: ")))
}

// text sends a text at once.
func (s *sending) text(text string) error {
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}

	return s.control.Flush()
}
