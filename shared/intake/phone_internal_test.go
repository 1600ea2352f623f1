package intake

import "testing"

// TestUserIDIsNoNumber: what a provider calls a shopper never becomes a number, whatever digits it holds.
func TestUserIDIsNoNumber(t *testing.T) {
	t.Parallel()
	for _, from := range []string{"IN.9000000001", "MY.20269000000001", "whatsapp:919000000001", "whatsapp:+919000000001", "", "group@g.us"} {
		key, err := (&Intake{}).phoneKey(t.Context(), from)
		if key != "" || err != nil {
			t.Errorf("%q: got key %q, %v, want none", from, key, err)
		}
	}
}
