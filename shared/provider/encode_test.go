package provider_test

import (
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

func TestEncode(t *testing.T) {
	t.Parallel()
	got, err := provider.Encode(map[string]string{"b": "<आ> & 'co'", "a": "line\n"})
	if want := `{"a":"line\n","b":"<आ> & 'co'"}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	if got, err = provider.Encode(func() {}); err == nil {
		t.Errorf("what JSON has no form for: got %s, want an error", got)
	}
}
