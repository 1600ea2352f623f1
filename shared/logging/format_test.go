package logging_test

import (
	"fmt"
	"log/slog"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/logging"
)

// parcel has an address that is never printed.
type parcel struct {
	id      string
	address string
}

func (p parcel) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", p.id), slog.Any("stop", stop(p.address)))
}

func (p parcel) Format(s fmt.State, _ rune) { logging.Format(s, p) }

// stop is a value whose text is fixed.
type stop string

func (stop) LogValue() slog.Value { return slog.StringValue("[redacted]") }

func (p stop) Format(s fmt.State, _ rune) { logging.Format(s, p) }

func TestFormatWritesWhatIsLogged(t *testing.T) {
	t.Parallel()

	const secret = "12 Sample Street"
	tests := []struct {
		name  string
		value any
		want  string
	}{
		{"text", stop(secret), "[redacted]"},
		{"group", parcel{id: "7", address: secret}, "[id=7 stop=[redacted]]"},
		{"pointer", &parcel{id: "7", address: secret}, "[id=7 stop=[redacted]]"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()

			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%q", "%x"} {
				if got := fmt.Sprintf(verb, tc.value); got != tc.want {
					t.Errorf("%s: got %s, want %s", verb, got, tc.want)
				}
			}
		})
	}
}
