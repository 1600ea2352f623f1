package openapi

import (
	"bytes"
	"io"
	"net/http"
)

// body keeps what a handler reads of a request's body.
type body struct {
	io.ReadCloser
	read bytes.Buffer
}

// Read reads on, and keeps what was read.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read.Write(p[:n])

	return n, err
}

// recorder keeps an answer while it is written.
type recorder struct {
	http.ResponseWriter
	status  int
	header  http.Header
	written bytes.Buffer
}

// WriteHeader keeps the first status, with the headers as they are then.
func (r *recorder) WriteHeader(status int) {
	if r.header == nil && status >= http.StatusOK {
		r.status, r.header = status, r.Header().Clone()
	}

	r.ResponseWriter.WriteHeader(status)
}

// Write keeps what is written.
func (r *recorder) Write(p []byte) (int, error) {
	if r.header == nil {
		r.WriteHeader(http.StatusOK)
	}

	r.written.Write(p)

	return r.ResponseWriter.Write(p)
}

// end has an answer of which nothing was written be the 200 that the server makes of it.
func (r *recorder) end() {
	if r.header == nil {
		r.header = r.Header().Clone()
	}
}

// Unwrap lets [http.ResponseController] reach the server's own writer.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// reader returns a body of the bytes.
func reader(text []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(text)) }

// withoutMark cuts the byte order mark that a JSON text may begin with, and that its readers may ignore (RFC 8259 section 8.1).
func withoutMark(text []byte) []byte { return bytes.TrimPrefix(text, []byte("\uFEFF")) }
