package kaleyra

import (
	"bytes"
	"encoding/json"

	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// text is what fields are of, since neither Kaleyra's documents nor its callback profiles hold to one type.
type text = lenient.Text

// inner opens a text that holds JSON; nil where it is none.
func inner(s string) json.RawMessage {
	raw := bytes.TrimSpace([]byte(s))
	if len(raw) == 0 || raw[0] != '{' && raw[0] != '[' || !json.Valid(raw) {
		return nil
	}
	return raw
}
