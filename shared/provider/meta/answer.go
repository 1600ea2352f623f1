package meta

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/cloudapi"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// answer is what Meta's answers may hold beside what was asked for.
type answer struct {
	Messages []struct {
		ID text `json:"id"`
	} `json:"messages"`
	Contacts json.RawMessage `json:"contacts"`
	Error    json.RawMessage `json:"error"`
}

// failure is Meta's documented error.
type failure struct {
	Code      text  `json:"code"`
	Subcode   text  `json:"error_subcode"`
	Type      text  `json:"type"`
	Message   text  `json:"message"`
	Transient truth `json:"is_transient"`
	// own: it is Meta's and not somebody else's.
	own bool
}

// read decodes an answer whatever its content type; false means that it is not JSON of Meta's.
func read(body []byte) (answer, bool) {
	var a answer
	if lenient.Decode(body, &a) != nil {
		return answer{}, false
	}
	return a, true
}

// id is the message's; Meta takes one message a request.
func (a answer) id() text {
	if len(a.Messages) == 0 {
		return ""
	}
	return a.Messages[0].ID
}

// shopper is what Meta calls the shopper: the number, which may be spelled otherwise than the one we sent to (CONTRACT.md
// section 2.4), and the user id. Either is empty where it does not say, which costs the receipt nothing.
func (a answer) shopper() (phone, userID string) {
	var contacts []cloudapi.Contact
	if lenient.Decode(a.Contacts, &contacts) != nil || len(contacts) != 1 {
		return "", ""
	}

	return lenient.Digits(contacts[0].Phone), string(contacts[0].UserID)
}

// failed reports whether it says that something went wrong, in whatever form.
func (a answer) failed() bool { return len(a.Error) > 0 && string(a.Error) != "null" }

func (a answer) failure() failure {
	var f failure
	if !a.failed() || lenient.Decode(a.Error, &f) != nil {
		return failure{}
	}

	f.own = f.Code != "" || f.Type != "" || f.Message != ""
	f.Code = code(f.Code)

	return f
}

// code is a code that is a number, as all of Meta's are; anything else could be words that nobody may repeat.
func code(c text) text {
	if len(c) > 12 || strings.Trim(string(c), "0123456789") != "" {
		return ""
	}
	return c
}

// ReadReceipt takes any 2xx with a message id and no error as accepted. The word of message_status is not looked at: a
// message that is held for a check of its template, or whose template has just been paused, is Meta's all the same, and
// its status webhook reports the outcome (CONTRACT.md section 2.4).
func (*Provider) ReadReceipt(status int, header http.Header, body []byte) (provider.Receipt, error) {
	a, own := read(body)

	id := a.id()
	switch {
	case status < 200 || status > 299:
		return provider.Receipt{}, refusal(status, header, body)
	case own && !a.failed() && id != "":
		phone, userID := a.shopper()
		return provider.Receipt{ID: string(id), UserID: userID, Phone: phone}, nil
	case a.failed() && id != "":
		// It says no and names a message: believed neither way.
		return provider.Receipt{}, &provider.SendError{
			Failure: message.Failure{Class: message.ClassUnknown, Code: provider.HTTPCode(status)}, HTTPStatus: status,
		}
	case a.failure().own:
		return provider.Receipt{}, refusal(status, header, body)
	}

	return provider.Receipt{}, &provider.SendError{
		Failure: message.Failure{Class: message.ClassUnknown, Code: provider.CodeNoID}, HTTPStatus: status,
	}
}

// refusal reads an answer that is no success: by the error's code, and where there is none or nobody knows it, by the
// status. A body that is not Meta's own speaks by its status only.
func refusal(status int, header http.Header, body []byte) *provider.SendError {
	a, _ := read(body)
	f := a.failure()

	e := provider.Refusal(status, header, f.own)
	switch {
	case !f.own:
	case f.Code != "":
		judge(e, f, header)
	case e.Class == message.ClassUnknown && status >= 200 && status <= 299:
		// A 2xx that says error is a failure; Meta documents none.
		e.Class, e.Cause = provider.Unlisted.Class, provider.Unlisted.Cause
	}

	return e
}

// judge puts the meaning of the error's code in place of the status's.
func judge(e *provider.SendError, f failure, header http.Header) {
	byStatus := e.Class
	row, listed := codes.Classify(string(f.Code))

	e.Code = row.Code
	switch {
	case gateway(e.HTTPStatus) && (!listed || row.Class == message.ClassTransient):
		// A gateway gave up waiting for the server behind it, which may have taken the message; a passing error on top of that
		// proves nothing.
		e.Class = message.ClassUnknown
		return
	case f.Code == "100" && f.Subcode == "33":
		// "Unsupported request": the number does not exist, or the token has no access to it.
		e.Class, e.Cause = provider.BadCredentials.Class, provider.BadCredentials.Cause
	case listed:
		e.Class, e.Cause = row.Class, row.Cause
	case byStatus == message.ClassThrottled, byStatus == message.ClassTransient:
		e.Cause = message.CauseUnlisted
	case f.Transient.Value:
		e.Class, e.Cause = message.ClassTransient, message.CauseUnlisted
	case e.HTTPStatus == http.StatusUnauthorized:
	default:
		e.Class, e.Cause = row.Class, row.Cause
	}

	switch e.Class {
	case message.ClassThrottled:
		e.RetryAfter = max(provider.RetryAfter(header), regain(header))
		if e.RetryAfter == 0 {
			e.RetryAfter = row.RetryAfter
		}
	case message.ClassTransient:
		e.RetryAfter = provider.RetryAfter(header)
	default:
		e.RetryAfter = row.RetryAfter
	}
}

// gateway reports whether a status is that of one server that waited in vain for another.
func gateway(status int) bool {
	return status == http.StatusRequestTimeout || status == http.StatusBadGateway || status == http.StatusGatewayTimeout
}

// maxRegain bounds what is believed of the header below.
const maxRegain = 24 * time.Hour

// regain is how long a business account must wait for its next calls by X-Business-Use-Case-Usage, which tells minutes
// for each sort of call; 0 where it does not say.
func regain(header http.Header) time.Duration {
	var usage map[string][]struct {
		Minutes number `json:"estimated_time_to_regain_access"`
	}
	if lenient.Decode([]byte(header.Get("X-Business-Use-Case-Usage")), &usage) != nil {
		return 0
	}

	var wait time.Duration
	for _, account := range usage {
		for _, sort := range account {
			if m := int64(sort.Minutes); m > 0 {
				wait = max(wait, time.Duration(min(m, int64(maxRegain/time.Minute)))*time.Minute)
			}
		}
	}

	return wait
}
