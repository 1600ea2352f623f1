package kaleyra

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// answer is the shape that all of Kaleyra's answers share. Data is an object, or an empty array beside RBC001; Error is
// an object, whose key names what is wrong. A success may come without it.
type answer struct {
	Code    text            `json:"code"`
	Message text            `json:"message"`
	Data    json.RawMessage `json:"data"`
	Error   json.RawMessage `json:"error"`
}

// read decodes an answer, whatever its content type; false means that it has not the shape, so that somebody else may
// have spoken.
func read(body []byte) (answer, bool) {
	var a answer
	if lenient.Decode(body, &a) != nil || len(a.Data) == 0 {
		return answer{}, false
	}
	if len(a.Error) == 0 && (!a.yes() || a.id() == "") {
		return answer{}, false
	}

	return a, a.Code != "" || len(a.errors()) > 0
}

// yes reports whether the code is one of success.
func (a answer) yes() bool { return slices.Contains(accepted, spelled(string(a.Code))) }

// id is the message's id; empty where data is an array or says nothing.
func (a answer) id() string {
	var data struct {
		ID text `json:"message_id"`
	}
	if lenient.Decode(a.Data, &data) != nil {
		return ""
	}

	return string(data.ID)
}

// errors are the texts of the error by the name of what is wrong.
func (a answer) errors() map[string]text {
	var named map[string]text
	if lenient.Decode(a.Error, &named) != nil {
		return nil
	}
	return named
}

// ReadReceipt takes a 2xx with the code WA200 or WA202 and a message id as accepted. Status and code must agree: a 2xx
// with another code is a refusal, and an answer that says both is believed neither way.
func (*Provider) ReadReceipt(status int, header http.Header, body []byte) (provider.Receipt, error) {
	a, own := read(body)

	id := a.id()
	switch {
	case status < 200 || status > 299:
		return provider.Receipt{}, refusal(status, header, body)
	case own && a.yes() && id != "":
		return provider.Receipt{ID: id}, nil
	case !own || a.yes():
		return provider.Receipt{}, &provider.SendError{
			Failure: message.Failure{Class: message.ClassUnknown, Code: provider.CodeNoID}, HTTPStatus: status,
		}
	case id != "":
		return provider.Receipt{}, &provider.SendError{
			Failure: message.Failure{Class: message.ClassUnknown, Code: provider.HTTPCode(status)}, HTTPStatus: status,
		}
	}

	return provider.Receipt{}, refusal(status, header, body)
}

// refusal reads an answer that is no success, by its code first. What could be a gateway's word stays unknown, whatever
// the body says, and a 429 a throttle.
func refusal(status int, header http.Header, body []byte) *provider.SendError {
	a, own := read(body)
	e := provider.Refusal(status, header, own)

	ok := status >= 200 && status <= 299
	switch {
	case !own || e.Class == message.ClassUnknown && !ok:
	case a.yes():
		if e.Class != message.ClassThrottled {
			// It says no by its status and yes by its code.
			e.Class, e.Cause = message.ClassUnknown, ""
		}
	case a.Code == "":
		if ok {
			// A 2xx that says error is a failure; Kaleyra documents none.
			e.Class, e.Cause = provider.Unlisted.Class, provider.Unlisted.Cause
		}
	default:
		a.judge(e)
	}

	return e
}

// judge completes an error by what the answer's code means.
func (a answer) judge(e *provider.SendError) {
	means, listed := classify(string(a.Code))
	if cause, known := a.cause(); known {
		means = cause.means.Coded(cause.name)
	}

	e.Code = means.Code
	switch {
	case e.Class == message.ClassThrottled:
	case !listed && (e.Class == message.ClassTransient || e.Class == message.ClassAccount):
		// The status says more than a code that nobody knows.
		e.Cause = cmp.Or(e.Cause, provider.Unlisted.Cause)
	default:
		e.Class, e.Cause = means.Class, means.Cause
	}

	switch e.Class {
	case message.ClassThrottled, message.ClassTransient, message.ClassAccount:
		e.RetryAfter = cmp.Or(e.RetryAfter, means.RetryAfter)
	default:
	}
}

// cause finds which of a code's meanings the answer has.
func (a answer) cause() (causeRow, bool) {
	named := a.errors()
	for _, row := range causeRows {
		words, there := named[row.key]
		if there && row.code == spelled(string(a.Code)) &&
			strings.Contains(strings.ToLower(string(words)+" "+string(a.Message)), row.text) {
			return row, true
		}
	}

	return causeRow{}, false
}
