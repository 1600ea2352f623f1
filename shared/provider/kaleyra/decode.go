package kaleyra

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// text is what fields are of, since neither Kaleyra's documents nor its callback profiles hold to one type.
type text = lenient.Text

// millis is a time in epoch milliseconds, from one in seconds or milliseconds or one with a zone. 0 where there is none:
// a date without a zone, as created_at is documented, could be hours off either way and is not believed.
func millis(s string) int64 {
	s = strings.TrimSpace(s)
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		return lenient.Millis(n)
	}

	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700"} {
		if t, err := time.Parse(layout, s); err == nil && t.UnixMilli() > 0 && t.UnixMilli() <= lenient.LastMillis {
			return t.UnixMilli()
		}
	}

	return 0
}

// inner opens a text that holds JSON; nil where it is none.
func inner(s string) json.RawMessage {
	raw := bytes.TrimSpace([]byte(s))
	if len(raw) == 0 || raw[0] != '{' && raw[0] != '[' || !json.Valid(raw) {
		return nil
	}
	return raw
}
