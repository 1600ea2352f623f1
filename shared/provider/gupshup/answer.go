package gupshup

import (
	"bytes"
	"cmp"
	"net/http"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// answer is what Gupshup's answers may hold beside what was asked for. Errors name themselves in message or reason.
type answer struct {
	Status    text `json:"status"`
	MessageID text `json:"messageId"`
	Code      text `json:"code"`
	Message   text `json:"message"`
	Reason    text `json:"reason"`
}

// failed reports whether it is Gupshup's documented error.
func (a answer) failed() bool { return strings.EqualFold(string(a.Status), "error") }

// read decodes an answer whatever its content type, which is text/html on some pages of the documents; false means
// that it is not JSON of Gupshup's.
func read(body []byte) (answer, bool) {
	var a answer
	if lenient.Decode(body, &a) != nil {
		return answer{}, false
	}
	return a, true
}

// ReadReceipt takes any 2xx with a message id as accepted, unless it says error. The word of the status is not looked
// at otherwise: the documents have both "submitted" and "success".
func (*Provider) ReadReceipt(status int, header http.Header, body []byte) (provider.Receipt, error) {
	a, own := read(body)
	switch {
	case status < 200 || status > 299:
		return provider.Receipt{}, refusal(status, header, body)
	case !own || !a.failed() && a.MessageID == "":
		return provider.Receipt{}, &provider.SendError{
			Failure: message.Failure{Class: message.ClassUnknown, Code: provider.CodeNoID}, HTTPStatus: status,
		}
	case a.failed() && a.MessageID != "":
		// It says no and names a message: believed neither way.
		return provider.Receipt{}, &provider.SendError{
			Failure: message.Failure{Class: message.ClassUnknown, Code: provider.HTTPCode(status)}, HTTPStatus: status,
		}
	case a.failed():
		return provider.Receipt{}, refusal(status, header, body)
	}

	return provider.Receipt{ID: string(a.MessageID)}, nil
}

// refusal reads an answer that is no success. What decides, in this order:
//
//  1. An HTTP status that is a throttle (429), or one that leaves open whether the message was taken, such as a gateway's
//     5xx: the body changes nothing.
//  2. The code, in a body that is Gupshup's documented error.
//  3. The text, in such a body, and in any 4xx that has Gupshup's own words: JSON without a status, or a plain sentence.
//  4. A documented error under 2xx without a known code or text: the message failed.
//  5. The HTTP status, by [provider.Refusal].
func refusal(status int, header http.Header, body []byte) *provider.SendError {
	a, own := read(body)
	words := string(cmp.Or(a.Message, a.Reason))
	if !own {
		words = plain(body)
	}

	own = own && a.failed()
	row, known := classifyText(words)

	e := provider.Refusal(status, header, own || known && status >= 400 && status < 500)
	switch {
	case e.Class == message.ClassUnknown && (status < 200 || status > 299) || e.Class == message.ClassThrottled:
	case own && a.Code != "":
		f, listed := codes.Classify(code(a.Code))
		if !listed && e.Class == message.ClassTransient {
			// The status says more than a code that no table has.
			f.Class = e.Class
		}

		e.Failure = f.After(max(e.RetryAfter, f.RetryAfter))
	case known:
		e.Failure = row.means.Coded(row.code).After(e.RetryAfter)
	case own && e.Class == message.ClassUnknown:
		// A 2xx that says error is a failure; Gupshup documents none.
		e.Class, e.Cause = provider.Unlisted.Class, provider.Unlisted.Cause
	}

	return e
}

// maxPlain is the longest body that is taken for a sentence of Gupshup's.
const maxPlain = 200

// plain is a body that is a sentence and no JSON, as some of Gupshup's refusals are; empty for pages, which are
// somebody else's and may hold any words.
func plain(body []byte) string {
	if len(body) > maxPlain || bytes.ContainsAny(body, "<{[") {
		return ""
	}
	return string(body)
}
