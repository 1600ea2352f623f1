// Package wire writes the JSON that simulated systems speak.
package wire

import (
	"encoding/json"
	"net/http"
)

// Object is a JSON object under construction.
type Object map[string]any

// Marshal is for objects of our own making, which always encode.
func (o Object) Marshal() []byte {
	b, err := json.Marshal(o)
	if err != nil {
		return []byte("{}")
	}
	return b
}

// Answer answers a request with a body as JSON under the content type.
func Answer(w http.ResponseWriter, status int, contentType string, body any) {
	raw, err := json.Marshal(body)
	if err != nil {
		http.Error(w, "the answer cannot be encoded", http.StatusInternalServerError)
		return
	}

	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	// A failed write means that the client has gone.
	_, _ = w.Write(raw)
}
