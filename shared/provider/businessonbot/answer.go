package businessonbot

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// answer is what every endpoint answers; statusCode is a number on one page and a string on another (CONTRACT.md section 3).
type answer struct {
	Status     text `json:"status"`
	StatusCode text `json:"statusCode"`
}

// read decodes an answer whatever its content type; false means that it is no object with a status of BusinessOnBot's.
func read(body []byte) (answer, bool) {
	var a *answer
	if lenient.Decode(body, &a) != nil || a == nil || a.Status == "" && a.StatusCode == "" {
		return answer{}, false
	}
	return *a, true
}

// failed: it says failure, or names a status that is one, under whatever HTTP status.
func (a answer) failed() bool {
	return strings.EqualFold(string(a.Status), "failure") || a.code() >= 400
}

// succeeded: it says success and names no status that says otherwise.
func (a answer) succeeded() bool {
	return strings.EqualFold(string(a.Status), "success") && (a.StatusCode == "" || a.code() >= 200 && a.code() <= 299)
}

// maxCode is far above any status and far below any telephone number.
const maxCode = 999_999

// code is the status that the body names, -1 for none.
func (a answer) code() int {
	n, err := strconv.Atoi(strings.TrimSuffix(string(a.StatusCode), ".0"))
	if err != nil || n < 0 || n > maxCode {
		return -1
	}
	return n
}

// ReadReceipt believes a success only if the HTTP status and the body both say so; every receipt is [unnamed]. A failure
// in the body is one under any HTTP status. Anything else under 2xx stays in doubt, since nothing comes later.
func (*Provider) ReadReceipt(status int, header http.Header, body []byte) (provider.Receipt, error) {
	a, own := read(body)

	success := status >= 200 && status <= 299
	switch {
	case own && a.failed(), !success:
		return provider.Receipt{}, refusal(status, header, a, own && a.failed())
	case own && a.succeeded():
		return provider.Receipt{ID: unnamed}, nil
	}

	return provider.Receipt{}, &provider.SendError{
		Failure: message.Failure{Class: message.ClassUnknown, Code: provider.HTTPCode(status)}, HTTPStatus: status,
	}
}

// refusal reads a failure. The body's own status decides where the HTTP status is a success or a mere "bad request"; any
// other HTTP status says more than the body.
func refusal(status int, header http.Header, a answer, own bool) *provider.SendError {
	e := provider.Refusal(status, header, own)
	success := status >= 200 && status <= 299

	speaks := own && (success || status == http.StatusBadRequest || a.code() == status)
	switch {
	case !speaks, e.Class == message.ClassUnknown && !success, e.Class == message.ClassThrottled:
	case a.code() >= 0: // only a number: the words of an answer do not get into errors
		means, _ := codes.Classify(strconv.Itoa(a.code()))
		e.Failure = means.After(e.RetryAfter)
	case success:
		e.Class, e.Cause = message.ClassBadRequest, message.CauseUnlisted
	}

	return e
}
