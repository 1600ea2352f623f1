package order

import (
	"fmt"
	"slices"
	"strings"
)

// whatsAppKey is the key of the order's JSON that tells the customer portal whether the shopper gets messages.
const whatsAppKey = "isWhatsAppEnabledForNotifications"

// SetWhatsAppKey gives the order's JSON with the top-level key [whatsAppKey] set to value as a string, "0" or "1". Every
// other byte stays as it is: unknown keys, the order of keys, the spelling of numbers, white space. A key that is there
// already keeps its place and gets the value, every time it occurs and however it is escaped; one that is not comes
// last. A byte order mark and bytes that are not UTF-8 stay too. orderJSON itself is not changed.
//
// The only errors are [ErrMalformed] and [ErrNotObject].
func SetWhatsAppKey(orderJSON []byte, value string) ([]byte, error) {
	c, err := open(orderJSON, MaxOrderBytes)
	if err != nil {
		return nil, fmt.Errorf("set whatsapp key: %w", err)
	}

	quoted := `"` + value + `"`
	if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' }) {
		return nil, fmt.Errorf("set whatsapp key: value %w", ErrMalformed)
	}

	out := make([]byte, 0, len(orderJSON)+len(whatsAppKey)+len(quoted)+4)
	var (
		copied, end int // positions in orderJSON
		keys        int
		found       bool
	)

	c.object(func(key string) {
		keys++

		c.peek()
		start := c.pos
		c.skip()
		end = c.pos

		if key == whatsAppKey {
			found = true

			out = append(out, orderJSON[copied:start]...)
			out = append(out, quoted...)
			copied = end
		}
	})

	closing := c.pos - 1
	if !c.finished() {
		return nil, fmt.Errorf("set whatsapp key: %w", ErrMalformed)
	}
	if found {
		return append(out, orderJSON[copied:]...), nil
	}

	member := `"` + whatsAppKey + `":` + quoted
	if keys > 0 {
		return slices.Concat(orderJSON[:end], []byte(","+member), orderJSON[end:]), nil
	}

	return slices.Concat(orderJSON[:closing], []byte(member), orderJSON[closing:]), nil
}
