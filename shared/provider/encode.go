package provider

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Encode is JSON as providers' own samples spell it, without HTML's escapes and without a line break at the end.
func Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("provider: encode: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
