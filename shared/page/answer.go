package page

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
)

// HTML is the content type of pages.
const HTML = "text/html; charset=utf-8"

// maxForm is the longest form that is read, in bytes.
const maxForm = 1 << 20

// Headers lets pages load what is ours alone, without anything inline, and be framed by nobody but the origins that are named.
func Headers(header http.Header, frames ...string) {
	who := "'none'"
	if len(frames) > 0 {
		who = strings.Join(frames, " ")
	}

	header.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "+
		"form-action 'self'; base-uri 'none'; frame-ancestors "+who)
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
}

// Write answers with what do writes, in one piece, so that an error leaves no half of it; compressed where the browser can read that.
func Write(w http.ResponseWriter, r *http.Request, status int, contentType string, do func(w io.Writer) error) error {
	var body bytes.Buffer
	if err := do(&body); err != nil {
		return err
	}

	w.Header().Set("Content-Type", contentType)

	return compressed(w, r, status, body.Bytes())
}

// compressed writes a body, compressed where the browser can read that.
func compressed(w http.ResponseWriter, r *http.Request, status int, body []byte) error {
	w.Header().Add("Vary", "Accept-Encoding")

	if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.WriteHeader(status)
		_, err := w.Write(body)

		return err
	}

	w.Header().Set("Content-Encoding", "gzip")
	w.WriteHeader(status)

	z := gzip.NewWriter(w)
	if _, err := z.Write(body); err != nil {
		return err
	}

	return z.Close()
}

// ReadForm returns the fields of a request's form, of at most 1 MiB.
func ReadForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	if err := httpx.RequireType(r, "application/x-www-form-urlencoded"); err != nil {
		return nil, err
	}

	body, err := httpx.ReadBody(w, r, maxForm)
	if err != nil {
		return nil, err
	}

	sent, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, fault.New(fault.Invalid, "page.form", "the form cannot be read") // the error of url has what was typed
	}

	return sent, nil
}
