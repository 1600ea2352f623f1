package provider_test

import (
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// TestDecodeEvent reads events up to this build's schema, leaves newer ones alone, and refuses what is none.
func TestDecodeEvent(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, data string
		kind       provider.Kind
		refused    fault.Kind
	}{
		{"before_there_was_a_schema", `{"kind":"user"}`, provider.KindUser, 0},
		{"of_an_older_build", `{"schema":1,"kind":"user"}`, provider.KindUser, 0},
		{"of_this_build", `{"schema":4,"kind":"call"}`, provider.KindCall, 0},
		{"newer", `{"schema":5,"kind":"user"}`, "", fault.Unavailable},
		{"newer_with_another_type", `{"kind":{"a":1},"schema":5}`, "", fault.Unavailable},
		{"schema_that_is_no_number", `{"schema":"3","kind":"user"}`, "", fault.Invalid},
		{"another_type", `{"kind":7}`, "", fault.Invalid},
		{"no_JSON", `{"schema":2`, "", fault.Invalid},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			e, err := provider.DecodeEvent([]byte(tc.data))
			if tc.refused == 0 && (err != nil || e.Kind != tc.kind) {
				t.Errorf("got %v, %v, want kind %s", e.Kind, err, tc.kind)
			}
			if tc.refused != 0 && !fault.Is(err, tc.refused) {
				t.Errorf("got %v, want a refusal of kind %s", err, tc.refused)
			}
		})
	}
}
