package witness

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// maxBody is the most bytes that are kept of a body.
	maxBody = 64 << 10

	// maxBodies is how many requests' bodies are kept, the newest.
	maxBodies = 1000

	// notKept stands for a credential, and for an address with a token in it.
	notKept = "(not kept)"
)

// Where systems are told who asks.
var (
	credentialHeaders = []string{"Authorization", "Apikey", "Api-Key", "X-Api-Key", "X-Guest-Id"}
	credentialQueries = []string{"access_token", "appsecret_proof"}
)

// secretFields are those of bodies that hold a credential, or the address of a webhook, which is as good as one.
var secretFields = []string{
	"access_token", "appsecret_proof", "verify_token", "callback_url", "override_callback_uri", "url", "meta", "headers", "token", "secret", "password",
}

// webhookAddress is the address of a webhook, wherever it stands, and however its slashes are written: its path ends in a token.
var webhookAddress = regexp.MustCompile(`(?i)[^\s"'<>&=]*(/|%2F)webhook\\?(/|%2F)[^\s"'<>&]+`)

// credentials are what a request proves its sender with.
func credentials(r *http.Request) []string {
	var out []string
	for _, name := range credentialHeaders {
		for _, value := range r.Header.Values(name) {
			out = append(out, value, strings.TrimPrefix(value, "Bearer "))
		}
	}

	query := r.URL.Query()
	for _, name := range credentialQueries {
		out = append(out, query[name]...)
	}

	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

// ahead reads the beginning of a request's body, which its handler reads all the same.
func ahead(r *http.Request) (beginning []byte, cut bool) {
	if r.Body == nil {
		return nil, false
	}

	read, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))

	rest := io.Reader(r.Body)
	if err != nil {
		rest = failing{err} // the handler meets what we met
	}

	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(read), rest), r.Body}

	return read[:min(len(read), maxBody)], len(read) > maxBody
}

// failing is a reader whose body broke off.
type failing struct{ err error }

// Read returns the error.
func (f failing) Read([]byte) (int, error) { return 0, f.err }

// keepable is a body as the record may hold it: as it came, but without credentials.
func keepable(contentType string, body []byte, credentials []string) string {
	if !utf8.Valid(body) {
		body = bytes.ToValidUTF8(body, []byte("�"))
	}

	text := string(body)

	kind, _, err := mime.ParseMediaType(contentType)
	if err == nil && kind == "application/x-www-form-urlencoded" {
		text = keepableForm(text)
	} else {
		text, _ = keepableJSON(text)
	}

	text = webhookAddress.ReplaceAllString(text, notKept)

	for _, c := range credentials {
		text = strings.ReplaceAll(text, c, notKept)
	}

	return text
}

// keepableForm leaves secret fields out of a form, in its fields' JSON as well.
func keepableForm(text string) string {
	form, err := url.ParseQuery(text)
	if err != nil {
		return withoutSecrets(text)
	}

	changed := false
	for name, values := range form {
		for i, value := range values {
			kept, masked := keepableJSON(value)
			if slices.Contains(secretFields, name) {
				kept, masked = notKept, true
			}

			values[i], changed = kept, changed || masked
		}
	}

	if !changed {
		return text
	}

	return form.Encode()
}

// keepableJSON leaves secret fields out of a JSON text, and reports whether it had any. A text without any stays as it is.
func keepableJSON(text string) (kept string, masked bool) {
	if !slices.ContainsFunc(secretFields, func(name string) bool { return strings.Contains(text, name) }) {
		return text, false
	}

	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()

	var v any
	if err := d.Decode(&v); err != nil || d.More() {
		kept = withoutSecrets(text)
		return kept, kept != text
	}

	if !mask(v) {
		return text, false
	}

	out, err := json.Marshal(v)
	if err != nil {
		return notKept, true
	}

	return string(out), true
}

// mask replaces the values of secret fields in v, and reports whether there were any.
func mask(v any) bool {
	masked := false

	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			if slices.Contains(secretFields, name) {
				v[name], masked = notKept, true
			} else if mask(value) {
				masked = true
			}
		}
	case []any:
		for _, value := range v {
			masked = mask(value) || masked
		}
	default:
	}

	return masked
}

// withoutSecrets is a text that cannot be taken apart: nothing is kept of one that may name a secret field.
func withoutSecrets(text string) string {
	for _, name := range secretFields {
		if strings.Contains(text, `"`+name+`"`) || strings.Contains(text, name+"=") {
			return notKept
		}
	}

	return text
}
