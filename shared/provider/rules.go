package provider

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// maxRetryAfter is the longest wait that is believed; a longer one is an error or a date in another calendar.
const maxRetryAfter = 24 * time.Hour

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
		// Somebody waited for somebody else, who may have taken the message.
	case status >= 500 && status < 600:
		e.Class, e.RetryAfter = message.ClassTransient, RetryAfter(header)
	case status >= 400 && status < 500:
		e.Class = message.ClassBadRequest
	}
	return e
}

// HTTPCode is the code of an error for which the provider named none: "http_502".
func HTTPCode(status int) string { return "http_" + strconv.Itoa(status) }

// RetryAfter is how long an answer asks to wait: Retry-After in seconds or as a date, which is measured against the
// answer's own Date, or else Gupshup's X-Rate-Limit-Retry-After-Seconds. 0 when it does not say, or not sensibly; at
// most a day.
func RetryAfter(header http.Header) time.Duration {
	for _, name := range []string{"Retry-After", "X-Rate-Limit-Retry-After-Seconds"} {
		if d := wait(strings.TrimSpace(header.Get(name)), header.Get("Date")); d > 0 {
			return min(d, maxRetryAfter)
		}
	}
	return 0
}

func wait(value, date string) time.Duration {
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		if seconds > 0 {
			return time.Duration(min(seconds, maxRetryAfter.Seconds()) * float64(time.Second))
		}
		return 0
	}
	then, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(date)
	if err != nil {
		return 0
	}
	return then.Sub(now)
}
