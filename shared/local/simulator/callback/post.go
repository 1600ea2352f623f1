package callback

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/witness"
)

// maxRead is the most of a receiver's answer that is read.
const maxRead = 64 << 10

// post makes one attempt and returns the receiver's status; the error says why that was no success.
func (o *Outbox) post(ctx context.Context, cb *Callback, url string) (int, error) {
	o.mu.Lock()
	cb.attempt++
	attempt := cb.attempt
	o.mu.Unlock()

	begun := o.cfg.Clock.Now()
	status, size, err := o.send(ctx, url, cb.Header, cb.Body)
	o.cfg.Log.Deliver(witness.Delivery{
		AppID:     cb.AppID,
		Kind:      cb.Kind,
		MessageID: cb.MessageID,
		Attempt:   attempt,
		Status:    status,
		AckBytes:  size,
		At:        begun,
		Took:      o.cfg.Clock.Now().Sub(begun),
	})

	return status, err
}

// Post posts body once, as every callback is posted, and returns the receiver's status and the length of its answer.
// The error wraps [ErrRefused] for a status outside 2xx. Nothing is recorded.
func (o *Outbox) Post(ctx context.Context, url string, header http.Header, body []byte) (status int, size int64, err error) {
	return o.send(ctx, url, header, body)
}

func (o *Outbox) send(ctx context.Context, url string, header http.Header, body []byte) (int, int64, error) {
	if url == "" {
		return 0, 0, ErrNoURL
	}

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	timer := o.cfg.Clock.AfterFunc(o.cfg.Timeout, cancel)
	defer timer.Stop()
	defer context.AfterFunc(o.ctx, cancel)()

	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, 0, errors.New("callback receiver has no valid address")
	}

	for k, v := range header {
		req.Header[http.CanonicalHeaderKey(k)] = v
	}

	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp, err := o.cfg.Client.Do(req)
	if err != nil {
		// The client's error holds the receiver's address, which holds its token.
		return 0, 0, errors.New("callback receiver did not answer")
	}

	defer func() { _ = resp.Body.Close() }()

	size, err := io.Copy(io.Discard, io.LimitReader(resp.Body, maxRead))
	if err != nil {
		return resp.StatusCode, size, errors.New("callback receiver broke off its answer")
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return resp.StatusCode, size, fmt.Errorf("%w: status %d", ErrRefused, resp.StatusCode)
	}

	return resp.StatusCode, size, nil
}
