package brandapi

import (
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
)

// failure is the body of every answer but a success (shared/provider/businessonbot/CONTRACT.md section 5.4).
type failure struct {
	Status     string `json:"status"`
	StatusCode int    `json:"statusCode"`
	Error      string `json:"error"`
}

// The documented texts that all operations share, and ours for what is not documented (shared/provider/businessonbot/CONTRACT.md
// section 5.4).
const (
	serverError  = "Internal Server Error!!"
	unauthorised = "Unauthorized!!"
	notFound     = "Not Found!!"
	notAllowed   = "Method Not Allowed!!"
	tooMany      = "Too Many Requests!!"
)

// failureOf returns the status and the text that answer an error. Whatever is wrong with a call is a 400, as documented, and
// the caller does not learn more.
func (c *call) failureOf(err error) (status int, text string) {
	switch kind := fault.KindOf(err); {
	case kind == fault.Unauthenticated:
		return http.StatusUnauthorized, unauthorised
	case kind == fault.TooMany:
		return http.StatusTooManyRequests, tooMany
	case kind == fault.MethodNotAllowed:
		return http.StatusMethodNotAllowed, notAllowed
	case kind == fault.NotFound && c.do == nil:
		return http.StatusNotFound, notFound
	case kind.Status() >= http.StatusInternalServerError, kind == fault.Canceled:
		return http.StatusInternalServerError, serverError
	default:
		return http.StatusBadRequest, c.refusal
	}
}

// refuse answers with the documented body and returns the error, which is logged.
func (c *call) refuse(err error) error {
	status, text := c.failureOf(err)
	if wrote := httpx.WriteJSON(c.w, status, failure{"failure", status, text}); wrote != nil {
		return wrote
	}
	return err
}
