package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

const (
	// maxAnswer is the most that is read of the answer to a send.
	maxAnswer = 1 << 20
	// maxPage is the most that is read of an answer to a question, such as a page of templates.
	maxPage = 8 << 20
)

// Codes of errors that no provider named.
const (
	// CodeNotSent: the connection could not be made, or the caller gave up before it was.
	CodeNotSent = string(httpx.NotSent)
	// CodeNoAnswer: the request, or a part of it, may have left, and no answer came.
	CodeNoAnswer = string(httpx.NoAnswer)
	// CodeCutAnswer: the answer's status came, the rest did not.
	CodeCutAnswer = string(httpx.CutAnswer)
	// CodeLongAnswer: the answer is longer than any that a provider gives.
	CodeLongAnswer = string(httpx.LongAnswer)
	// CodeNoID: the provider said yes and named no message.
	CodeNoID = "no_id"
)

// Answer is what came back for a request, whatever its status.
type Answer = httpx.Answer

// answerWatcher is a transport that is shown every whole answer of a provider's, after the call. It must not wait, and must not keep the answer.
type answerWatcher interface {
	WatchAnswer(req *http.Request, kind string, answer Answer)
}

// What an answer is to, as an [answerWatcher] is told it.
const (
	askedSend  = "send"
	askedFetch = "fetch"
)

// Do sends a message: once, following no redirect, with read to judge the answer. The error is always a *SendError:
//
//   - message.ClassTransient where no byte of the request can have left;
//   - message.ClassUnknown where one may have and no whole answer of at most 1 MiB came back, and for a receipt without an id;
//   - else what read says. An error of read that is no *SendError becomes message.ClassUnknown.
//
// No error holds the request's URL, header or body, or a word of the answer.
func Do(
	ctx context.Context, client *http.Client, req *http.Request,
	read func(status int, header http.Header, body []byte) (Receipt, error),
) (Receipt, error) {
	answer, err := exchange(ctx, client, req, maxAnswer, askedSend)
	if err != nil {
		return Receipt{}, err
	}

	receipt, err := read(answer.Status, answer.Header, answer.Body)
	if err != nil {
		if e, ok := errors.AsType[*SendError](err); ok {
			return Receipt{}, e
		}
		return Receipt{}, &SendError{Failure: message.Failure{Class: message.ClassUnknown}, HTTPStatus: answer.Status}
	}
	if receipt.ID == "" {
		return Receipt{}, &SendError{Failure: message.Failure{Class: message.ClassUnknown, Code: CodeNoID}, HTTPStatus: answer.Status}
	}

	return receipt, nil
}

// Fetch asks a provider something that is no send: templates, settings. It behaves as Do and takes answers of up to
// 8 MiB; what the answer means is the caller's to say.
func Fetch(ctx context.Context, client *http.Client, req *http.Request) (Answer, error) {
	return exchange(ctx, client, req, maxPage, askedFetch)
}

func exchange(ctx context.Context, client *http.Client, req *http.Request, limit int64, kind string) (Answer, error) {
	answer, err := httpx.Once(ctx, client, req, limit)
	if e, ok := errors.AsType[*httpx.LostError](err); ok {
		failure := message.Failure{Class: message.ClassUnknown, Code: string(e.Loss)}
		if e.Loss == httpx.NotSent {
			failure.Class = message.ClassTransient
		}

		return Answer{}, &SendError{Failure: failure, HTTPStatus: e.Status, Err: e.Err}
	}

	if w, ok := client.Transport.(answerWatcher); ok && err == nil {
		w.WatchAnswer(req, kind, answer)
	}

	return answer, err
}

// Refusal is what an HTTP status means where the provider named no code of its own. own says that the body is the
// provider's documented error and not somebody else's in between: a proxy's 5xx tells nothing of the message.
// It fits any status, also of answers that should have been a receipt; those are message.ClassUnknown.
func Refusal(status int, header http.Header, own bool) *SendError {
	e := &SendError{Failure: message.Failure{Class: message.ClassUnknown, Code: HTTPCode(status)}, HTTPStatus: status}
	switch {
	case status == http.StatusTooManyRequests:
		e.Class, e.RetryAfter = message.ClassThrottled, RetryAfter(header)
	case status == http.StatusUnauthorized:
		e.Class, e.Cause = message.ClassAccount, message.CauseCredentials
	case !own:
		// Nobody knows whose answer this is.
	case status == http.StatusForbidden:
		e.Class, e.Cause = message.ClassAccount, message.CauseCredentials
	case status == http.StatusRequestTimeout, status == http.StatusBadGateway, status == http.StatusGatewayTimeout:
		// A gateway waited for the server behind it, which may have taken the message.
	case status >= 500 && status < 600:
		e.Class, e.RetryAfter = message.ClassTransient, RetryAfter(header)
	case status >= 400 && status < 500:
		e.Class = message.ClassBadRequest
	}

	return e
}

// HTTPCode is the code of an error for which the provider named none: "http_502".
func HTTPCode(status int) string { return "http_" + strconv.Itoa(status) }

// RetryAfter is how long an answer asks to wait, in the words of HTTP or in Gupshup's; see [httpx.RetryAfter].
func RetryAfter(header http.Header) time.Duration {
	return httpx.RetryAfter(header, "X-Rate-Limit-Retry-After-Seconds")
}

// Encode is JSON as providers' own samples spell it, without HTML's escapes and without a line break at the end.
func Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("provider: encode: %w", err)
	}

	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
