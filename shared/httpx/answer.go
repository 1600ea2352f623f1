package httpx

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// Problem is the body of every error that has no documented body of its own (RFC 9457).
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	// Field is the input's field at fault, if one is.
	Field string `json:"field,omitempty"`
	// Code is a word for programs where a status has several meanings.
	Code string `json:"code,omitempty"`
}

// titleClientClosed is for the one status that net/http has no text for.
const titleClientClosed = "Client Closed Request"

// WriteProblem answers an error by its [fault.Kind] as problem+json: status, headers and the sentence for callers.
func WriteProblem(w http.ResponseWriter, cause error) {
	kind := fault.KindOf(cause)
	field, detail := fault.Public(cause)
	title := http.StatusText(kind.Status())
	if title == "" {
		title = titleClientClosed
	}

	switch kind {
	case fault.Unauthenticated:
		setDefault(w.Header(), "Www-Authenticate", "Bearer")
	case fault.TooMany, fault.Unavailable:
		setDefault(w.Header(), "Retry-After", "1")
	default: // no other kind asks for a header
	}

	body, err := json.Marshal(problem{
		Type:   "about:blank",
		Title:  title,
		Status: kind.Status(),
		Detail: detail,
		Field:  field,
		Code:   fault.CodeOf(cause),
	})
	if err != nil { // strings and a number always encode
		w.WriteHeader(http.StatusInternalServerError)
		return
	}

	_ = writeBody(w, kind.Status(), "application/problem+json", body) // a caller who went away cannot be told
}

func setDefault(h http.Header, key, value string) {
	if h.Get(key) == "" {
		h.Set(key, value)
	}
}

// WriteJSON answers with v as JSON, in one write and with its length. Text is not HTML-escaped. If v cannot be encoded
// nothing is written and the error is Internal.
func WriteJSON(w http.ResponseWriter, status int, v any) error {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fault.Wrap(fault.Internal, "httpx.WriteJSON", err)
	}

	return WriteBytes(w, status, "application/json", []byte(b.String()))
}

// WriteBytes answers with a body that is ready, untouched, in one write and with its length.
func WriteBytes(w http.ResponseWriter, status int, contentType string, body []byte) error {
	if err := writeBody(w, status, contentType, body); err != nil {
		return fault.Wrap(fault.Canceled, "httpx.WriteBytes", err)
	}
	return nil
}

func writeBody(w http.ResponseWriter, status int, contentType string, body []byte) error {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, err := w.Write(body)
	return err
}

// NoContent answers 204.
func NoContent(w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) }

// RequireMethod refuses a request whose method is not among those given, naming them in the Allow header.
func RequireMethod(w http.ResponseWriter, r *http.Request, methods ...string) error {
	if slices.Contains(methods, r.Method) {
		return nil
	}

	w.Header().Set("Allow", strings.Join(methods, ", "))

	return fault.New(fault.MethodNotAllowed, "httpx.RequireMethod", "this path takes "+strings.Join(methods, ", "))
}
