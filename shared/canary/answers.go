package canary

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// flushTime ends the writing of what a request has seen: the request is over, and only its answer waits.
const flushTime = 5 * time.Second

// Answers watches what providers answer. It keeps what is new in memory until the request is over, so that nothing stands between a
// provider's answer and the record of it.
type Answers struct {
	*Watch

	Book Book
	// NameAt returns the name of the provider at an address.
	NameAt func(address string) string
}

// Over returns a client that shows a provider's answers to the watch.
func (a *Answers) Over(client *http.Client) *http.Client {
	watched := *client
	watched.Transport = transport{client.Transport, a}

	return &watched
}

// Query returns a query as a body: each name with a text.
func Query(query url.Values) []byte {
	fields := map[string]string{}
	for name, values := range query {
		fields[name] = strings.Join(values, " ")
	}

	body, err := json.Marshal(fields)
	if err != nil {
		return nil
	}

	return body
}

// transport is one with a watch beside it.
type transport struct {
	http.RoundTripper

	answers *Answers
}

// WatchAnswer has the watch look at an answer. A page of somebody in between, with a 5xx, says nothing of the provider.
func (t transport) WatchAnswer(req *http.Request, kind string, answer provider.Answer) {
	if answer.Status >= http.StatusInternalServerError && !scan(answer.Body, func([]byte, []byte, int) {}) {
		return
	}
	if answer.Status >= http.StatusBadRequest {
		kind += "_error"
	}

	if e := t.answers.See(Body{Provider: t.answers.NameAt(req.URL.String()), Door: Answer, Kind: kind, Data: answer.Body}); e != nil {
		t.answers.mu.Lock()
		defer t.answers.mu.Unlock()

		t.answers.pending = append(t.answers.pending, e)
	}
}

// flush keeps what was seen since the last time.
func (a *Answers) flush(ctx context.Context) {
	a.mu.Lock()
	seen := slices.Clone(a.pending)
	a.pending = nil
	a.mu.Unlock()

	for _, e := range seen {
		if err := a.Book.Keep(ctx, *e); err != nil {
			a.Untold(e)
			a.Book.Logger.WarnContext(ctx, "a new shape is not kept yet", "error", err)
		}
	}
}

// Flushing returns a handler that keeps what a request has seen before the request ends: after that an instance may have no processor.
func (a *Answers) Flushing(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r)

		a.mu.RLock()
		none := len(a.pending) == 0
		a.mu.RUnlock()

		if none {
			return
		}

		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), flushTime)
		defer cancel()

		a.flush(ctx)
	})
}
