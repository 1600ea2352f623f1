package console

import (
	"bytes"
	"context"
	"crypto/sha256"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

const (
	// answerFor is how long the answer to a form is kept for the same form, and mostAnswers how many are.
	answerFor   = time.Minute
	mostAnswers = 100
)

// answers are those to forms that were sent a moment ago, by instance, for those whose answer shows something once: a browser shows the answer to
// the second click of two, and drops the first.
type answers struct {
	mu  sync.Mutex
	all map[[sha256.Size]byte]*answer
}

// answer is what one form was answered with, once done is closed.
type answer struct {
	at     time.Time
	done   chan struct{}
	err    error
	status int
	header http.Header
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }

// take returns the answer to a form, and whether the caller is the one to make it; nil if there are too many.
func (s *answers) take(key [sha256.Size]byte, now time.Time) (one *answer, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()

	maps.DeleteFunc(s.all, func(_ [sha256.Size]byte, a *answer) bool { return now.Sub(a.at) > answerFor })

	if one = s.all[key]; one != nil || len(s.all) >= mostAnswers {
		return one, false
	}
	if s.all == nil {
		s.all = map[[sha256.Size]byte]*answer{}
	}

	one = &answer{at: now, done: make(chan struct{}), status: http.StatusOK}
	s.all[key] = one

	return one, true
}

// settle ends the wait for an answer. One that refuses is not kept: what is wrong may be mended elsewhere, and the form sent as it is.
func (s *answers) settle(key [sha256.Size]byte, one *answer) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if one.err != nil || one.status >= http.StatusBadRequest {
		delete(s.all, key)
	}

	close(one.done)
}

// once carries a form out once that is sent twice, as by a double click: the second is answered as the first. A form says by its field once, which
// is another one on each page, that it is the same. What the first began goes on if its browser has left it for the second.
func once(do func(*handler, *call) error) func(*handler, *call) error {
	return func(h *handler, c *call) error {
		if err := c.form(); err != nil {
			return err
		}
		if c.sent.Get("once") == "" {
			return do(h, c)
		}

		key := sha256.Sum256([]byte(c.caller.Subject + "\n" + c.r.URL.Path + "\n" + c.sent.Encode()))

		one, first := h.answers.take(key, h.Clock.Now())
		if one == nil {
			return do(h, c)
		}
		if first {
			c.answer(key, one, do)
		}

		select {
		case <-one.done:
		case <-c.ctx().Done():
			return fault.Wrap(fault.Canceled, "console.once", c.ctx().Err())
		}

		if one.err != nil {
			return one.err
		}

		maps.Copy(c.w.Header(), one.header)
		c.w.WriteHeader(one.status)
		_, _ = c.w.Write(one.body.Bytes()) // a browser that went away is told nothing

		return nil
	}
}

// answer makes the answer to a form.
func (c *call) answer(key [sha256.Size]byte, one *answer, do func(*handler, *call) error) {
	defer c.h.answers.settle(key, one)

	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx()), c.h.cfg.Client.RequestTimeout)
	defer cancel()

	one.header = c.w.Header().Clone()
	one.err = fault.New(fault.Internal, "console.once", "the form was not carried out") // if it panics
	one.err = do(c.h, &call{h: c.h, w: one, r: c.r.WithContext(ctx), caller: c.caller, sent: c.sent})
}
