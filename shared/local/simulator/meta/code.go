package meta

import (
	"fmt"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
)

// The codes that the simulator comes up with by itself (shared/provider/cloudapi/CONTRACT.md section 10); the last ones are the Graph
// API's own.
const (
	codeService       = 2
	codePermission    = 10
	codeParameter     = 100
	codeToken         = 190
	codeOrderStatus   = 2046
	codeOrderCancel   = 2047
	codeThroughput    = 130429
	codeMissing       = 131008
	codeInvalid       = 131009
	codeUndeliverable = 131026
	codeLocked        = 131031
	codePayment       = 131042
	codeWindow        = 131047
	codeCursor        = 131059
	codeCount         = 132000
	codeNoTemplate    = 132001
	codeTooLong       = 132005
	codeFormat        = 132012
	codePaused        = 132015
	codeDisabled      = 132016
	codeParameters    = 132018
	codeNoMarketing   = 131063
	codeNotMarketing  = 134100
	codeCallback      = 2200
	codeUnknownPath   = 2500
	codeVersion       = 2635
)

// known is what the table of errors says of a code.
type known struct {
	status int
	title  string
}

var codes = map[int]known{
	codeService:       {http.StatusServiceUnavailable, "API service"},
	codePermission:    {http.StatusForbidden, "Permission denied"},
	codeParameter:     {http.StatusBadRequest, "Invalid parameter"},
	codeToken:         {http.StatusUnauthorized, "Access token has expired"},
	codeOrderStatus:   {http.StatusBadRequest, "Order status is not valid"},
	codeOrderCancel:   {http.StatusBadRequest, "Order cannot be canceled"},
	codeThroughput:    {http.StatusBadRequest, "Rate limit hit"},
	codeMissing:       {http.StatusBadRequest, "Required parameter is missing"},
	codeInvalid:       {http.StatusBadRequest, "Parameter value is not valid"},
	codeUndeliverable: {http.StatusBadRequest, "Message undeliverable"},
	codeLocked:        {http.StatusForbidden, "Business Account locked"},
	codePayment:       {http.StatusBadRequest, "Business eligibility payment issue"},
	codeWindow:        {http.StatusBadRequest, "Re-engagement message"},
	codeCursor:        {http.StatusBadRequest, "Invalid paging cursor"},
	codeCount:         {http.StatusBadRequest, "Number of parameters does not match the expected number of params"},
	codeNoTemplate:    {http.StatusNotFound, "Template name does not exist in the translation"},
	codeTooLong:       {http.StatusBadRequest, "Translated text too long"},
	codeFormat:        {http.StatusBadRequest, "Parameter format does not match format in the created template"},
	codePaused:        {http.StatusBadRequest, "Template is paused"},
	codeDisabled:      {http.StatusBadRequest, "Template is disabled"},
	codeParameters:    {http.StatusBadRequest, "Invalid template parameters"},
	codeNoMarketing:   {http.StatusBadRequest, "Marketing templates are disabled on Cloud API"},
	codeNotMarketing:  {http.StatusBadRequest, "Only marketing messages supported"},
	131000:            {http.StatusInternalServerError, "Something went wrong"},
	131016:            {http.StatusInternalServerError, "Service unavailable"},
	131049:            {http.StatusBadRequest, "This message was not delivered to maintain healthy ecosystem engagement"},
	131056:            {http.StatusBadRequest, "(Business Account, Consumer Account) pair rate limit hit"},
}

// refusal is an error answer to a request.
type refusal struct {
	code, subcode int
	// status is the table's unless set.
	status  int
	details string
}

func (r refusal) httpStatus() int {
	if r.status != 0 {
		return r.status
	}
	if k, ok := codes[r.code]; ok {
		return k.status
	}

	return http.StatusBadRequest
}

func (r refusal) message() string { return fmt.Sprintf("(#%d) %s", r.code, titleOf(r.code, r.details)) }

func titleOf(code int, otherwise string) string {
	if k, ok := codes[code]; ok {
		return k.title
	}
	return otherwise
}

// refuse is a refusal by code; details go beside it.
func refuse(code int, details string) *refusal { return &refusal{code: code, details: details} }

// faultCode is the code that an accepted message fails with for a fault.
func faultCode(f *chaos.Fault) int {
	switch f.Mode {
	case chaos.PausedTemplate:
		return codePaused
	case chaos.LowBalance:
		return codePayment
	case chaos.AccountDisabled:
		return codeLocked
	default:
		return f.Code
	}
}
