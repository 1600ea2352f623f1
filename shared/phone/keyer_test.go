package phone_test

import (
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/phone"
)

// TestKeys has the key of a number first, then that of its other spelling, where there is one; and nothing else has the form of a key.
func TestKeys(t *testing.T) {
	t.Parallel()
	keyer, err := phone.NewKeyer([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	for number, want := range map[string]int{"+919000000001": 1, "+5511900000001": 2} {
		n, err := phone.FromE164(number)
		if err != nil {
			t.Fatal(err)
		}
		keys := keyer.Keys(n)
		if len(keys) != want || keys[0] != keyer.Key(n) || (keys[len(keys)-1] == keys[0]) != (want == 1) {
			t.Errorf("%s: got %d keys, want %d", n, len(keys), want)
		}
		for _, key := range keys {
			if !phone.IsKey(key) {
				t.Errorf("%s: %s is no key", n, key)
			}
		}
	}
	for _, text := range []string{
		"", "0123456789abcdef0123456789abcde", "0123456789ABCDEF0123456789abcdef", "0123456789abcdef/123456789abcdef", "0123456789abcdef0123456789abcdef0",
	} {
		if phone.IsKey(text) {
			t.Errorf("%q is taken for a key", text)
		}
	}
}
