package provider

import (
	"bytes"
	"errors"

	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
)

// byteOrderMark begins a text of some Windows programs.
var byteOrderMark = []byte("\xef\xbb\xbf")

// ReadWebhook translates a callback's body as [WebhookSource.ParseWebhook] does, after what no parser need look at: a byte order
// mark is taken off, bytes that are not UTF-8 stand as U+FFFD, and a body that is no JSON, or nested too deeply, is malformed.
func ReadWebhook(source WebhookSource, app App, body []byte) ([]Event, error) {
	text := bytes.ToValidUTF8(bytes.TrimPrefix(body, byteOrderMark), []byte("\uFFFD"))
	if err := httpx.CheckJSON(text, httpx.MaxDepth); err != nil {
		return nil, errors.Join(ErrMalformed, err)
	}

	return source.ParseWebhook(app, text)
}
