package workspace

import (
	"bytes"
	"reflect"
	"strconv"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// body reads the request's body, which must be JSON.
func (c *call) body() ([]byte, error) {
	if err := httpx.RequireType(c.r, "application/json"); err != nil {
		return nil, err
	}

	return httpx.ReadBody(c.w, c.r, httpx.MaxPortalBody)
}

// decode reads the request's body into v, as [checkShape] wants it.
func (c *call) decode(v any) error {
	text, err := c.body()
	if err != nil {
		return err
	}

	if len(bytes.TrimSpace(text)) > 0 {
		if err = httpx.CheckJSON(text, httpx.MaxDepth); err != nil {
			return err
		}
		if err = checkShape(text, reflect.TypeOf(v).Elem()); err != nil {
			return err
		}
	}

	return httpx.DecodeJSON(text, v)
}

// etag is the ETag of an account's version.
func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// answerAt answers with something that has a version, and that version as its ETag.
func (c *call) answerAt(status int, version int64, body any) error {
	c.w.Header().Set("Etag", etag(version))
	return httpx.WriteJSON(c.w, status, body)
}

// seen returns the version that the request's If-Match names; none without the header.
func (c *call) seen() (settings.Seen, error) {
	header := c.r.Header.Values("If-Match")
	if len(header) == 0 {
		return settings.Seen{}, nil
	}

	version, err := strconv.ParseInt(strings.Trim(header[0], `"`), 10, 64)
	if err != nil || len(header) > 1 || header[0] != etag(version) {
		return settings.Seen{}, fault.Field("If-Match", "must be the one ETag of an answer, with its quotation marks")
	}

	return settings.Seen{Version: version, Named: true}, nil
}

const (
	// usualPage and maxPage are how many entries a page has that names no limit, and at most.
	usualPage = 50
	maxPage   = 100
)

// limit returns how many entries the request wants on a page.
func (c *call) limit() (int, error) {
	text := c.r.URL.Query().Get("limit")
	if text == "" {
		return usualPage, nil
	}

	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > maxPage {
		return 0, fault.Field("limit", "must be a whole number from 1 to 100")
	}

	return n, nil
}

// version returns the number of a version in the path.
func (c *call) version() (int64, error) { return numberOf("version", c.args["version"]) }

// numberOf reads the number of a version.
func numberOf(field, text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || strconv.FormatInt(n, 10) != text {
		return 0, fault.Field(field, "must be the number of a version, from 1 on")
	}

	return n, nil
}
