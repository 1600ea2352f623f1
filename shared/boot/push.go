package boot

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// PushConfig is what a function reads that Pub/Sub pushes to, or Cloud Scheduler calls. Whose pushes they must be is read by
// package auth.
type PushConfig struct {
	// AckDeadline is the push subscription's acknowledgement deadline, as Terraform sets it. It ends a request too.
	AckDeadline time.Duration `env:"ACK_DEADLINE, default=60s"`
}

// maxAckDeadline is the longest acknowledgement deadline that Pub/Sub allows.
const maxAckDeadline = 600 * time.Second

// Validate checks the deadline against Pub/Sub's own limit.
func (c PushConfig) Validate() error {
	var check config.Check
	check.Positive("ACK_DEADLINE", c.AckDeadline)
	check.That(c.AckDeadline <= maxAckDeadline, "ACK_DEADLINE is more than 600s, which Pub/Sub refuses")
	return check.Err()
}

// Endpoint is an endpoint that only our own infrastructure calls: a push subscription or Cloud Scheduler.
type Endpoint struct {
	PushConfig
	// Verify returns an error for a request of anybody else. It must be set; auth.Pushes makes it. It is not made here, so that
	// functions without such an endpoint do not link what it needs.
	Verify func(*http.Request) error
	// Route labels the requests in the log.
	Route  string
	Logger *slog.Logger
	Clock  clock.Clock
	// Dead takes the messages that [Work] finds unreadable.
	Dead queue.DeadLetters
}

// Work deals with one message, whose data may be any bytes. The value that it returns says what was done, for the log line. A
// [queue.UnreadableError] is the error of a message that no parser reads.
type Work func(context.Context, queue.Push) (slog.LogValuer, error)

// Consume returns the handler of a push subscription: it checks the caller, decodes one message, has it worked on, and
// answers 204. Its log line holds the outcome and the message's id. An unreadable message is kept as a dead letter, and is
// answered 204 as well. Any other error of the work is answered by its kind, and delivered again; so is a push whose envelope
// cannot be read, which only Pub/Sub can move to the dead-letter topic.
func (e Endpoint) Consume(work Work) http.HandlerFunc {
	return e.Serve(func(w http.ResponseWriter, r *http.Request) error {
		push, err := readPush(w, r)
		if err != nil {
			return err
		}

		outcome, err := work(r.Context(), push)
		if unreadable, ok := errors.AsType[*queue.UnreadableError](err); ok {
			err = e.Dead.Keep(r.Context(), push, unreadable)
		}
		if err != nil {
			return err
		}

		httpx.Handled(r.Context(), slog.Any("outcome", outcome), slog.String("pubsub_id", logging.Number(push.ID)))
		httpx.NoContent(w)

		return nil
	})
}

// Serve returns a handler that refuses all but a POST of our own infrastructure, and hands the others to h.
func (e Endpoint) Serve(h httpx.Handler) http.HandlerFunc {
	o := httpx.Options{
		Logger:  e.Logger,
		Route:   e.Route,
		Timeout: e.AckDeadline,
		Clock:   e.Clock,
	}

	return httpx.Serve(o, func(w http.ResponseWriter, r *http.Request) error {
		if err := httpx.RequireMethod(w, r, http.MethodPost); err != nil {
			return err
		}
		if err := e.Verify(r); err != nil {
			return err
		}

		return h(w, r)
	})
}

// readPush reads and decodes the body. Bytes that are not UTF-8 are refused: encoding/json would replace them silently.
func readPush(w http.ResponseWriter, r *http.Request) (queue.Push, error) {
	body, err := httpx.ReadBody(w, r, queue.MaxPushBody)
	if err != nil {
		return queue.Push{}, err
	}
	if err = httpx.RequireUTF8(body); err != nil {
		return queue.Push{}, err
	}

	return queue.DecodePush(body, r.Header)
}
