package httpx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// Limits of the design, in bytes.
const (
	// MaxPortalBody caps bodies of routes that people's browsers call.
	MaxPortalBody = 1 << 20
	// MaxWebhookBody caps bodies of providers' callbacks; Meta sends up to 3 MB.
	MaxWebhookBody = 3 << 20
)

// firstGrowth bounds what a declared length alone makes us allocate.
const firstGrowth = 64 << 10

// ReadBody reads the whole body, at most limit bytes, within the deadline that [Serve] sets. TooLarge if it is longer,
// UnsupportedMediaType if it is compressed, TooSlow if it does not arrive in time, Invalid if it ends early.
func ReadBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	body, err := StreamBody(w, r, limit)
	if err != nil {
		return nil, err
	}

	var buf bytes.Buffer
	if r.ContentLength > 0 {
		buf.Grow(int(min(r.ContentLength, firstGrowth)) + bytes.MinRead)
	}

	if _, err = buf.ReadFrom(body); err != nil {
		return nil, err
	}

	return buf.Bytes(), nil
}

// StreamBody returns the body to be read piece by piece. Its errors, and those of reading, are as [ReadBody] has them.
func StreamBody(w http.ResponseWriter, r *http.Request, limit int64) (io.Reader, error) {
	const op = "httpx.StreamBody"
	if e := r.Header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return nil, fault.New(fault.UnsupportedMediaType, op, "the body must not be compressed")
	}
	if r.ContentLength > limit {
		w.Header().Set("Connection", "close") // the rest of the body is not worth reading
		return nil, tooLarge(op, limit)
	}

	return streamed{http.MaxBytesReader(w, r.Body, limit), limit}, nil
}

// streamed is a body whose errors say what is wrong.
type streamed struct {
	io.Reader

	limit int64
}

func (s streamed) Read(p []byte) (int, error) {
	const op = "httpx.StreamBody"

	n, err := s.Reader.Read(p)

	_, large := errors.AsType[*http.MaxBytesError](err)

	switch {
	case err == nil, errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return n, err
	case large:
		return n, tooLarge(op, s.limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return n, fault.Wrap(fault.TooSlow, op, err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return n, fault.New(fault.Invalid, op, "the body ended early")
	default:
		return n, &fault.Error{
			Kind: fault.Invalid,
			Op:   op,
			Msg:  "the body could not be read",
			Err:  err,
		}
	}
}

func tooLarge(op string, limit int64) error {
	return fault.New(fault.TooLarge, op, fmt.Sprintf("the body is too large: at most %d bytes", limit))
}

// RequireType refuses a body whose media type is none of those given, such as "application/json"; "+json" among them
// allows every type that ends so. A charset other than UTF-8 is refused too.
func RequireType(r *http.Request, types ...string) error {
	const op = "httpx.RequireType"
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !slices.ContainsFunc(types, func(t string) bool {
		return media == t || strings.HasPrefix(t, "+") && strings.HasSuffix(media, t)
	}) {
		return fault.New(fault.UnsupportedMediaType, op, "the content type must be "+strings.Join(types, " or "))
	}
	if c := params["charset"]; c != "" && !strings.EqualFold(c, "utf-8") {
		return fault.New(fault.UnsupportedMediaType, op, "the charset must be UTF-8")
	}

	return nil
}

// RequireUTF8 refuses bytes that are not UTF-8, naming the offset of the first wrong one.
func RequireUTF8(body []byte) error {
	if utf8.Valid(body) { // many bytes at a time, where the search for the offset goes one by one
		return nil
	}

	for i := 0; i < len(body); {
		if body[i] < utf8.RuneSelf {
			i++
			continue
		}

		r, size := utf8.DecodeRune(body[i:])
		if r == utf8.RuneError && size == 1 {
			return invalidAt("the body is not UTF-8", int64(i))
		}

		i += size
	}

	return nil
}
