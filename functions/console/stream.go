package console

import (
	"bytes"
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

// streams are the places for streams of one instance. Each stream holds one of the requests that the instance serves at a time, so that there are
// fewer places than those: pages are served however many tabs are open.
type streams struct {
	most int

	mu    sync.Mutex
	taken int
	// each counts the streams of each person who has one.
	each map[string]int
}

// newStreams returns the places of an instance that serves so many requests at a time: half of them.
func newStreams(concurrency int) *streams {
	return &streams{most: max(concurrency/2, 1), each: map[string]int{}}
}

// take takes a place for a person; false if there is none. The function gives it back.
func (s *streams) take(subject string) (func(), bool) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.taken >= s.most || s.each[subject] >= streamsEach {
		return nil, false
	}

	s.taken++
	s.each[subject]++

	return func() { s.leave(subject) }, true
}

// leave gives back a place of a person.
func (s *streams) leave(subject string) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.taken--
	if s.each[subject]--; s.each[subject] == 0 {
		delete(s.each, subject)
	}
}

// live is a region of a page that shows the present state.
type live struct {
	// watch calls changed at once and whenever the state may have changed, until the context ends. The rest is looked at now and then.
	watch func(ctx context.Context, changed func()) error
	// render returns the whole region. Equal states must give equal regions.
	render func(ctx context.Context) ([]byte, error)
}

// stateOf names the state that a region shows.
func stateOf(region []byte) string {
	sum := sha256.Sum256(region)
	return hex.EncodeToString(sum[:12])
}

// stream sends a region whenever its state has changed, and the name of the state as the event's id. What the browser has already it is not sent
// again: it names that in Last-Event-ID, or at first, in seen, as the page had it. So nothing is lost between two streams, and nothing is kept
// for that. A stream ends after some minutes, and the browser takes it up again: so it finds out whether its session is still good. An error
// comes before anything is sent.
func (c *call) stream(of live) error {
	leave, ok := c.h.streams.take(c.caller.Subject)
	if !ok {
		return fault.New(fault.Unavailable, "console.stream", "too many pages are watched at the moment; this one shows what is new when it is loaded again")
	}
	defer leave()

	ctx, cancel := httpx.Extend(c.w, c.r, c.h.cfg.Stream)
	defer cancel()

	changed, ended := make(chan struct{}, 1), make(chan error, 1)
	go func() {
		ended <- of.watch(ctx, func() {
			select {
			case changed <- struct{}{}:
			default: // it is looked at anyway
			}
		})
	}()

	s := sending{call: c, control: http.NewResponseController(c.w), seen: c.r.Header.Get("Last-Event-ID")}
	if s.seen == "" {
		s.seen = c.r.URL.Query().Get("seen")
	}

	// Nothing more is read of the request. A deadline of reading that ended with the stream would have the connection's next request cancelled.
	_ = s.control.SetReadDeadline(time.Time{})

	c.w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	c.w.Header().Set("X-Accel-Buffering", "no")
	c.w.WriteHeader(http.StatusOK)

	err := s.text("retry: 1000\n\n")
	if err == nil {
		err = s.loop(ctx, of, changed, ended)
	}

	cancel()
	<-ended

	if err != nil && c.r.Context().Err() == nil {
		c.h.Logger.WarnContext(ctx, "a stream of a page ended", slog.String("error", err.Error()))
	}

	return nil
}

// sending is a stream that has begun.
type sending struct {
	*call

	control *http.ResponseController
	// seen is the state that the browser has.
	seen string
}

// loop sends states until the context, the process or the watch ends. It leaves in ended why the watch did.
func (s *sending) loop(ctx context.Context, of live, changed <-chan struct{}, ended chan error) error {
	beat, again := time.NewTicker(streamBeat), time.NewTicker(s.h.cfg.Refresh)
	defer beat.Stop()
	defer again.Stop()

	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.h.Ending:
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
			case <-s.h.Ending:
			case <-time.After(streamGap):
			}
		}
	}
}

// state sends the present state, unless the browser has it.
func (s *sending) state(ctx context.Context, of live) error {
	region, err := of.render(ctx)
	if err != nil {
		return err
	}

	id := stateOf(region)
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

// needsWayIn reports whether a request of nobody who is let in is answered with the way in. A stream's is not: what it is led to would be read as a
// stream.
func needsWayIn(r *http.Request, err error) bool {
	return fault.Is(err, fault.Unauthenticated) && !strings.HasSuffix(r.URL.Path, "/stream")
}

// region renders a part of a page on its own.
func (h *handler) region(part string, data any) ([]byte, error) {
	var b bytes.Buffer

	err := h.pages.part(&b, part, data)

	return bytes.ReplaceAll(b.Bytes(), []byte("\r"), nil), err
}
